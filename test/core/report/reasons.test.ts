import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../../src/adapters/render/renderer.ts";
import type { MetricRow, Reason } from "../../../src/core/model/comparison.ts";
import { reasonText } from "../../../src/core/report/reasons.ts";
import { type Language, words } from "../../../src/core/report/text.ts";

const renderer = createRenderer({ templatesDir: "templates" });
const en = words(renderer.dictionary("en"), "en");

/** The compiler holds these lists complete: a new code without a line here is a type error. */
const everyReason: Record<Reason, true> = {
  significant: true,
  gross: true,
  "all-failed": true,
  "more-failures": true,
  "some-failures": true,
  "within-min-effect": true,
  equal: true,
  "no-more-failures": true,
  suspicious: true,
  "not-confirmed": true,
  "too-few-pairs": true,
  "trials-disagree": true,
  noise: true,
  "below-floor": true,
  "too-few-samples": true,
  "too-few-ok": true,
  "failures-bias": true,
  "different-work": true,
  "different-chunking": true,
  "not-comparable": true,
  "no-baseline": true,
  "not-measured": true,
  "no-valid-trial": true,
  "not-judged": true,
};
const row = (more: Partial<MetricRow>): MetricRow => ({
  metric: "itl_p50",
  gated: true,
  finding: "inconclusive",
  reason: "noise",
  baselineRuns: 5,
  candidateTrials: 3,
  warnings: [],
  ...more,
});

describe.each<Language>(["en", "ru"])("in %s", (language) => {
  const spoken = words(renderer.dictionary(language), language);

  test.each(Object.keys(everyReason) as Reason[])("the reason %s has a sentence", (reason) => {
    expect(reasonText(row({ reason }), spoken)).toMatch(/\p{L}{3}/u);
  });
});

const looked: Partial<MetricRow> = {
  ...{ stage: "confirmation", screen: { change: 0.062, p: 0.01 }, minEffect: 0.05 },
  confirmation: { pairs: 3, worse: 2, look: 1 },
};

describe("the reason of a row", () => {
  test.each<[string, Partial<MetricRow>, string]>([
    ["noise says what would have shown", { minDetectable: 0.072, minEffect: 0.05 }, "no change seen, would see ≥ 8%"],
    [
      "a change that shows and is not proven is not called unseen",
      { minDetectable: 0.22, minEffect: 0.1, interval: { low: 0.03, high: 0.21, confidence: 0.9 } },
      "a change shows, not proven: would see ≥ 22%",
    ],
    [
      "a row that could only see four times its min-effect is no gate",
      { minDetectable: 0.27, minEffect: 0.05 },
      "not gateable on this machine: would see only ≥ 27%",
    ],
    [
      "another lane is named by what differs",
      {
        reason: "not-comparable",
        differs: [{ what: "argument", name: "--max-batch-size", baseline: "8", candidate: "24" }],
      },
      "not comparable because `--max-batch-size` 8 → 24",
    ],
    [
      "an argument may be on one side only",
      { reason: "not-comparable", differs: [{ what: "argument", name: "--fast", candidate: "on" }] },
      "not comparable because `--fast` ∅ → on",
    ],
    [
      "a changed workload is said in words",
      { reason: "not-comparable", differs: [{ what: "schedule" }] },
      "not comparable because the workload's requests changed",
    ],
    [
      "one that had looked worse says what became of it",
      { ...looked, finding: "unchanged", reason: "within-min-effect", change: 0.003 },
      "looked +6.2% in the history; +0.3% against the base build: unchanged",
    ],
    [
      "and what is still not known of it",
      { ...looked, change: 0.011, minDetectable: 0.04, minEffect: 0.05 },
      "looked +6.2% in the history; +1.1% against the base build: no change seen, would see ≥ 4%",
    ],
    [
      "one that the history had nothing against is told as any other",
      { ...looked, screen: { change: 0.001, p: 0.45 }, finding: "unchanged", reason: "within-min-effect", change: 0 },
      "unchanged: the interval lies within the min-effect",
    ],
    [
      "one that time ran out on gives both estimates",
      { ...looked, reason: "not-confirmed", change: 0.04 },
      "looked +6.2% in the history, +4.0% against the base build so far; the confirmation did not finish",
    ],
    [
      "one that no arm was run for has the history alone",
      { reason: "not-confirmed", stage: "history", change: 0.06 },
      "looks worse against the history; the confirmation did not finish",
    ],
    [
      "pairs disagree where trials would",
      { reason: "trials-disagree", stage: "confirmation" },
      "worse on average, but not in enough of the pairs",
    ],
    [
      "a suspicion says if nothing less could have been seen",
      { reason: "suspicious", minDetectable: 0.31, minEffect: 0.05 },
      "looks worse, not proven; not gateable on this machine: would see only ≥ 31%",
    ],
    [
      "a proven loss was seen, whatever else would not have been",
      { finding: "regressed", reason: "gross", minDetectable: 0.31, minEffect: 0.05 },
      "worse by more than any noise seen so far",
    ],
    [
      "an accepted loss is still a loss",
      { finding: "regressed", reason: "significant", waiver: { ceiling: 0.1, expires: "", issue: "", reason: "" } },
      "worse beyond chance, in every trial; accepted by a waiver",
    ],
    [
      "and so is one that the base branch has too",
      { finding: "regressed", reason: "significant", inherited: { since: "4f2c9d1e8b7a" } },
      "worse beyond chance, in every trial; the base branch is as slow itself",
    ],
  ])("%s", (_, more, text) => {
    expect(reasonText(row(more), en)).toBe(text);
  });
});

import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../../src/adapters/render/renderer.ts";
import type { GateWarning, MetricRow, Reason } from "../../../src/core/model/comparison.ts";
import { reasonText, warningTexts } from "../../../src/core/report/reasons.ts";
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
const everyWarning: Record<GateWarning["kind"], true> = {
  "few-runs": true,
  "one-boot": true,
  "host-differs": true,
  "load-bound": true,
  "purpose-worse": true,
  "summary-only": true,
  missing: true,
  "baseline-slowed": true,
  "unstable-history": true,
  "waiver-stale": true,
  "waiver-exceeded": true,
  "confirmation-time": true,
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

  test("a warning of every kind about a workload has a sentence or stands in the headline", () => {
    const cell = { phase: "p", model: "m", workload: "my_chat" };
    const kinds = Object.keys(everyWarning) as GateWarning["kind"][];
    const texts = warningTexts(
      kinds.map((kind) => ({ kind, cell, values: { baseline: "a", candidate: "b" } })),
      spoken,
    );
    expect(texts).toHaveLength(kinds.length - 1);
    for (const text of texts) expect(text).toMatch(/\p{L}{3}/u);
  });
});

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
  ])("%s", (_, more, text) => {
    expect(reasonText(row(more), en)).toBe(text);
  });
});

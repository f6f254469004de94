import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../../src/adapters/render/renderer.ts";
import type { Comparison, GateWarning, MetricRow } from "../../../src/core/model/comparison.ts";
import type { PolicyNotice, ReportContext } from "../../../src/core/report/input.ts";
import { type Language, words } from "../../../src/core/report/text.ts";
import { noteTexts } from "../../../src/core/report/warning-texts.ts";

const renderer = createRenderer({ templatesDir: "templates" });
const context: ReportContext = { reproduceCommand: "serving-gate", baselineLabel: "main" };
const cell = { phase: "p", model: "m", workload: "my_chat" };

function compared(warnings: readonly GateWarning[], more: Partial<Comparison> = {}): Comparison {
  const whole = { schema: "serving-gate/comparison@1", verdict: "pass", exitReason: "ok", reason: "" } as const;
  return { ...whole, baselineRuns: 5, cells: [], warnings, ...more };
}

/** The compiler holds this list complete: a new kind without a line here is a type error. */
const said: Record<GateWarning["kind"], boolean> = {
  "few-runs": true,
  "one-boot": true,
  "host-differs": true,
  "load-bound": true,
  "summary-only": true,
  "baseline-slowed": true,
  "unstable-history": true,
  "waiver-stale": true,
  "waiver-exceeded": true,
  // Where a suspicion was left.
  "confirmation-time": false,
  "void-trials": true,
  // In the headline, and a paragraph of its own.
  "purpose-worse": false,
  missing: false,
};

describe.each<Language>(["en", "ru"])("in %s", (language) => {
  const spoken = words(renderer.dictionary(language), language);

  test.each(Object.entries(said) as [GateWarning["kind"], boolean][])(
    "a warning %s about a workload has a note of its own: %s, even where its values are not told",
    (kind, isSaid) => {
      const texts = noteTexts(compared([{ kind, cell }]), context, spoken);
      expect(texts).toHaveLength(isSaid ? 1 : 0);
      for (const text of texts) expect(text).toMatch(/\p{L}{3}/u);
      expect(texts.join()).not.toMatch(/NaN|undefined|Infinity/);
    },
  );
});

const en = words(renderer.dictionary("en"), "en");
const ru = words(renderer.dictionary("ru"), "ru");
const notes = (warnings: readonly GateWarning[], more: Partial<Comparison> = {}) =>
  noteTexts(compared(warnings, more), context, en);

describe("a note", () => {
  test("is not made of what leads the comment already", () => {
    expect(notes([{ kind: "few-runs", values: { runs: 1, wanted: 5 } }])).toEqual([]);
    expect(notes([{ kind: "confirmation-time", values: { minutes: 60 } }], { cause: "not-confirmed" })).toEqual([]);
    const exceeded = {
      kind: "waiver-exceeded",
      cell,
      metric: "itl_p99",
      values: { ceiling: 0.15, issue: "7" },
    } as const;
    expect(notes([exceeded], { verdict: "fail" })).toEqual([]);
  });

  test("of a confirmation out of time is there only where it left a suspicion", () => {
    const row = { metric: "itl_p50", gated: true, baselineRuns: 5, candidateTrials: 3, warnings: [] } as const;
    const told = (more: Pick<MetricRow, "finding" | "reason">) =>
      notes([{ kind: "confirmation-time", values: { minutes: 60 } }], {
        cells: [{ ...cell, metrics: [{ ...row, ...more }] }],
      });
    expect(told({ finding: "inconclusive", reason: "not-confirmed" })).toHaveLength(1);
    expect(told({ finding: "unchanged", reason: "within-min-effect" })).toEqual([]);
  });

  test("says how many trials do not count, and why", () => {
    const warning = (trials: number, of: number, reason?: string): GateWarning => ({
      kind: "void-trials",
      cell,
      values: { trials, of, ...(reason === undefined ? {} : { reason }) },
    });
    const known = { cells: [{ ...cell, modelLabel: "Llama", metrics: [] }] };
    expect(notes([warning(1, 3, "server *exited*\n::error::now.")], known)).toEqual([
      "`my_chat` on Llama: 1 of 3 trials does not count: server \\*exited\\* ::&ZeroWidthSpace;error::now.",
    ]);
    expect(noteTexts(compared([warning(2, 3), warning(5, 21)]), context, ru)).toEqual([
      "`my_chat`, m: 2 из 3 повторов не засчитаны.",
      "`my_chat`, m: 5 из 21 повтора не засчитано.",
    ]);
    expect(notes([1, 2, 3, 4, 5].map(() => warning(1, 3))).at(-1)).toBe("Trials of 2 more workloads do not count.");
  });

  test("says why a cell with runs was measured beside the base build", () => {
    const row: MetricRow = {
      ...{ metric: "itl_p50", gated: true, finding: "unchanged", reason: "within-min-effect", stage: "confirmation" },
      ...{ baselineRuns: 0, candidateTrials: 0, warnings: [] },
      differs: [{ what: "argument", name: "--x", baseline: "8", candidate: "24" }],
    };
    const cells = [{ ...cell, metrics: [row] }];
    expect(notes([], { cells })).toEqual([
      "`my_chat` on m: the baseline knows it only under other conditions (`--x` 8 → 24), so it was measured in turns with the base build.",
    ]);
    expect(noteTexts(compared([], { cells }), context, ru)).toEqual([
      "`my_chat`, m: в baseline это измерено только в других условиях (`--x` 8 → 24), поэтому мерили вперемежку с исходной сборкой.",
    ]);
  });

  test("says which waiver is of no use, and why", () => {
    const values = { expires: "2026-11-01", issue: "PERF-7" };
    const stale = (why: string): GateWarning => ({
      kind: "waiver-stale",
      cell,
      metric: "itl_p99",
      values: { ...values, why },
    });
    expect(notes([stale("expired"), stale("unused")])).toEqual([
      "The waiver for ITL P99 of `my_chat` on m (PERF-7) was good until 2026-11-01 and accepts nothing any more. Renew or remove it.",
      "The waiver for ITL P99 of `my_chat` on m (PERF-7, until 2026-11-01) found nothing to accept. If it stays so, remove it.",
    ]);
    expect(notes(Array.from({ length: 9 }, () => stale("unused")))).toHaveLength(4);
    expect(notes(Array.from({ length: 9 }, () => stale("unused"))).at(-1)).toBe("And 6 more waivers like it.");
  });

  test.each<[string, PolicyNotice, readonly string[]]>([
    [
      "of a base without a config",
      { kind: "new" },
      ["main has no config of the gate yet, so this pull request was judged by its own."],
    ],
    [
      "of a base whose rules could not be read, with the reason as plain text",
      { kind: "unread", why: "git: <b>fatal</b> @octocat." },
      [
        "The rules of main could not be read, so this pull request was judged by its own: git: &lt;b&gt;fatal&lt;/b&gt; @&ZeroWidthSpace;octocat.",
      ],
    ],
    ["not of changed rules, which the headline tells", { kind: "changed", what: "gate" }, []],
  ])("%s", (_, policyNotice, texts) => {
    expect(noteTexts(compared([]), { ...context, policyNotice }, en)).toEqual(texts);
  });
});

import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../../src/adapters/render/renderer.ts";
import type { Comparison, GateWarning } from "../../../src/core/model/comparison.ts";
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
  "confirmation-time": true,
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

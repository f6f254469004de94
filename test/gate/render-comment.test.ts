import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../src/adapters/render/renderer.ts";
import type { Comparison, GateWarning, MetricRow } from "../../src/core/model/comparison.ts";
import type { ReportLanguage } from "../../src/core/model/config.ts";
import { commentView } from "../../src/core/report/comment-view.ts";
import type { ReportInput } from "../../src/core/report/input.ts";
import { words } from "../../src/core/report/text.ts";
import { renderComment } from "../../src/gate/render-reports.ts";
import { commentCases } from "../fakes/comment-cases.ts";
import { expectGolden } from "../fakes/golden.ts";
import { comparisonOf, logResults, wiggle } from "../fakes/results-builder.ts";

const renderer = createRenderer({ templatesDir: "templates" });

describe.each(Object.keys(commentCases))("the comment: %s", (name) => {
  test.each<ReportLanguage>(["en", "ru"])("%s", (language) => {
    const input = commentCases[name]?.();
    if (input !== undefined) expectGolden(`comment.${name}.${language}.md`, renderComment(input, language, renderer));
  });
});

test.each(["fail", "confirmed-pass"])("both languages are one comment: %s", (name) => {
  const input = commentCases[name]?.();
  if (input !== undefined) expectGolden(`comment.${name}.both.md`, renderComment(input, "both", renderer));
});

describe("rows that only report", () => {
  const passing = commentCases["pass"]?.() as ReportInput;
  const english = words(renderer.dictionary("en"), "en");

  test("carry all that the blocking ones do", () => {
    const { why } = commentView(passing, english);
    expect(why?.reportedSummary).toBe("Reported, not blocking: 30 rows");
    expect(why?.reported).toContain(
      "| `baseline` on Llama: TTFT P50 | -2% | -6.0…+2.0% | 1.00 | 10% | ≥ 15% | unchanged: the interval lies within the min-effect |",
    );
  });

  test("are the first to go where room is short, and the blocking ones without a change the next", () => {
    const folds = (["all", "gated", "brief"] as const).map((detail) => commentView(passing, english, detail).why);
    expect(folds.map((why) => [why?.reported !== "", why?.quiet !== ""])).toEqual([
      [true, true],
      [false, true],
      // Nothing is left to tell.
      [true, true],
    ]);
    expect(folds[2]).toBeNull();
  });
});

test.each<[ReportLanguage, string]>([
  ["en", "**Likely why:** the server's own counters moved with it: preemptions 0 → 37."],
  ["ru", "**Вероятная причина:** вместе с этим сдвинулись счётчики самого сервера: вытеснений 0 → 37."],
])("what the server counted stands under what got worse: %s", (language, line) => {
  const failing = commentCases["fail"]?.() as ReportInput;
  const { comparison } = failing as { comparison: Comparison };
  const serverMoves = [{ name: "preemptions", baseline: 0, candidate: 37 }] as const;
  const cells = comparison.cells.map((cell) => ({ ...cell, serverMoves }));
  const lines = renderComment({ ...failing, comparison: { ...comparison, cells } }, language, renderer).split("\n");
  expect(lines[lines.indexOf(line) - 1]).toMatch(/^\*\*(What got worse|Что стало хуже):\*\*/);
});

describe("a comment that would be too long", () => {
  const failing = commentCases["fail"]?.() as ReportInput;

  /** The failing comparison over so many copies of its phases. */
  function grown(copies: number): ReportInput {
    const { comparison } = failing;
    if (comparison === undefined) return failing;
    const cells = Array.from({ length: copies }, (_, copy) =>
      comparison.cells.map((cell) => ({
        ...cell,
        phase: `${cell.phase}-${copy}`,
        phaseTitle: `${cell.phaseTitle} (${copy})`,
      })),
    ).flat();
    return { ...failing, comparison: { ...comparison, cells } };
  }

  test.each([1, 2, 4, 40])("fits with %d times the cells, and still says what regressed", (copies) => {
    for (const language of ["en", "ru", "both"] as const) {
      const text = renderComment(grown(copies), language, renderer);
      expect(text.length).toBeLessThanOrEqual(60_000);
      expect(text).toContain("`chunked_prefill`");
      expect(text.match(/<details>/g)?.length ?? 0).toBe(text.match(/<\/details>/g)?.length ?? 0);
    }
  });

  test("fits with every phase and model of a serving log", () => {
    const baseline = logResults();
    const candidate = logResults({ change: wiggle });
    const input = { candidate, comparison: comparisonOf(baseline, candidate), context: failing.context };
    expect(candidate.cells).toHaveLength(45);
    for (const language of ["en", "ru", "both"] as const) {
      const text = renderComment(input, language, renderer);
      expect(text.length).toBeLessThanOrEqual(60_000);
      expect(text).toContain("225");
    }
  });

  test("says that something was left out", () => {
    expect(renderComment(grown(4), "en", renderer)).toContain("Parts of this report were left out");
    expect(renderComment(grown(1), "en", renderer)).not.toContain("Parts of this report were left out");
  });
});

test("nothing from outside is read as Markdown, HTML or a mention", () => {
  const hostile = "x|</details><script>@octocat #12 [a](javascript:b) ![c](d) **e** `f`\n# g";
  const input = commentCases["fail"]?.() as ReportInput;
  const comparison = input.comparison as Comparison;
  const named = <T extends { readonly model: string }>(cell: T) => ({
    ...cell,
    model: hostile,
    modelLabel: hostile,
    phase: hostile,
    phaseTitle: hostile,
    workload: hostile,
    notes: [hostile],
    server: { command: hostile },
  });
  const [cell] = comparison.cells.map(named);
  if (cell === undefined) throw new Error("the failing comparison has cells");
  const loss: MetricRow = {
    ...{ metric: "itl_p50", gated: true, finding: "regressed", reason: hostile as never, baseline: 10, candidate: 12 },
    ...{ change: 0.2, baselineRuns: 5, candidateTrials: 3, warnings: [] },
  };
  const rows: readonly MetricRow[] = [
    loss,
    { ...loss, waiver: { ceiling: 0.3, expires: hostile, issue: hostile, reason: hostile } },
    { ...loss, inherited: { since: hostile } },
  ];
  const values = { since: hostile, change: 0.2, expires: hostile, issue: hostile, why: hostile, ceiling: 0.1 };
  const warnings = (["baseline-slowed", "waiver-stale", "waiver-exceeded"] as const).map(
    (kind): GateWarning => ({ kind, cell, metric: hostile, values }),
  );
  const text = renderComment(
    {
      ...input,
      candidate: {
        ...input.candidate,
        // Few enough that nothing has to be left out.
        cells: input.candidate.cells.slice(0, 2).map(named),
        environment: { fingerprint: hostile, host: hostile, driver: hostile, gpus: [{ name: hostile }] },
        source: { sha: hostile },
      },
      comparison: {
        ...comparison,
        cells: [{ ...cell, metrics: rows }, ...comparison.cells.slice(1, 2).map(named)],
        warnings,
      },
      context: {
        ...input.context,
        baselineLabel: hostile,
        configPath: hostile,
        policyNotice: { kind: "unread", why: hostile },
      },
      failure: undefined as never,
    },
    "both",
    renderer,
  );
  expect(text).not.toContain("were left out");
  // What stands in a fence is shown as it is.
  const read = text.replace(/^(`{3,})yaml\n[\s\S]*?\n\1$/gm, "");
  expect(read).not.toBe(text);
  expect(read).not.toContain("<script>");
  expect(read.replace(/`[^`\n]*`/g, "")).not.toMatch(/@octocat|#12|[^\\]\[a\]|^# g/m);
  expect(read.match(/<details>/g)).toHaveLength(read.match(/<\/details>/g)?.length ?? 0);
});

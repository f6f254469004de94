import { describe, expect, test } from "@jest/globals";
import type { JudgedCell } from "../../../src/core/compare/cell-case.ts";
import type { ComparedCell, MetricRow } from "../../../src/core/model/comparison.ts";
import type { Waiver } from "../../../src/core/model/waiver.ts";
import { applyWaivers } from "../../../src/core/verdict/apply-waivers.ts";

const key = { phase: "paged", model: "Qwen/Qwen3-4B", workload: "chunked_prefill" };

/** ITL P99 of 100 ms that became 110 ms: 10 % worse. */
function regressed(extra: Partial<MetricRow> = {}): MetricRow {
  return {
    ...{ metric: "itl_p99", gated: true, finding: "regressed", reason: "significant", stage: "history" },
    ...{ baseline: 100, candidate: 110, change: 0.1, baselineRuns: 10, candidateTrials: 3, warnings: [] },
    ...extra,
  };
}

function cellOf(rows: readonly MetricRow[], extra: Partial<ComparedCell> = {}): JudgedCell {
  const cell = { ...key, modelLabel: "Qwen3", metrics: rows, ...extra };
  return { cell, gated: true, history: "comparable", runs: 10, isPaired: false } as JudgedCell;
}

const loss = { ceiling: 0.12, expires: "2026-12-31", issue: "#123", reason: "Larger chunks" };

function waiverOf(extra: Partial<Waiver> = {}): Waiver {
  return { cell: key, metric: "itl_p99", ...loss, ...extra };
}

const createdAt = "2026-11-22T10:00:00Z";

/** What became of one row, and what is said of the waiver. */
function judged(row: MetricRow, waiver: Waiver, { at = createdAt, cell = {} }: { at?: string; cell?: object } = {}) {
  const { cells, warnings } = applyWaivers([cellOf([row], cell)], [waiver], at);
  return { row: cells[0]?.cell.metrics[0], warnings };
}

test("a regression within the ceiling is accepted, and stays a regression in sight", () => {
  expect(judged(regressed(), waiverOf())).toEqual({ row: { ...regressed(), waiver: loss }, warnings: [] });
});

describe("the ceiling", () => {
  test.each([
    ["accepts", "just below it", 0.1199],
    ["accepts", "at it", 0.12],
    ["does not accept", "just past it", 0.1201],
  ])("%s a latency %s", (what, _where, change) => {
    const { row, warnings } = judged(regressed({ change, candidate: 100 * (1 + change) }), waiverOf());
    expect(row?.waiver !== undefined).toBe(what === "accepts");
    expect(warnings).toHaveLength(what === "accepts" ? 0 : 1);
  });

  test.each([
    ["accepts", "down by as much", -0.12],
    ["does not accept", "down by more", -0.13],
  ])("%s a throughput that is %s", (what, _where, change) => {
    const metric = "output_throughput";
    const row = regressed({ metric, change, candidate: 100 * (1 + change) });
    expect(judged(row, waiverOf({ metric })).row?.waiver !== undefined).toBe(what === "accepts");
  });

  test.each([
    ["accepts", "that doubled, of 200%", { baseline: 0.1, candidate: 0.2 }, 2],
    ["does not accept", "that tripled, of 150%", { baseline: 0.1, candidate: 0.3 }, 1.5],
    ["does not accept", "after none, however high", { baseline: 0, candidate: 0.01 }, 100],
    ["does not accept", "without a baseline, however high", { candidate: 1 }, 100],
  ])("%s an error rate %s", (what, _why, values, ceiling) => {
    const { change: _, baseline: __, ...row } = regressed({ metric: "error_rate", reason: "more-failures" });
    const found = judged({ ...row, ...values }, waiverOf({ metric: "error_rate", ceiling }));
    expect(found.row?.waiver !== undefined).toBe(what === "accepts");
  });

  test("that the loss is past is said, and the row is as it was", () => {
    const row = regressed({ change: 0.2, candidate: 120 });
    expect(judged(row, waiverOf())).toEqual({
      row,
      warnings: [{ kind: "waiver-exceeded", cell: key, metric: "itl_p99", values: { ceiling: 0.12, issue: "#123" } }],
    });
  });

  test("holds for what the confirmation measured", () => {
    const confirmed = { stage: "confirmation", confirmation: { pairs: 3, worse: 3 } } as const;
    expect(judged(regressed(confirmed), waiverOf()).row?.waiver).toEqual(loss);
  });
});

describe("the last day", () => {
  test.each([
    ["holds on the day itself", "2026-12-31T23:59:59.999Z", true],
    ["is over when the next begins", "2027-01-01T00:00:00Z", false],
    ["is counted in UTC: still the 31st there", "2027-01-01T02:00:00+03:00", true],
    ["is counted in UTC: already the 1st there", "2026-12-31T22:00:00-03:00", false],
  ])("%s", (_what, at, isAccepted) => {
    expect(judged(regressed(), waiverOf(), { at }).row?.waiver !== undefined).toBe(isAccepted);
  });

  test("that is past is said, and the row blocks", () => {
    expect(judged(regressed(), waiverOf({ expires: "2026-11-21" }))).toEqual({
      row: regressed(),
      warnings: [
        {
          ...{ kind: "waiver-stale", cell: key, metric: "itl_p99" },
          values: { why: "expired", expires: "2026-11-21", issue: "#123" },
        },
      ],
    });
  });
});

const unused = [
  {
    ...{ kind: "waiver-stale", cell: key, metric: "itl_p99" },
    values: { why: "unused", expires: "2026-12-31", issue: "#123" },
  },
];

test.each<[string, MetricRow]>([
  ["is no longer worse", regressed({ finding: "unchanged", reason: "within-min-effect" })],
  ["is not proven to be worse", regressed({ finding: "inconclusive", reason: "suspicious" })],
  ["does not block", regressed({ gated: false })],
  ["is of another metric", regressed({ metric: "itl_p95" })],
])("a waiver of a row that %s accepts nothing and is reported", (_what, row) => {
  expect(judged(row, waiverOf())).toEqual({ row, warnings: unused });
});

test.each([
  ["phase", { phase: "continuous" }],
  ["model", { model: "Qwen/Qwen3-8B" }],
  ["workload", { workload: "baseline" }],
  ["point", { point: { concurrency: 8 } }],
])("a waiver is not for a cell of another %s", (_part, cell) => {
  expect(judged(regressed(), waiverOf(), { cell })).toEqual({ row: regressed(), warnings: unused });
});

test("a waiver names a model by its id, not by its label", () => {
  expect(judged(regressed(), waiverOf({ cell: { ...key, model: "Qwen3" } })).row).not.toHaveProperty("waiver");
});

test.each([
  ["with its keys in another order", { workers: 24, batch: 8 }, { batch: 8, workers: 24 }, true],
  ["that is empty on one side", undefined, {}, true],
  ["with another value", { workers: 24 }, { workers: 25 }, false],
  ["with text for a number", { workers: 24 }, { workers: "24" }, false],
  ["with a key less", { workers: 24, batch: 8 }, { workers: 24 }, false],
])("a point %s", (_what, point, written, isSame) => {
  const waiver = waiverOf({ cell: { ...key, point: written as Record<string, string | number> } });
  const cell = point === undefined ? {} : { point };
  expect(judged(regressed(), waiver, { cell }).row?.waiver !== undefined).toBe(isSame);
});

test("a row that is inherited from main keeps that, and its waiver counts as used", () => {
  const row = regressed({ inherited: { since: "abc1234" }, change: 0.5, candidate: 150 });
  expect(judged(row, waiverOf())).toEqual({ row, warnings: [] });
});

test("cells and rows keep their order, and warnings the order of the file", () => {
  const cells = [
    cellOf([regressed({ metric: "ttft_p50" }), regressed(), regressed({ metric: "e2e_p50" })]),
    cellOf([regressed()], { workload: "baseline" }),
  ];
  const waivers = [waiverOf({ metric: "itl_p50" }), waiverOf(), waiverOf({ metric: "ttft_p50", ceiling: 0.05 })];
  const result = applyWaivers(cells, waivers, createdAt);
  expect(result.cells.map(({ cell }) => cell.metrics.map(({ metric, waiver }) => [metric, waiver?.issue]))).toEqual([
    [
      ["ttft_p50", undefined],
      ["itl_p99", "#123"],
      ["e2e_p50", undefined],
    ],
    [["itl_p99", undefined]],
  ]);
  expect(result.warnings.map(({ kind, metric }) => [kind, metric])).toEqual([
    ["waiver-stale", "itl_p50"],
    ["waiver-exceeded", "ttft_p50"],
  ]);
});

test("no waivers change nothing", () => {
  const cells = [cellOf([regressed()])];
  expect(applyWaivers(cells, [], createdAt)).toEqual({ cells, warnings: [] });
});

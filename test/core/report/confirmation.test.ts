import { describe, expect, test } from "@jest/globals";
import type { Comparison, MetricRow } from "../../../src/core/model/comparison.ts";
import { clearedCells, lookedWorse } from "../../../src/core/report/confirmation.ts";

const row = (more: Partial<MetricRow> = {}): MetricRow => ({
  ...{ metric: "itl_p50", gated: true, finding: "unchanged", reason: "within-min-effect", stage: "confirmation" },
  ...{ minEffect: 0.05, baselineRuns: 5, candidateTrials: 3, warnings: [], screen: { change: 0.03, p: 0.01 } },
  ...more,
});

describe("a row looked worse", () => {
  test.each<[string, Partial<MetricRow>, boolean]>([
    ["by enough of its min-effect, and not by chance", {}, true],
    ["where a rate fell", { metric: "output_throughput", screen: { change: -0.03, p: 0.01 } }, true],
    ["not where a rate rose", { metric: "output_throughput" }, false],
    ["not by too little", { screen: { change: 0.019, p: 0.01 } }, false],
    ["not where chance explains it", { screen: { change: 0.03, p: 0.2 } }, false],
    ["by its size alone where the history is short", { baselineRuns: 2, screen: { change: 0.03, p: 0.2 } }, true],
    ["never without a history", { screen: undefined as never }, false],
  ])("%s", (_, more, isWorse) => {
    expect(lookedWorse(row(more))).toBe(isWorse);
  });
});

describe("a suspicion is cleared", () => {
  const cells = (...metrics: readonly MetricRow[]): Comparison => ({
    ...{ schema: "serving-gate/comparison@1", verdict: "pass", exitReason: "ok", reason: "", baselineRuns: 5 },
    cells: [{ phase: "p", model: "m", workload: "w", metrics }],
    warnings: [],
  });

  test.each<[string, readonly MetricRow[], number]>([
    [
      "where nothing of the workload is worse any more",
      [row(), row({ metric: "itl_p95", screen: { change: 0, p: 0.5 } })],
      1,
    ],
    ["not where another of its rows is proven", [row(), row({ metric: "itl_p95", finding: "regressed" })], 0],
    ["not where it is still open", [row({ finding: "inconclusive", reason: "suspicious" })], 0],
    ["not where there was none", [row({ screen: { change: 0.001, p: 0.4 } })], 0],
    ["not by a row that cannot block", [row({ gated: false })], 0],
  ])("%s", (_, rows, count) => {
    expect(clearedCells(cells(...rows))).toHaveLength(count);
  });
});

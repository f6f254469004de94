import { expect, test } from "@jest/globals";
import type { MetricRow } from "../../../src/core/model/comparison.ts";
import { worstFirst } from "../../../src/core/report/comment-scope.ts";

const cell = { phase: "paged", model: "m", workload: "w", metrics: [] };
const row = (metric: string, change: number, minEffect = 0.05): MetricRow => ({
  ...{ metric, change, minEffect, gated: true, finding: "regressed", reason: "significant" },
  ...{ baselineRuns: 5, candidateTrials: 3, warnings: [] },
});
const order = (...rows: readonly MetricRow[]) =>
  worstFirst(rows.map((each) => ({ cell, row: each }))).map((each) => each.row.metric);

test.each([
  ["a slower step before the throughput it costs", [row("output_throughput", -0.45), row("itl_p50", 0.8)], "itl_p50"],
  ["throughput where it fell clearly more", [row("output_throughput", -0.5), row("itl_p50", 0.3)], "output_throughput"],
  ["a proven median before a noisier tail", [row("itl_p99", 0.3, 0.2), row("itl_p50", 0.15)], "itl_p50"],
  ["failed requests before anything slow", [row("itl_p50", 3), row("error_rate", 0.01)], "error_rate"],
])("the headline leads with %s", (_what, rows, first) => {
  expect(order(...rows)[0]).toBe(first);
});

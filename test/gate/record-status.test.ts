import { describe, expect, test } from "@jest/globals";
import type { Comparison, MetricRow } from "../../src/core/model/comparison.ts";
import type { Cell, ResultsFile, Trial } from "../../src/core/model/results.ts";
import { judgeRun } from "../../src/core/verdict/judge-run.ts";
import { recordedAs } from "../../src/gate/record-status.ts";
import { defaultPolicy } from "../fakes/gate-data.ts";

const trial = (requests: number, failed: number, valid = true): Trial => ({
  valid,
  counts: { requests, failed, outputTokens: 0, gaps: 0 },
});

function results(...cells: (readonly Trial[])[]): ResultsFile {
  const cell = (trials: readonly Trial[], index: number): Cell => ({
    phase: "p",
    model: "m",
    workload: `w${index}`,
    scheduleHash: "sha256:0",
    trials,
  });
  return {
    schema: "serving-gate/results@1",
    createdAt: "2026-11-22T00:00:00Z",
    environment: { fingerprint: "f" },
    status: "accepted",
    cells: cells.map(cell),
  };
}

test.each([
  ["accepted", "nine of ten requests are answered", results([trial(10, 1)])],
  ["rejected", "fewer are", results([trial(10, 2)])],
  ["rejected", "one cell of several is broken", results([trial(10, 0)], [trial(10, 10)])],
  ["accepted", "the trials together reach nine of ten", results([trial(10, 2), trial(10, 0)])],
  ["accepted", "the broken trial does not count", results([trial(10, 10, false), trial(10, 0)])],
  ["accepted", "nothing was counted", results([])],
  ["rejected", "the results say so themselves", { ...results([trial(10, 0)]), status: "rejected" as const }],
])("%s when %s", (status, _why, run) => {
  expect(recordedAs(run, judgeRun({ baseline: [], candidate: run, policy: defaultPolicy }))).toEqual({ status });
});

describe("a run that answered its requests", () => {
  const accepted = { ceiling: 0.15, expires: "2026-12-31", issue: "#12", reason: "larger batches" };
  const compared = (...rows: readonly Partial<MetricRow>[]): Comparison => {
    const metrics = rows.map((row) => ({
      ...({ metric: "itl_p50", gated: true, finding: "unchanged", reason: "within-min-effect" } as const),
      ...{ baselineRuns: 5, candidateTrials: 3, warnings: [] },
      ...row,
    }));
    const cells = [{ phase: "p", model: "m", workload: "w0", metrics }];
    return {
      schema: "serving-gate/comparison@1",
      verdict: "fail",
      exitReason: "regression",
      reason: "",
      baselineRuns: 5,
      cells,
      warnings: [],
    };
  };
  const run = results([trial(10, 0)]);

  test("is suspect where it is slower than the accepted runs", () => {
    expect(recordedAs(run, compared({}, { finding: "regressed" }))).toEqual({ status: "suspect" });
  });

  test("is suspect where one of its losses was accepted and another was not", () => {
    const both = compared({ finding: "regressed", waiver: accepted }, { metric: "itl_p99", finding: "regressed" });
    expect(recordedAs(run, both)).toEqual({ status: "suspect" });
  });

  test("begins an epoch where each loss was accepted", () => {
    const all = compared(
      { finding: "regressed", waiver: accepted },
      { metric: "itl_p99", finding: "regressed", waiver: { ...accepted, issue: "#7" } },
    );
    expect(recordedAs(run, all)).toEqual({ status: "accepted", epoch: "#12, #7" });
  });

  test("is accepted where only a metric that does not block is slower", () => {
    expect(recordedAs(run, compared({ metric: "ttft_p50", gated: false, finding: "regressed" }))).toEqual({
      status: "accepted",
    });
  });
});

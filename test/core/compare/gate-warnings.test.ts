import { describe, expect, test } from "@jest/globals";
import type { Arrivals, Cell, ResultsFile, WorkloadInfo } from "../../../src/core/model/results.ts";
import type { AnsweredTrace } from "../../../src/core/model/trace.ts";
import { judgeRun } from "../../../src/core/verdict/judge-run.ts";
import { cellOf, defaultPolicy, resultsOf, trialOf } from "../../fakes/gate-data.ts";

/** Ten requests a second apart, each answered in `e2eMs`, eleven tokens each. */
function requestsOf(e2eMs: number): readonly AnsweredTrace[] {
  return Array.from({ length: 10 }, (_, index) => {
    const sentMs = index * 1000;
    const gap = (e2eMs - 100) / 10;
    return {
      outcome: "ok" as const,
      scheduledMs: sentMs,
      sentMs,
      firstTokenMs: sentMs + 100,
      lastTokenMs: sentMs + e2eMs,
      endMs: sentMs + e2eMs,
      outputTokens: 11,
      tokenGapsMs: Array(10).fill(gap),
    };
  });
}

describe("load-bound", () => {
  function warningsOf(arrivals: Arrivals | undefined, baselineE2e: number, candidateE2e: number) {
    const workloads: WorkloadInfo[] = [{ name: "chat", ...(arrivals === undefined ? {} : { arrivals }) }];
    const results = (day: number, e2eMs: number) =>
      resultsOf(day, [cellOf([{ requests: requestsOf(e2eMs) }])], { workloads });
    const comparison = judgeRun({
      baseline: [results(0, baselineE2e)],
      candidate: results(1, candidateE2e),
      policy: defaultPolicy,
    });
    return comparison.warnings.filter(({ kind }) => kind === "load-bound");
  }
  const uniform: Arrivals = { process: "uniform", rate: 1 };

  test("where waiting for the schedule takes two thirds of the time on both sides", () => {
    // 9 s of schedule; the last answer ends 1 s later.
    expect(warningsOf(uniform, 1000, 1000)).toEqual([
      {
        kind: "load-bound",
        cell: { phase: "paged", model: "llama", workload: "chat" },
        metric: "output_throughput",
        values: { scheduleSeconds: 9, makespanSeconds: 10 },
      },
    ]);
  });

  test.each([
    ["the candidate falls behind", uniform, 1000, 5000],
    ["the baseline fell behind", uniform, 5000, 1000],
    ["the arrivals wait for the server", { process: "concurrency", concurrency: 1 } as const, 1000, 1000],
    ["nobody says how requests arrive", undefined, 1000, 1000],
  ])("not where %s", (...[_why, arrivals, baseline, candidate]) => {
    expect(warningsOf(arrivals, baseline, candidate)).toEqual([]);
  });
});

describe("purpose-worse", () => {
  function warningsOf(metric: string, candidate: number, cell: Partial<Cell>, extra: Partial<ResultsFile> = {}) {
    const results = (day: number, value: number) => {
      const trial = trialOf({ [metric]: value, itl_p50: 11 });
      return resultsOf(day, [cellOf([trial, trial, trial], cell)], extra);
    };
    const baseline = [0, 1, 2, 3, 4].map((day) => results(day, 100));
    const { warnings } = judgeRun({ baseline, candidate: results(9, candidate), policy: defaultPolicy });
    return warnings.filter(({ kind }) => kind === "purpose-worse");
  }

  test("a metric the workload is there for, worse by over 25 %", () => {
    const told = { workloads: [{ name: "chat", purposeMetrics: ["ttft_p50"] }] };
    expect(warningsOf("ttft_p50", 126, {}, told)).toEqual([
      {
        kind: "purpose-worse",
        cell: { phase: "paged", model: "llama", workload: "chat" },
        metric: "ttft_p50",
        values: { change: 0.26 },
      },
    ]);
    expect(warningsOf("ttft_p50", 124, {}, told)).toEqual([]);
    expect(warningsOf("ttft_p50", 50, {}, told)).toEqual([]);
  });

  test("of a built-in workload it is known without being told", () => {
    expect(warningsOf("ttft_p95", 130, { workload: "continuous_batching" })).toHaveLength(1);
    expect(warningsOf("ttft_p95", 130, { workload: "paged_attention" })).toEqual([]);
  });

  test("what blocks already is not said twice", () => {
    expect(warningsOf("output_throughput", 50, { workload: "paged_attention" })).toEqual([]);
  });
});

test("a cell younger than the rest is said to be learning by itself", () => {
  const cell = (workload: string) => {
    const trial = trialOf({ itl_p50: 11 });
    return cellOf([trial, trial, trial], { workload });
  };
  const baseline = [0, 1, 2, 3, 4, 5].map((day) =>
    resultsOf(day, day < 4 ? [cell("old")] : [cell("old"), cell("young")]),
  );
  const { warnings } = judgeRun({
    baseline,
    candidate: resultsOf(9, [cell("old"), cell("young")]),
    policy: defaultPolicy,
  });
  const few = warnings.filter(({ kind }) => kind === "few-runs");
  expect(few).toMatchObject([{ cell: { workload: "young" }, values: { runs: 2, wanted: 5 } }]);
});

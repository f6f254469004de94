import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { MetricRow } from "../../../src/core/model/comparison.ts";
import type { Cell, MetricSummary, ResultsFile, Trial, TrialCounts } from "../../../src/core/model/results.ts";
import { judgeRun } from "../../../src/core/verdict/judge-run.ts";
import { candidateOf, cellOf, defaultPolicy, historyOf, resultsOf, rowOf, trialOf } from "../../fakes/gate-data.ts";

const judge = (baseline: readonly ResultsFile[], candidate: ResultsFile, policy = defaultPolicy) =>
  judgeRun({ baseline, candidate, policy });

/** Five runs of three equal trials. */
function runsOf(
  summary: MetricSummary,
  counts: Partial<TrialCounts> = {},
  cell: Partial<Cell> = {},
): readonly ResultsFile[] {
  const trial = trialOf(summary, counts);
  return [0, 1, 2, 3, 4].map((day) => resultsOf(day, [cellOf([trial, trial, trial], cell)]));
}

function measured(trials: readonly Trial[], cell: Partial<Cell> = {}): ResultsFile {
  return resultsOf(100, [cellOf(trials, cell)]);
}

function alike(summary: MetricSummary, counts: Partial<TrialCounts> = {}): ResultsFile {
  const trial = trialOf(summary, counts);
  return measured([trial, trial, trial]);
}

describe("values that have no logarithm", () => {
  test("a trial at 0 has no value for its metric; the others decide", () => {
    const comparison = judge(historyOf("itl_p50", Array(5).fill([11, 11, 11])), candidateOf("itl_p50", [0, 13, 13]));
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "regressed", candidateTrials: 2, candidate: 13 });
  });

  test("a candidate all at 0, or below, cannot be judged", () => {
    const comparison = judge(historyOf("itl_p50", Array(5).fill([11])), candidateOf("itl_p50", [0, -1, 0]));
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "inconclusive", reason: "too-few-samples" });
    expect(comparison).toMatchObject({ verdict: "inconclusive", cause: "nothing-judgeable" });
  });

  test("goodput that fell to 0 is a regression where it blocks", () => {
    const policy = { ...defaultPolicy, blocking: ["goodput"] };
    const comparison = judge(historyOf("goodput", Array(5).fill([3, 3])), candidateOf("goodput", [0, 0]), policy);
    expect(rowOf(comparison, "goodput")).toMatchObject({ finding: "regressed", reason: "gross", change: -1 });
    expect(comparison.exitReason).toBe("regression");
  });

  test("a history without spread divides by nothing", () => {
    const row = rowOf(judge(runsOf({ itl_p50: 11 }), alike({ itl_p50: 11 })), "itl_p50");
    expect(row).toMatchObject({ finding: "unchanged", change: 0, baseline: 11, candidate: 11 });
  });
});

describe("too few samples", () => {
  test.each([
    ["itl_p95", { gaps: 99 }, "too-few-samples"],
    ["itl_p99", { gaps: 499 }, "too-few-samples"],
    ["itl_p50", { gaps: 9 }, "too-few-samples"],
    ["ttft_p95", { requests: 19 }, "too-few-samples"],
    ["ttft_p99", { requests: 99 }, "too-few-samples"],
    ["output_throughput", { requests: 4 }, "too-few-ok"],
    ["itl_p50", { requests: 4 }, "too-few-ok"],
  ])("%s of %j is not judged, and shown all the same", (metric, counts, reason) => {
    const row = rowOf(judge(runsOf({ [metric]: 11 }, counts), alike({ [metric]: 22 }, counts)), metric);
    expect(row).toMatchObject({ finding: "inconclusive", reason, baseline: 11, candidate: 22, change: 1 });
  });

  test.each([
    ["itl_p95", { gaps: 100 }],
    ["itl_p99", { gaps: 500 }],
    ["ttft_p90", { requests: 10 }],
    ["ttft_p95", { requests: 20 }],
    ["ttft_p99", { requests: 100 }],
    ["output_throughput", { requests: 5 }],
  ])("%s of %j is judged", (metric, counts) => {
    const row = rowOf(judge(runsOf({ [metric]: 11 }, counts), alike({ [metric]: 11 }, counts)), metric);
    expect(row.interval).toBeDefined();
  });

  test("a summary that came without counts is taken as it is", () => {
    const bare = (itl: number): Trial => ({ summary: { itl_p99: itl, itl_p50: itl } });
    const baseline = [0, 1, 2, 3, 4].map((day) => resultsOf(day, [cellOf([bare(20), bare(20), bare(20)])]));
    const comparison = judge(baseline, measured([bare(40), bare(40), bare(40)]));
    expect(rowOf(comparison, "itl_p99").finding).toBe("regressed");
    expect(comparison.warnings).toContainEqual({ kind: "summary-only", values: { cells: 1 } });
  });

  test("an error rate without counts decides only the plain cases", () => {
    const bare = (rate: number) => measured([{ summary: { error_rate: rate, itl_p50: 11 } }]);
    const finding = (rate: number, before: number) => {
      const baseline = [0, 1, 2, 3, 4].map((day) => ({ ...bare(before), createdAt: resultsOf(day, []).createdAt }));
      return rowOf(judge(baseline, bare(rate)), "error_rate");
    };
    expect(finding(0, 0)).toMatchObject({ finding: "unchanged", reason: "equal" });
    expect(finding(0.1, 0.2)).toMatchObject({ finding: "unchanged", reason: "no-more-failures" });
    expect(finding(0.2, 0.1)).toMatchObject({ finding: "inconclusive", reason: "some-failures" });
    expect(finding(1, 0)).toMatchObject({ finding: "regressed", reason: "all-failed" });
  });
});

describe("another amount of work", () => {
  const all = { output_throughput: 300, itl_p50: 11, itl_p95: 30, itl_p99: 60, e2e_p50: 900, ttft_p50: 100 };

  test("over 10 % more or fewer output tokens: throughput, latency and ITL tails are not judged, ITL and TTFT P50 are", () => {
    const comparison = judge(runsOf(all), alike(all, { outputTokens: 10_900 }));
    for (const metric of ["output_throughput", "itl_p95", "itl_p99", "e2e_p50"]) {
      expect(rowOf(comparison, metric)).toMatchObject({ finding: "inconclusive", reason: "different-work" });
    }
    expect(rowOf(comparison, "itl_p50").finding).toBe("unchanged");
    expect(rowOf(comparison, "ttft_p50").finding).toBe("unchanged");
    expect(comparison).toMatchObject({ verdict: "inconclusive", cause: "different-work" });
  });

  test("9 % fewer are the same work", () => {
    expect(judge(runsOf(all), alike(all, { outputTokens: 11_200 })).verdict).toBe("pass");
  });

  test("chunks over 5 % fatter leave ITL unjudged, and throughput judged", () => {
    const comparison = judge(runsOf({ ...all, tokens_per_chunk: 1 }), alike({ ...all, tokens_per_chunk: 1.06 }));
    for (const metric of ["itl_p50", "itl_p95", "itl_p99"]) {
      expect(rowOf(comparison, metric)).toMatchObject({ finding: "inconclusive", reason: "different-chunking" });
    }
    expect(comparison.verdict).toBe("pass");
  });
});

describe("trials", () => {
  test("on one boot count as one, and the report says so", () => {
    const shared = [12, 13, 14].map((value) => ({ ...trialOf({ itl_p50: value }), boot: "running" }));
    const comparison = judge(historyOf("itl_p50", Array(5).fill([11])), measured(shared));
    // The geometric mean of 12, 13 and 14: 2184 to the third.
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ candidateTrials: 1, candidate: 12.9743082334 });
    expect(comparison.warnings).toContainEqual(
      expect.objectContaining({ kind: "one-boot", values: { trials: 3, boots: 1 } }),
    );
  });

  test("one alone fails only what is gross, and only at a middle", () => {
    const finding = (metric: string, value: number) =>
      rowOf(judge(historyOf(metric, Array(10).fill([10])), candidateOf(metric, [value])), metric);
    expect(finding("itl_p50", 10.9)).toMatchObject({ finding: "inconclusive", reason: "suspicious" });
    expect(finding("itl_p50", 11.5)).toMatchObject({ finding: "regressed", reason: "gross" });
    const tail = finding("itl_p99", 40);
    expect(tail).toMatchObject({
      finding: "inconclusive",
      reason: "suspicious",
      warnings: [expect.stringContaining("not gateable")],
    });
    expect(tail).not.toHaveProperty("minDetectable");
  });

  test("that are invalid are not there; without a valid one the cell is invalid", () => {
    const valid = trialOf({ itl_p50: 11 });
    const late = { ...trialOf({ itl_p50: 99 }), valid: false, invalidReason: "client late" };
    expect(rowOf(judge(runsOf({ itl_p50: 11 }), measured([valid, late])), "itl_p50")).toMatchObject({
      candidate: 11,
      candidateTrials: 1,
    });
    for (const trials of [[late, late], []]) {
      const comparison = judge(runsOf({ itl_p50: 11 }), measured(trials));
      expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "invalid", reason: "no-valid-trial" });
      expect(comparison).toMatchObject({ verdict: "inconclusive", cause: "nothing-judgeable" });
      expect(judge([], measured(trials))).toMatchObject({ verdict: "inconclusive" });
    }
  });

  test("without any request say nothing, and the run is no pass", () => {
    const comparison = judge(runsOf({ itl_p50: 11 }), measured([{ requests: [] }]));
    expect(comparison).toMatchObject({ verdict: "inconclusive", cause: "nothing-judgeable" });
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "inconclusive", reason: "too-few-ok" });
  });
});

describe("a cell that stands twice in one file", () => {
  test("has its trials put together where it was asked and served alike", () => {
    const twice = resultsOf(100, [cellOf([trialOf({ itl_p50: 11 })]), cellOf([trialOf({ itl_p50: 11 })])]);
    const comparison = judge(runsOf({ itl_p50: 11 }), twice);
    expect(comparison.cells).toHaveLength(1);
    expect(rowOf(comparison, "itl_p50").candidateTrials).toBe(2);
  });

  test("is refused where it was not", () => {
    const other = { scheduleHash: "sha256:2" };
    const twice = resultsOf(100, [cellOf([trialOf({ itl_p50: 11 })]), cellOf([trialOf({ itl_p50: 11 })], other)]);
    expect(() => judge([], twice)).toThrow(/holds chat on llama, paged twice, with different schedules/);
  });
});

describe("minimum effects", () => {
  const minEffect = (
    metric: string,
    byMetric: Record<string, number> = {},
    byWorkload: Record<string, number> = {},
  ) => {
    const policy = { ...defaultPolicy, minEffect: { default: 0.05, byMetric, byWorkload } };
    return rowOf(judge(runsOf({ [metric]: 11 }), alike({ [metric]: 11 }), policy), metric).minEffect;
  };

  test("the default is stretched for tails", () => {
    expect([minEffect("itl_p50"), minEffect("itl_p95"), minEffect("ttft_p50"), minEffect("itl_p99")]).toEqual([
      0.05, 0.1, 0.1, 0.2,
    ]);
  });

  test("what is named is taken as it stands, the metric's before the workload's", () => {
    expect(minEffect("itl_p99", { itl_p99: 0.08 })).toBe(0.08);
    expect(minEffect("itl_p99", {}, { chat: 0.03 })).toBe(0.03);
    expect(minEffect("itl_p99", { itl_p99: 0.08 }, { chat: 0.03 })).toBe(0.08);
  });
});

test("a row that could only see a gross loss says that it guards nothing", () => {
  const wild = [8, 14, 9, 15, 10].map((value) => [value, value, value]);
  const row = rowOf(judge(historyOf("itl_p50", wild), candidateOf("itl_p50", [11, 11, 11])), "itl_p50");
  expect(row.minDetectable).toBeGreaterThan(0.2);
  expect(row.warnings).toEqual([
    expect.stringMatching(/^not gateable on this machine: would only see a worsening of \d+% or more$/),
  ]);
});

function expectSound(row: MetricRow): void {
  const numbers = [row.baseline, row.candidate, row.change, row.pAdjusted, row.minDetectable];
  expect(numbers.filter((number) => number !== undefined && !Number.isFinite(number))).toEqual([]);
  if (row.interval === undefined) return;
  expect(row.interval.low).toBeLessThanOrEqual(row.change ?? 0);
  expect(row.interval.high).toBeGreaterThanOrEqual(row.change ?? 0);
}

describe("whatever the values", () => {
  const value = fc.oneof(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), fc.constantFrom(0, -1, Number.NaN));
  const runs = fc.array(fc.array(value, { minLength: 1, maxLength: 3 }), { maxLength: 6 });

  test("a comparison is made, its numbers are finite, and an interval holds its change", () => {
    fc.assert(
      fc.property(runs, fc.array(value, { maxLength: 4 }), (history, values) => {
        const comparison = judge(historyOf("itl_p50", history), candidateOf("itl_p50", values));
        for (const row of comparison.cells.flatMap(({ metrics }) => metrics)) expectSound(row);
      }),
      { numRuns: 300 },
    );
  });

  test("a slower candidate is never found better than a faster one, and the order of records and trials is nothing", () => {
    const order = ["improved", "unchanged", "inconclusive", "regressed"];
    const positive = fc.double({ min: 5, max: 20, noNaN: true });
    const histories = fc.array(fc.array(positive, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        histories,
        fc.array(positive, { minLength: 3, maxLength: 3 }),
        fc.double({ min: 1, max: 2, noNaN: true }),
        (history, values, slower) => {
          const found = (runs: readonly ResultsFile[], trials: readonly number[]) =>
            rowOf(judge(runs, candidateOf("itl_p50", trials)), "itl_p50");
          const baseline = historyOf("itl_p50", history);
          const before = found(baseline, values);
          const after = found(
            baseline,
            values.map((one) => one * slower),
          );
          if (before.finding === "regressed") expect(after.finding).toBe("regressed");
          if (after.finding === "improved") expect(order.indexOf(before.finding)).toBe(0);
          expect(found([...baseline].reverse(), [...values].reverse()).finding).toBe(before.finding);
        },
      ),
      { numRuns: 100 },
    );
  });
});

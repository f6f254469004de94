/** What a comparison says of cells that were measured again in turns with the base build. */
import { describe, expect, test } from "@jest/globals";
import type { Comparison } from "../../../src/core/model/comparison.ts";
import type { GatePolicy } from "../../../src/core/model/config.ts";
import type { Cell, ResultsFile, Trial } from "../../../src/core/model/results.ts";
import { judgeRun } from "../../../src/core/verdict/judge-run.ts";
import { armsOf, cellOf, defaultPolicy, resultsOf, rowOf, trialOf } from "../../fakes/gate-data.ts";

type Arms = NonNullable<Cell["confirmation"]>;

/**
 * ITL P50 of 10 ms in five runs of one trial. Three alike pairs: se = 0.0095, nu = 5; proven from +4.5 %, cleared under +3.0 %.
 */
const trials = (...values: readonly number[]) => values.map((value) => trialOf({ itl_p50: value }));
const historyOf = (...cells: readonly Partial<Cell>[]) =>
  [0, 1, 2, 3, 4].map((day) =>
    resultsOf(
      day,
      cells.map((extra) => cellOf(trials(10), extra)),
    ),
  );
const known = historyOf({});

const alike = (ratio: number, pairs = 3): Arms =>
  armsOf("itl_p50", Array(pairs).fill(10), Array(pairs).fill(10 * ratio));

/** The candidate's own trials at a value, then its arms. */
function confirmed(value: number, confirmation: Arms, extra: Partial<Cell> = {}): Cell {
  return cellOf(trials(value, value), { confirmation, ...extra });
}

interface Judging {
  readonly baseline?: readonly ResultsFile[];
  readonly candidate?: Partial<ResultsFile>;
  readonly policy?: Partial<GatePolicy>;
}

function judge(cells: readonly Cell[], { baseline = known, candidate = {}, policy = {} }: Judging = {}): Comparison {
  return judgeRun({
    baseline,
    candidate: resultsOf(100, cells, { method: "confirm", confirmEnded: "decided", ...candidate }),
    policy: { ...defaultPolicy, ...policy },
  });
}

describe("a cell that was confirmed", () => {
  test("fails by its pairs, and shows what the history had said", () => {
    const comparison = judge([confirmed(10.6, alike(1.08))]);
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "regression", baselineRuns: 5 });
    const row = rowOf(comparison, "itl_p50");
    expect(row).toMatchObject({
      finding: "regressed",
      reason: "significant",
      stage: "confirmation",
      baseline: 10,
      candidate: 10.8,
      change: 0.08,
      confirmation: { pairs: 3, worse: 3, look: 1 },
      screen: { change: 0.06 },
      baselineRuns: 5,
      candidateTrials: 2,
    });
    // The history: 3 + 4 degrees of freedom, se = √(3 · 0.0004 / 7 · 1.2) = 0.014343, t = ln 1.06 / se = 4.0626.
    expect(row.screen?.p).toBeCloseTo(0.0024, 4);
  });

  test("passes where its pairs clear it, whatever the history said", () => {
    const comparison = judge([confirmed(12, alike(1.01))]);
    expect(comparison).toMatchObject({ verdict: "pass", exitReason: "ok" });
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "unchanged", change: 0.01, screen: { change: 0.2 } });
  });

  test("improves by its pairs", () => {
    expect(rowOf(judge([confirmed(10.6, alike(0.9))]), "itl_p50")).toMatchObject({
      finding: "improved",
      confirmation: { pairs: 3, worse: 0 },
    });
  });

  test("is decided by all its pairs where three decide nothing", () => {
    const row = rowOf(judge([confirmed(10.6, alike(1.042, 6))]), "itl_p50");
    expect(row).toMatchObject({ finding: "regressed", confirmation: { pairs: 6, worse: 6, look: 2 } });
  });

  test("counts a loss in a row that was not screened as suspicious, for it shares no level", () => {
    const both = (itl: number, throughput: number) => trialOf({ itl_p50: itl, output_throughput: throughput });
    const baseline = [0, 1, 2, 3, 4].map((day) => resultsOf(day, [cellOf([both(10, 100)])]));
    const arms = alike(1.01).map(({ arm, trial }) => ({
      arm,
      trial: { ...trial, summary: { ...trial.summary, output_throughput: arm === "base" ? 100 : 85 } },
    }));
    const comparison = judge([cellOf([both(10.6, 100)], { confirmation: arms })], { baseline });
    const row = rowOf(comparison, "output_throughput");
    expect(row).toMatchObject({ finding: "inconclusive", reason: "suspicious", change: -0.15 });
    expect(comparison).toMatchObject({ verdict: "inconclusive", cause: "suspicious" });
  });

  test("shows its other metrics by the pairs as well, and they never block", () => {
    const slow = alike(1.01).map(({ arm, trial }) => ({
      arm,
      trial: { ...trial, summary: { ...trial.summary, ttft_p50: arm === "base" ? 100 : 200, stall_max: 50 } },
    }));
    const comparison = judge([confirmed(10.6, slow)]);
    expect(rowOf(comparison, "ttft_p50")).toMatchObject({
      gated: false,
      finding: "regressed",
      stage: "confirmation",
      confirmation: { pairs: 3, worse: 3 },
    });
    expect(rowOf(comparison, "stall_max")).toMatchObject({ reason: "not-judged", baseline: 50, candidate: 50 });
    expect(comparison.verdict).toBe("pass");
  });
});

describe("time that ran out", () => {
  const late = { confirmEnded: "time" } as const;

  test("leaves a screened row that has no pairs not confirmed", () => {
    const comparison = judge([cellOf(trials(10.6, 10.6))], { candidate: late, policy: { confirmMaxMinutes: 45 } });
    expect(rowOf(comparison, "itl_p50")).toMatchObject({
      finding: "inconclusive",
      reason: "not-confirmed",
      stage: "history",
    });
    expect(comparison).toMatchObject({ verdict: "inconclusive", exitReason: "inconclusive", cause: "not-confirmed" });
    expect(comparison.warnings).toContainEqual({ kind: "confirmation-time", values: { minutes: 45 } });
    expect(comparison.reason).toMatch(/the confirmation did not come to an end/);
  });

  test("leaves a row that is open after three pairs not confirmed, by its pairs", () => {
    const comparison = judge([confirmed(10.6, alike(1.034))], { candidate: late });
    expect(rowOf(comparison, "itl_p50")).toMatchObject({
      finding: "inconclusive",
      reason: "not-confirmed",
      stage: "confirmation",
      confirmation: { pairs: 3, worse: 3, look: 2 },
    });
    expect(comparison.cause).toBe("not-confirmed");
  });

  test("takes nothing back that was decided", () => {
    expect(judge([confirmed(10.6, alike(1.08))], { candidate: late }).verdict).toBe("fail");
    expect(judge([confirmed(10.6, alike(1.01))], { candidate: late }).verdict).toBe("pass");
  });

  test("under on-inconclusive and by itself never turns into a pass", () => {
    const { verdict } = judge([cellOf(trials(10.6, 10.6))], { candidate: late, policy: { onInconclusive: "fail" } });
    expect(verdict).toBe("inconclusive");
  });
});

describe("arms that died", () => {
  const dead = (trial: Trial): Trial => ({
    valid: false,
    invalidReason: "the server died",
    counts: { requests: trial.counts?.requests ?? 0, failed: trial.counts?.requests ?? 0, outputTokens: 0, gaps: 0 },
  });
  const without = (arms: Arms, ...at: readonly number[]): Arms =>
    arms.map((one, index) => (at.includes(index) ? { ...one, trial: dead(one.trial) } : one));

  test("take their pairs with them: two whole ones still decide", () => {
    // Arms in order: base, candidate, candidate, base, base, candidate.
    const comparison = judge([confirmed(10.6, without(alike(1.1), 0))]);
    expect(rowOf(comparison, "itl_p50")).toMatchObject({
      finding: "regressed",
      confirmation: { pairs: 2, worse: 2, look: 1 },
    });
  });

  test("leave fewer than two whole pairs: nothing is decided", () => {
    const comparison = judge([confirmed(10.6, without(alike(1.1), 0, 3))]);
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "inconclusive", reason: "too-few-pairs" });
    expect(rowOf(comparison, "itl_p50")).not.toHaveProperty("interval");
    expect(comparison).toMatchObject({ verdict: "inconclusive", cause: "not-confirmed" });
  });

  test("leave no whole pair: nothing is decided either", () => {
    const comparison = judge([confirmed(10.6, without(alike(1.1), 0, 3, 4))]);
    expect(rowOf(comparison, "itl_p50").finding).toBe("inconclusive");
    expect(comparison).toMatchObject({ verdict: "inconclusive", cause: "not-confirmed" });
  });

  test.each(["stream", "timeout", "aborted", "connect"] as const)(
    "on the candidate's side count in full, though only half of the requests met the end (%s)",
    (kind) => {
      const times = { scheduledMs: 0, sentMs: 0, endMs: 900 };
      const answered = { ...times, firstTokenMs: 10, lastTokenMs: 900, outputTokens: 2, tokenGapsMs: [890] };
      const requests = Array.from({ length: 48 }, (_, index) =>
        index % 2 === 0
          ? ({ outcome: "ok", ...answered } as const)
          : ({ outcome: "error", ...times, error: { kind } } as const),
      );
      const arms = alike(1).map((one, index) =>
        index === 1 ? { ...one, trial: { valid: false, invalidReason: "exited with code 137", requests } } : one,
      );
      const comparison = judge([confirmed(10.6, arms)]);
      expect(rowOf(comparison, "error_rate")).toMatchObject({ finding: "regressed", candidate: 0.2 });
    },
  );

  test("on the candidate's side are requests that failed, and fail the run", () => {
    const comparison = judge([confirmed(10.6, without(alike(1), 1))]);
    // 48 of 240 (two trials and three arms) against none of 384 (five runs and three arms).
    expect(rowOf(comparison, "error_rate")).toMatchObject({
      finding: "regressed",
      reason: "more-failures",
      stage: "confirmation",
      candidate: 0.2,
    });
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "errors" });
  });

  test("on the base's side are nobody's failures", () => {
    expect(rowOf(judge([confirmed(10.6, without(alike(1), 0))]), "error_rate")).toMatchObject({
      finding: "unchanged",
      reason: "equal",
    });
  });
});

describe("without a history of its lane", () => {
  const served = (args: string) => ({ server: { args } });
  const otherLane = historyOf(served("--max-batch-size 8"));

  test("a cell is decided by its pairs alone", () => {
    const comparison = judge([confirmed(99, alike(1.08), served("--max-batch-size 24"))], { baseline: otherLane });
    const row = rowOf(comparison, "itl_p50");
    expect(row).toMatchObject({ finding: "regressed", baseline: 10, candidate: 10.8, baselineRuns: 0 });
    expect(row).not.toHaveProperty("screen");
    expect(row.differs).toMatchObject([{ name: "--max-batch-size", baseline: "8", candidate: "24" }]);
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "regression", baselineRuns: 0 });
    expect(judge([confirmed(99, alike(1), served("--max-batch-size 24"))], { baseline: otherLane }).verdict).toBe(
      "pass",
    );
  });

  test("all its blocking rows are the family", () => {
    const arms = alike(1.05).map(({ arm, trial }) => ({
      arm,
      trial: { ...trial, summary: { ...trial.summary, output_throughput: 100, ttft_p50: 100 } },
    }));
    const one = rowOf(judge([confirmed(10, alike(1.05))], { baseline: [] }), "itl_p50");
    const two = rowOf(judge([confirmed(10, arms)], { baseline: [] }), "itl_p50");
    expect((two.pAdjusted ?? 0) / (one.pAdjusted ?? 1)).toBeCloseTo(2, 9);
  });

  test("a first run that was measured in turns is no first baseline: it was compared", () => {
    expect(judge([confirmed(10, alike(1))], { baseline: [] })).toMatchObject({ verdict: "pass", exitReason: "ok" });
    expect(judge([confirmed(10, alike(1.08))], { baseline: [] }).verdict).toBe("fail");
  });
});

describe("measured in turns from the start", () => {
  const paired = { method: "paired" } as const;

  test("a cell has no trials, and is decided by its pairs", () => {
    const comparison = judge([cellOf([], { confirmation: alike(1.08) })], { candidate: paired });
    const row = rowOf(comparison, "itl_p50");
    expect(row).toMatchObject({ finding: "regressed", baseline: 10, candidate: 10.8, candidateTrials: 0 });
    expect(row).not.toHaveProperty("screen");
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "regression" });
    expect(judge([cellOf([], { confirmation: alike(1) })], { candidate: paired }).verdict).toBe("pass");
  });

  test("a cell of which no arm ran is invalid, and the run is no pass", () => {
    const comparison = judge([cellOf([])], { candidate: paired });
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "invalid", reason: "no-valid-trial" });
    expect(comparison).toMatchObject({ verdict: "inconclusive", cause: "nothing-judgeable" });
  });

  test("what trials of the history's runs differ by is known all the same", () => {
    const baseline = [0, 1, 2, 3, 4].map((day) => resultsOf(day, [cellOf(trials(10, 10, 10))]));
    const quiet = rowOf(judge([cellOf([], { confirmation: alike(1) })], { baseline, candidate: paired }), "itl_p50");
    const unknown = rowOf(judge([cellOf([], { confirmation: alike(1) })], { candidate: paired }), "itl_p50");
    // Ten degrees of freedom without any spread beside the prior's three: the error falls from √(6/5) to √(6/15).
    expect(quiet.interval?.high).toBeLessThan(unknown.interval?.high ?? 0);
    expect(quiet.minDetectable).toBeLessThan(unknown.minDetectable ?? 0);
  });
});

describe("a row that waits for its confirmation", () => {
  const two = historyOf({}, { workload: "burst" });

  test("keeps the run from passing, though all that was confirmed is cleared", () => {
    const cells = [confirmed(10.6, alike(1.01)), cellOf(trials(12, 12), { workload: "burst" })];
    expect(judge(cells, { baseline: two })).toMatchObject({ verdict: "inconclusive", cause: "not-confirmed" });
  });

  test("does not keep it from failing by another that was proven", () => {
    const cells = [confirmed(10.6, alike(1.1)), cellOf(trials(12, 12), { workload: "burst" })];
    const comparison = judge(cells, { baseline: two });
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "regression" });
    expect(rowOf(comparison, "itl_p50", 1).reason).toBe("not-confirmed");
  });

  test("is decided by the history where no confirmation was asked for", () => {
    const comparison = judgeRun({
      baseline: known,
      candidate: resultsOf(100, [cellOf(trials(12, 12))]),
      policy: defaultPolicy,
    });
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "regressed", stage: "history" });
    expect(comparison.verdict).toBe("fail");
  });
});

test("a confirmation in which nothing was suspected passes, however short the history", () => {
  const baseline = known.slice(0, 1);
  expect(judge([cellOf(trials(10, 10))], { baseline }).verdict).toBe("pass");
  const byHistory = judgeRun({ baseline, candidate: resultsOf(100, [cellOf(trials(10, 10))]), policy: defaultPolicy });
  expect(byHistory).toMatchObject({ verdict: "inconclusive", cause: "no-power" });
});

import { describe, expect, test } from "@jest/globals";
import type { Comparison } from "../../../src/core/model/comparison.ts";
import type { GatePolicy } from "../../../src/core/model/config.ts";
import type { Cell, ResultsFile } from "../../../src/core/model/results.ts";
import { judgeRun } from "../../../src/core/verdict/judge-run.ts";
import { cellOf, defaultPolicy, resultsOf, rowOf, trialOf } from "../../fakes/gate-data.ts";

/** A healthy machine: about 0.5 % from run to run, less from trial to trial. */
const wobble = [0, 0.004, -0.005, 0.006, -0.003, 0.002, -0.004, 0.005];
const within = [0, 0.001, -0.001];

/** What a cell says when everything is `slower` than usual by a ratio. */
function healthyCell(slower: number, { itl = 1, ...extra }: Partial<Cell> & { itl?: number } = {}): Cell {
  const trials = within.map((trial) => {
    const factor = (1 + slower) * (1 + trial);
    return trialOf({
      output_throughput: 320 / factor,
      itl_p50: 11 * factor * itl,
      itl_p95: 30 * factor * itl,
      itl_p99: 60 * factor * itl,
      ttft_p50: 180 * factor,
      queue_delay_p99: 0.2,
    });
  });
  return cellOf(trials, extra);
}

function healthyRuns(count: number, extra: Partial<Cell> = {}): readonly ResultsFile[] {
  return wobble.slice(0, count).map((slower, day) => resultsOf(day, [healthyCell(slower, extra)]));
}

function judge(baseline: readonly ResultsFile[], cells: readonly Cell[], policy: Partial<GatePolicy> = {}): Comparison {
  return judgeRun({ baseline, candidate: resultsOf(100, cells), policy: { ...defaultPolicy, ...policy } });
}

describe("five baseline runs and three candidate trials", () => {
  test("an equal run passes", () => {
    const comparison = judge(healthyRuns(5), [healthyCell(0.003)]);
    expect(comparison).toMatchObject({
      verdict: "pass",
      exitReason: "ok",
      baselineRuns: 5,
      warnings: [{ kind: "summary-only" }],
    });
    expect(comparison.reason).toBe("No regression in 5 checks against 5 runs.");
    expect(rowOf(comparison, "itl_p50")).toMatchObject({
      gated: true,
      finding: "unchanged",
      reason: "within-min-effect",
      stage: "history",
      minEffect: 0.05,
      baselineRuns: 5,
      candidateTrials: 3,
    });
  });

  test("a loss of 15 % in ITL fails", () => {
    const comparison = judge(healthyRuns(5), [healthyCell(0, { itl: 1.15 })]);
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "regression" });
    expect(comparison.reason).toContain("itl_p50 of chat on llama, paged +15");
    const row = rowOf(comparison, "itl_p50");
    expect(row).toMatchObject({ finding: "regressed", reason: "significant" });
    expect(row.pAdjusted).toBeLessThan(0.05);
    expect(row.interval?.low).toBeGreaterThan(0.03);
    expect(rowOf(comparison, "output_throughput").finding).toBe("unchanged");
  });

  test("a gain of 15 % in ITL is improved, and passes", () => {
    const comparison = judge(healthyRuns(5), [healthyCell(0, { itl: 0.85 })]);
    expect(comparison.verdict).toBe("pass");
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "improved", reason: "significant" });
  });

  test("a cell left out fails, and each of its metrics says so", () => {
    const other = { workload: "burst" };
    const baseline = wobble
      .slice(0, 5)
      .map((slower, day) => resultsOf(day, [healthyCell(slower), healthyCell(slower, other)]));
    const comparison = judge(baseline, [healthyCell(0)]);
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "missing" });
    expect(comparison.reason).toContain("burst on llama, paged");
    expect(comparison.cells[1]).toMatchObject({ workload: "burst" });
    const missing = comparison.cells[1]?.metrics ?? [];
    expect(missing.length).toBeGreaterThan(5);
    expect(missing.every(({ finding, reason }) => finding === "missing" && reason === "not-measured")).toBe(true);
    expect(rowOf(comparison, "itl_p50", 1)).toMatchObject({ gated: true, baselineRuns: 5, candidateTrials: 0 });
  });

  test.each([
    ["warn", ["missing"]],
    ["pass", []],
  ] as const)("a cell left out under on-missing: %s passes, with the warnings %j", (onMissing, kinds) => {
    const baseline = wobble
      .slice(0, 5)
      .map((slower, day) => resultsOf(day, [healthyCell(slower), healthyCell(slower, { workload: "burst" })]));
    const comparison = judge(baseline, [healthyCell(0)], { onMissing });
    expect(comparison).toMatchObject({ verdict: "pass", exitReason: "ok" });
    expect(rowOf(comparison, "itl_p50", 1).finding).toBe("missing");
    const told = comparison.warnings.filter(({ kind }) => kind === "missing");
    expect(told.map(({ kind }) => kind)).toEqual(kinds);
    expect(told.map(({ cell }) => cell?.workload)).toEqual(kinds.map(() => "burst"));
  });

  test("a cell that only the candidate has is new, and passes", () => {
    const comparison = judge(healthyRuns(5), [healthyCell(0), healthyCell(0.9, { workload: "burst" })]);
    expect(comparison).toMatchObject({ verdict: "pass", exitReason: "ok" });
    expect(rowOf(comparison, "itl_p50", 1)).toMatchObject({ finding: "new", reason: "no-baseline", baselineRuns: 0 });
  });

  test("a timing that is not blocking is shown as regressed and does not fail", () => {
    const slowStart = {
      ...healthyCell(0),
      trials: healthyCell(0).trials.map((trial) => ({ ...trial, summary: { ...trial.summary, ttft_p50: 400 } })),
    };
    const comparison = judge(healthyRuns(5), [slowStart]);
    expect(rowOf(comparison, "ttft_p50")).toMatchObject({ finding: "regressed", gated: false });
    expect(comparison.verdict).toBe("pass");
  });
});

describe("few runs", () => {
  test("none: first baseline", () => {
    const comparison = judge([], [healthyCell(0)]);
    expect(comparison).toMatchObject({ verdict: "pass", exitReason: "first-baseline", baselineRuns: 0 });
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "new", candidate: expect.any(Number) });
  });

  test("one: inconclusive for want of power, and says how many more it takes and what it would see", () => {
    const comparison = judge(healthyRuns(1), [healthyCell(0)]);
    expect(comparison).toMatchObject({ verdict: "inconclusive", exitReason: "inconclusive", cause: "no-power" });
    expect(comparison.reason).toMatch(/Learning, 1 of 5 runs: would see a loss of 16% or more. 4 more runs needed.$/);
    const warning = comparison.warnings.find(({ kind }) => kind === "few-runs");
    // Four tests in the family: 15.7 % by an independent computation.
    expect(warning).toMatchObject({ values: { runs: 1, wanted: 5 } });
    expect(warning?.values?.["minDetectable"]).toBeCloseTo(0.157, 3);
  });

  test("one, and a loss of half: fails", () => {
    const comparison = judge(healthyRuns(1), [healthyCell(0.5)]);
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "regression" });
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "regressed", reason: "gross" });
  });

  test.each([3, 4])("%d that agree: a clean candidate passes, still learning", (runs) => {
    const comparison = judge(healthyRuns(runs), [healthyCell(0)]);
    expect(comparison.verdict).toBe("pass");
    expect(comparison.warnings).toContainEqual(expect.objectContaining({ kind: "few-runs" }));
    expect(comparison.reason).toContain(`Learning, ${runs} of 5 runs`);
  });

  test("suspect and rejected records teach nothing", () => {
    const baseline = healthyRuns(5).map(
      (run, index) => ({ ...run, status: index % 2 ? "suspect" : "rejected" }) as const,
    );
    expect(judge(baseline, [healthyCell(0)]).exitReason).toBe("first-baseline");
  });
});

describe("failing requests", () => {
  const failing = (failed: number) =>
    cellOf(healthyCell(0).trials.map(({ summary }) => trialOf({ ...summary, error_rate: failed / 48 }, { failed })));

  test("more of them than the baseline had fails as errors", () => {
    const comparison = judge(healthyRuns(5), [failing(4)]);
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "errors" });
    expect(rowOf(comparison, "error_rate")).toMatchObject({
      gated: true,
      finding: "regressed",
      reason: "more-failures",
      baseline: 0,
      candidate: 0.0833333333333,
    });
    expect(rowOf(comparison, "error_rate")).not.toHaveProperty("change");
  });

  test("block whatever the policy lists", () => {
    expect(judge(healthyRuns(5), [failing(4)], { blocking: ["itl_p50"] }).exitReason).toBe("errors");
  });

  test("over 10 % of them make the timings biased", () => {
    const comparison = judge(healthyRuns(5), [failing(6)]);
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "inconclusive", reason: "failures-bias" });
    expect(rowOf(comparison, "itl_p50")).not.toHaveProperty("interval");
  });

  test("one in a long healthy history is inconclusive", () => {
    const [first, ...others] = healthyCell(0).trials;
    const once = cellOf([trialOf({ ...first?.summary }, { failed: 1 }), ...others]);
    // 1 of 144 against 0 of 8 × 144: p = 1/9, not enough for a word; against 0 of 10 × 144 it is 1/11.
    expect(judge(healthyRuns(8), [once]).verdict).toBe("pass");
    const ten = [...healthyRuns(8), ...healthyRuns(2)];
    expect(judge(ten, [once])).toMatchObject({ verdict: "inconclusive", cause: "suspicious" });
  });

  test("all of them fail the run, even of a cell never seen before", () => {
    const dead = cellOf([
      { summary: { error_rate: 1 }, counts: { requests: 48, failed: 48, outputTokens: 0, gaps: 0 } },
    ]);
    expect(judge(healthyRuns(5), [dead])).toMatchObject({ verdict: "fail", exitReason: "errors" });
    const comparison = judge(healthyRuns(5), [healthyCell(0), { ...dead, workload: "burst" }]);
    expect(rowOf(comparison, "error_rate", 1)).toMatchObject({ finding: "regressed", reason: "all-failed" });
    expect(comparison.exitReason).toBe("errors");
  });

  test("over 10 % of them fail a first baseline", () => {
    expect(judge([], [failing(6)])).toMatchObject({ verdict: "fail", exitReason: "errors" });
    expect(judge([], [failing(4)])).toMatchObject({ verdict: "pass", exitReason: "first-baseline" });
  });
});

describe("lanes", () => {
  const served = (args: string) => ({ server: { args } });
  test("other server arguments are not compared, and the difference is named", () => {
    const baseline = healthyRuns(5, served("--model m --max-batch-size 8"));
    const comparison = judge(baseline, [healthyCell(0.5, served("--model m --max-batch-size 24"))]);
    expect(comparison).toMatchObject({ verdict: "inconclusive", cause: "nothing-judgeable", baselineRuns: 0 });
    expect(comparison.reason).toBe(
      "Cannot be judged: chat on llama, paged (not comparable because `--max-batch-size` 8 → 24).",
    );
    expect(rowOf(comparison, "itl_p50")).toMatchObject({
      finding: "inconclusive",
      reason: "not-comparable",
      baselineRuns: 0,
      differs: [{ what: "argument", name: "--max-batch-size", baseline: "8", candidate: "24" }],
      warnings: ["not comparable because `--max-batch-size` 8 → 24"],
    });
    expect(rowOf(comparison, "itl_p50")).not.toHaveProperty("baseline");
  });

  test("no arguments and empty arguments are the same lane", () => {
    expect(judge(healthyRuns(5, served("")), [healthyCell(0)]).baselineRuns).toBe(5);
  });

  test("another machine or another schedule is not compared", () => {
    const elsewhere = healthyRuns(5).map((run) => ({ ...run, environment: { fingerprint: "gpu-b" } }));
    expect(rowOf(judge(elsewhere, [healthyCell(0)]), "itl_p50").differs).toEqual([
      { what: "environment", baseline: "gpu-b", candidate: "gpu-a" },
    ]);
    const asked = rowOf(judge(healthyRuns(5), [healthyCell(0, { scheduleHash: "sha256:2" })]), "itl_p50");
    expect(asked.differs).toEqual([{ what: "schedule", baseline: "sha256:1", candidate: "sha256:2" }]);
  });

  test("records of the lane are found among others, whatever their order", () => {
    const others = healthyRuns(5, { scheduleHash: "sha256:old" });
    const baseline = [...others, ...healthyRuns(5)].reverse();
    expect(judge(baseline, [healthyCell(0)])).toMatchObject({ verdict: "pass", baselineRuns: 5 });
  });

  test("another host is only a warning", () => {
    const at = (host: string) => ({ environment: { fingerprint: "gpu-a", host } });
    const baseline = healthyRuns(5).map((run) => ({ ...run, ...at("anna") }));
    const comparison = judgeRun({
      baseline,
      candidate: resultsOf(100, [healthyCell(0)], at("boris")),
      policy: defaultPolicy,
    });
    expect(comparison.verdict).toBe("pass");
    expect(comparison.warnings).toContainEqual({
      kind: "host-differs",
      values: { baseline: "anna", candidate: "boris" },
    });
  });

  test("only the newest twenty comparable runs count", () => {
    const old = Array.from({ length: 10 }, (_, day) => resultsOf(day, [healthyCell(5)]));
    const recent = Array.from({ length: 20 }, (_, day) => resultsOf(50 + day, [healthyCell(wobble[day % 8] ?? 0)]));
    const comparison = judge([...recent, ...old], [healthyCell(0)]);
    expect(comparison).toMatchObject({ verdict: "pass", baselineRuns: 20 });
  });

  test("cells of a sweep are known by their point, in any order of its keys", () => {
    const point = (workers: number, swapped = false) => ({
      point: swapped ? { batch: 8, workers } : { workers, batch: 8 },
    });
    const baseline = wobble.slice(0, 5).map((slower, day) => resultsOf(day, [healthyCell(slower, point(4))]));
    expect(judge(baseline, [healthyCell(0, point(4, true))]).verdict).toBe("pass");
    expect(judge(baseline, [healthyCell(0, point(6))]).exitReason).toBe("missing");
  });
});

describe("phases", () => {
  test("a phase that does not gate is judged, shown and lets the run pass", () => {
    const both = (slower: number) => [healthyCell(slower), healthyCell(slower, { phase: "static" })];
    const baseline = wobble.slice(0, 5).map((slower, day) => resultsOf(day, both(slower)));
    const candidate = resultsOf(100, [healthyCell(0), healthyCell(0.5, { phase: "static" })]);
    const comparison = judgeRun({ baseline, candidate, policy: defaultPolicy, gatedPhases: ["paged"] });
    expect(comparison.verdict).toBe("pass");
    expect(rowOf(comparison, "itl_p50", 1)).toMatchObject({ gated: false, finding: "regressed" });
    expect(judgeRun({ baseline, candidate, policy: defaultPolicy }).verdict).toBe("fail");
    expect(judgeRun({ baseline, candidate, policy: { ...defaultPolicy, phases: ["static"] } }).verdict).toBe("fail");
  });

  test("a phase left out that does not gate is not missed", () => {
    const baseline = wobble
      .slice(0, 5)
      .map((slower, day) => resultsOf(day, [healthyCell(slower), healthyCell(slower, { phase: "static" })]));
    const comparison = judgeRun({
      baseline,
      candidate: resultsOf(100, [healthyCell(0)]),
      policy: defaultPolicy,
      gatedPhases: ["paged"],
    });
    expect(comparison).toMatchObject({ verdict: "pass", cells: [{ phase: "paged" }] });
  });

  test("the sentence says in words, not by a code, why a cell cannot be judged", () => {
    const { reason } = judgeRun({
      baseline: [resultsOf(0, [healthyCell(0)])],
      candidate: resultsOf(100, [{ ...healthyCell(0), trials: [] }]),
      policy: defaultPolicy,
    });
    expect(reason).toMatch(/^Cannot be judged: .*\(no valid trial\)\.$/);
  });

  test("a gated phase without any cell is never a silent pass", () => {
    const comparison = judgeRun({
      baseline: [],
      candidate: resultsOf(100, [healthyCell(0)]),
      policy: defaultPolicy,
      gatedPhases: ["typo"],
    });
    expect(comparison).toMatchObject({ verdict: "inconclusive", cause: "nothing-judgeable" });
  });
});

test("a policy under which no timing blocks still wants complete results that were answered", () => {
  const policy = { blocking: [] };
  expect(judge(healthyRuns(5), [healthyCell(0.5)], policy).verdict).toBe("pass");
  expect(judge(healthyRuns(1), [healthyCell(0)], policy).verdict).toBe("pass");
  expect(judge(healthyRuns(5), [healthyCell(0, { workload: "burst" })], policy).exitReason).toBe("missing");
  expect(judge(healthyRuns(5), [cellOf([])], policy)).toMatchObject({ verdict: "inconclusive" });
});

describe("the same input", () => {
  test("gives the same bytes, with 12 significant digits at most", () => {
    const text = () => JSON.stringify(judge(healthyRuns(5), [healthyCell(0.0123, { itl: 1.15 })]));
    expect(text()).toBe(text());
    const digits = [...text().matchAll(/-?(\d+)\.?(\d*)(?:e-?\d+)?/g)].map(
      ([, whole = "", part = ""]) => `${whole}${part}`.replace(/^0+/, "").length,
    );
    expect(Math.max(...digits)).toBeLessThanOrEqual(12);
  });
});

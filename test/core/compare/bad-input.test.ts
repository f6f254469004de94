/** What foreign tools and broken runs write: a clear message, or the right verdict; never a pass by silence. */
import { describe, expect, test } from "@jest/globals";
import type { Comparison } from "../../../src/core/model/comparison.ts";
import { parseResults } from "../../../src/core/model/result-file.ts";
import type { Cell, ResultsFile, Trial, TrialCounts } from "../../../src/core/model/results.ts";
import type { AnsweredTrace } from "../../../src/core/model/trace.ts";
import { judgeRun } from "../../../src/core/verdict/judge-run.ts";
import { armsOf, cellOf, defaultPolicy, resultsOf, rowOf, trialOf } from "../../fakes/gate-data.ts";

const healthy = (itl: number, counts: Partial<TrialCounts> = {}): Trial => trialOf({ itl_p50: itl }, counts);
const known = [0, 1, 2, 3, 4].map((day) => resultsOf(day, [cellOf(Array(3).fill(healthy(10)))]));

function judge(cells: readonly Cell[], baseline: readonly ResultsFile[] = known): Comparison {
  return judgeRun({ baseline, candidate: resultsOf(100, cells), policy: defaultPolicy });
}

/** Read as a file, so that what JSON makes of a value is what is judged. */
function judgedAsFile(document: unknown): Comparison {
  const parsed = parseResults(JSON.stringify(document), "run.json");
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join("; "));
  return judgeRun({ baseline: known, candidate: parsed.results, policy: defaultPolicy });
}

function problemsOf(document: unknown): readonly string[] {
  const parsed = parseResults(JSON.stringify(document), "run.json");
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path} ${message}`);
}

describe("values that JSON cannot hold, written as null", () => {
  test("in every summary of a metric: it cannot be judged, and the run is no pass", () => {
    const comparison = judgedAsFile(resultsOf(100, [cellOf(Array(3).fill(healthy(Number.NaN)))]));
    expect(rowOf(comparison, "itl_p50")).toMatchObject({
      finding: "inconclusive",
      reason: "too-few-samples",
      baseline: 10,
    });
    expect(comparison).toMatchObject({ verdict: "inconclusive", cause: "nothing-judgeable" });
  });

  test("in one of three: the others decide", () => {
    const trials = [healthy(Number.NaN), healthy(13), healthy(13)];
    const comparison = judgedAsFile(resultsOf(100, [cellOf(trials)]));
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "regressed", candidate: 13, candidateTrials: 2 });
  });

  test("in an arm: its pair has no value of that metric", () => {
    const [first, ...others] = armsOf("itl_p50", [10, 10, 10], [12, 12, 12]);
    if (first === undefined) throw new Error("there are six arms");
    const confirmation = [{ ...first, trial: healthy(Number.POSITIVE_INFINITY) }, ...others];
    const comparison = judgedAsFile(resultsOf(100, [cellOf([healthy(12)], { confirmation })], { method: "confirm" }));
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "regressed", confirmation: { pairs: 2, worse: 2 } });
  });

  test("in every arm of one side: too few samples, and the run is no pass", () => {
    const confirmation = armsOf("itl_p50", [10, 10, 10], Array(3).fill(Number.NaN));
    const comparison = judgedAsFile(resultsOf(100, [cellOf([healthy(12)], { confirmation })], { method: "confirm" }));
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "inconclusive", reason: "too-few-samples" });
    expect(comparison).toMatchObject({ verdict: "inconclusive", cause: "nothing-judgeable" });
  });

  test("in a count: the file is refused by its place", () => {
    const trial = healthy(10, { requests: Number.NaN });
    expect(problemsOf(resultsOf(100, [cellOf([trial])]))).toEqual([
      expect.stringMatching(/^cells\[0\]\.trials\[0\]\.counts\.requests is null; expected/),
    ]);
  });
});

describe("times that cannot be", () => {
  const request: AnsweredTrace = {
    outcome: "ok",
    scheduledMs: 0,
    sentMs: 0,
    firstTokenMs: 100,
    lastTokenMs: 200,
    endMs: 200,
    outputTokens: 11,
    tokenGapsMs: Array(10).fill(10),
  };
  const asked = (change: Partial<AnsweredTrace>, count = 10) =>
    cellOf(Array(3).fill({ requests: Array(count).fill({ ...request, ...change }) }));

  test.each([
    ["scheduledMs", { scheduledMs: -1 }],
    ["sentMs", { sentMs: -0.001 }],
    ["endMs", { endMs: -5 }],
    ["tokenGapsMs", { tokenGapsMs: [10, -10] }],
  ])("are refused where %s is negative, by their place", (name, change) => {
    const [problem] = problemsOf(resultsOf(100, [asked(change)]));
    expect(problem).toMatch(new RegExp(`^cells\\[0\\]\\.trials\\[0\\]\\.requests\\[0\\]\\.${name} is .*; expected`));
  });

  test.each([
    ["the first token came before the request was sent", { sentMs: 150 }],
    ["the last token came before the first", { lastTokenMs: 50 }],
  ])("count as failed requests where %s", (_what, change) => {
    const comparison = judge(
      [asked(change)],
      [0, 1, 2, 3, 4].map((day) => resultsOf(day, [asked({})])),
    );
    expect(rowOf(comparison, "error_rate")).toMatchObject({ finding: "regressed", reason: "all-failed", candidate: 1 });
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "errors" });
  });
});

describe("nothing where something should be", () => {
  test("a candidate without a cell misses all that the newest record has", () => {
    const comparison = judge([]);
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "missing", baselineRuns: 0 });
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "missing", reason: "not-measured" });
  });

  test("a candidate without a cell, and no record, cannot be judged", () => {
    expect(judge([], [])).toMatchObject({ verdict: "inconclusive", cause: "nothing-judgeable", cells: [] });
  });

  test("records without a cell teach nothing", () => {
    const empty = [0, 1, 2].map((day) => resultsOf(day, []));
    expect(judge([cellOf([healthy(10)])], empty)).toMatchObject({ verdict: "pass", exitReason: "first-baseline" });
  });

  test("an epoch that begins with a record without cells leaves the runs before it", () => {
    const baseline = [...known, resultsOf(50, [], { epoch: "accepted" })];
    expect(judge([cellOf(Array(3).fill(healthy(10)))], baseline)).toMatchObject({ verdict: "pass", baselineRuns: 5 });
    expect(judge([cellOf(Array(3).fill(healthy(13)))], baseline)).toMatchObject({ verdict: "fail", baselineRuns: 5 });
  });

  test("trials that asked nothing say nothing", () => {
    const comparison = judge([cellOf(Array(3).fill(healthy(10, { requests: 0, gaps: 0, outputTokens: 0 })))]);
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "inconclusive", reason: "too-few-ok" });
    expect(comparison).toMatchObject({ verdict: "inconclusive", cause: "nothing-judgeable" });
  });

  test("arms that asked nothing say nothing either", () => {
    const arms = armsOf("itl_p50", [10, 10, 10], [10, 10, 10]).map(({ arm }) => ({ arm, trial: { requests: [] } }));
    const comparison = judgeRun({
      baseline: known,
      candidate: resultsOf(100, [cellOf([], { confirmation: arms })], { method: "paired" }),
      policy: defaultPolicy,
    });
    expect(comparison).toMatchObject({ verdict: "inconclusive", cause: "nothing-judgeable" });
  });

  test("a record without trials of a cell is no run of it", () => {
    const baseline = [...known.slice(0, 3), resultsOf(50, [cellOf([])])];
    expect(rowOf(judge([cellOf([healthy(10)])], baseline), "itl_p50").baselineRuns).toBe(3);
  });
});

describe("a confirmation that is not one", () => {
  const withArms = (arms: unknown) => ({ ...resultsOf(100, []), cells: [{ ...cellOf([]), confirmation: arms }] });

  test.each([
    [
      "an arm of another name",
      withArms([{ arm: "main", trial: {} }]),
      /confirmation\[0\]\.arm is "main"; expected "base" or "candidate"/,
    ],
    ["an arm without a trial", withArms([{ arm: "base" }]), /confirmation\[0\]\.trial is missing/],
    ["no list", withArms({ arm: "base", trial: {} }), /confirmation is .*; expected a list/],
    [
      "another method",
      { ...resultsOf(100, []), method: "guess" },
      /method is "guess"; expected "history" or "confirm" or "paired"/,
    ],
    [
      "another end",
      { ...resultsOf(100, []), confirmEnded: "tired" },
      /confirmEnded is "tired"; expected "decided" or "time"/,
    ],
    ["an epoch that is a number", { ...resultsOf(100, []), epoch: 3 }, /epoch is 3; expected a string/],
  ])("%s is refused by its place", (_what, document, message) => {
    expect(problemsOf(document)).toEqual([expect.stringMatching(message)]);
  });

  test("arms of one side only make no pair", () => {
    const bases = armsOf("itl_p50", [10, 10, 10], []);
    const comparison = judgeRun({
      baseline: known,
      candidate: resultsOf(100, [cellOf([healthy(12)], { confirmation: bases })], { method: "confirm" }),
      policy: defaultPolicy,
    });
    expect(comparison).toMatchObject({ verdict: "inconclusive", cause: "not-confirmed" });
  });
});

describe("a million requests in a trial", () => {
  const million = (failed: number) =>
    cellOf(Array(3).fill(healthy(10, { requests: 1_000_000, failed, outputTokens: 256_000_000, gaps: 255_000_000 })));
  const baseline = [0, 1, 2, 3, 4].map((day) => resultsOf(day, [million(100)]));

  test.each([
    ["pass", "unchanged", 100],
    ["pass", "unchanged", 106],
    ["fail", "regressed", 150],
  ])("%s (%s) with %d of them failed, where 100 were", (verdict, finding, failed) => {
    const comparison = judge([million(failed)], baseline);
    expect(rowOf(comparison, "error_rate").finding).toBe(finding);
    expect(comparison.verdict).toBe(verdict);
  });

  test("half of them failed: no number is lost", () => {
    const row = rowOf(judge([million(500_000)], baseline), "error_rate");
    expect(row).toMatchObject({ finding: "regressed", candidate: 0.5, change: 4999, pAdjusted: 0 });
  });
});

test("failures that only the counts tell of are failures", () => {
  const trial = (failed: number) => ({
    summary: { itl_p50: 10, output_throughput: 300 },
    counts: { requests: 120, failed, outputTokens: 9600, gaps: 9500 },
  });
  const baseline = [0, 1, 2, 3, 4].map((day) => resultsOf(day, [cellOf([trial(0), trial(0), trial(0)])]));
  const comparison = judge([cellOf([trial(10), trial(10), trial(10)])], baseline);
  expect(rowOf(comparison, "error_rate")).toMatchObject({
    finding: "regressed",
    candidate: expect.closeTo(30 / 360, 12),
  });
  expect(comparison).toMatchObject({ verdict: "fail", exitReason: "errors" });
});

test("trials that do not count are said", () => {
  const trial = { summary: { itl_p50: 10, output_throughput: 300 } };
  const lost = { ...trial, valid: false, invalidReason: "the client was late" };
  const baseline = [0, 1, 2, 3, 4].map((day) => resultsOf(day, [cellOf([trial, trial, trial])]));
  const comparison = judge([cellOf([trial, lost, trial])], baseline);
  expect(comparison.warnings).toContainEqual({
    kind: "void-trials",
    cell: { phase: "paged", model: "llama", workload: "chat" },
    values: { trials: 1, of: 3, reason: "the client was late" },
  });
});

test("records of one moment stand in one order, whatever order they come in", () => {
  const at = (value: number) => resultsOf(0, [cellOf([{ summary: { itl_p50: value } }])]);
  const records = [10, 10.1, 9.9, 13, 13.1, 12.9].map(at);
  const candidate = [cellOf([{ summary: { itl_p50: 13 } }])];
  expect(judge(candidate, [...records].reverse())).toEqual(judge(candidate, records));
});

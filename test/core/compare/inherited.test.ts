/** Losses that the base branch has as well: its newer runs are suspect, and the candidate is no worse than they are. */
import { describe, expect, test } from "@jest/globals";
import type { Cell, ResultsFile } from "../../../src/core/model/results.ts";
import { judgeRun } from "../../../src/core/verdict/judge-run.ts";
import { cellOf, defaultPolicy, resultsOf, rowOf, trialOf } from "../../fakes/gate-data.ts";

/** A record whose cell took the same ITL in each of three trials. */
function record(day: number, itl: number, extra: Partial<ResultsFile> = {}, cell: Partial<Cell> = {}): ResultsFile {
  return resultsOf(day, [cellOf(Array(3).fill(trialOf({ itl_p50: itl })), cell)], extra);
}

const accepted = [0, 1, 2, 3, 4].map((day) => record(day, 10));
const sha = "0123456789abcdef0123456789abcdef01234567";
/** Main became 10 % slower at its sixth run, and again ran so. */
const suspects = [
  record(10, 11, { status: "suspect", source: { sha } }),
  record(11, 11, { status: "suspect", source: { sha: "f".repeat(40) } }),
];

function judged(baseline: readonly ResultsFile[], itl: number) {
  const comparison = judgeRun({ baseline, candidate: record(100, itl), policy: defaultPolicy });
  return { comparison, row: rowOf(comparison, "itl_p50") };
}

describe("newer records of the base branch are suspect, 10 % slower", () => {
  const baseline = [...accepted, ...suspects];

  test("a candidate as slow as they are is regressed, inherited from the first of them, and passes", () => {
    const { comparison, row } = judged(baseline, 11);
    expect(row).toMatchObject({ finding: "regressed", inherited: { since: "0123456789ab" }, baseline: 10 });
    expect(row.change).toBeCloseTo(0.1, 11);
    expect(comparison).toMatchObject({ verdict: "pass", exitReason: "ok" });
  });

  test("one that is 20 % slower than they are has a loss of its own, and fails", () => {
    const { comparison, row } = judged(baseline, 13.2);
    expect(row.finding).toBe("regressed");
    expect(row).not.toHaveProperty("inherited");
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "regression" });
  });

  test("one that is less than the floor of 3 % slower than they are has none", () => {
    expect(judged(baseline, 11.3).row).toHaveProperty("inherited");
  });

  test("one that is as fast as the accepted ones is unchanged", () => {
    const { row } = judged(baseline, 10);
    expect(row.finding).toBe("unchanged");
    expect(row).not.toHaveProperty("inherited");
  });

  test("a record without a commit is named by its day", () => {
    const { row } = judged([...accepted, record(10, 11, { status: "suspect" })], 11);
    expect(row.inherited).toEqual({ since: "2026-01-11" });
  });
});

describe("nothing is inherited", () => {
  test.each([
    ["from suspect records older than the newest accepted one", [...suspects, ...accepted, record(12, 10)]],
    ["from rejected records", [...accepted, ...suspects.map((one) => ({ ...one, status: "rejected" as const }))]],
    [
      "from suspect records of another lane",
      [...accepted, ...suspects.map((one) => ({ ...one, environment: { fingerprint: "gpu-b" } }))],
    ],
    [
      "from suspect records of another workload",
      [...accepted, record(10, 11, { status: "suspect" }, { workload: "burst" })],
    ],
  ])("%s", (_what, baseline) => {
    const { comparison, row } = judged(baseline, 11);
    expect(row.finding).toBe("regressed");
    expect(row).not.toHaveProperty("inherited");
    expect(comparison.verdict).toBe("fail");
  });

  test("by failing requests: those block however main fares", () => {
    const failing = (day: number, extra: Partial<ResultsFile> = {}) =>
      resultsOf(day, [cellOf(Array(3).fill(trialOf({ itl_p50: 10 }, { failed: 4 })))], extra);
    const baseline = [...accepted, failing(10, { status: "suspect" })];
    const comparison = judgeRun({ baseline, candidate: failing(100), policy: defaultPolicy });
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "errors" });
  });
});

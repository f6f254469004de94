import { describe, expect, test } from "@jest/globals";
import { draftRuns } from "../../../src/core/compare/compare-runs.ts";
import { checkHistory } from "../../../src/core/compare/self-check.ts";
import type { ResultsFile } from "../../../src/core/model/results.ts";
import { judgeRun } from "../../../src/core/verdict/judge-run.ts";
import { candidateOf, defaultPolicy, historyOf } from "../../fakes/gate-data.ts";

/** Runs of three trials that differ by a tenth of a percent; the n-th (from 0) of them slower by a ratio. */
function runsOf(count: number, slower: Readonly<Record<number, number>> = {}): readonly ResultsFile[] {
  return historyOf(
    "itl_p50",
    Array.from({ length: count }, (_, run) => {
      const value = 10 * (1 + 0.001 * ((run % 3) - 1)) * (slower[run] ?? 1);
      return [value, value, value];
    }),
  );
}

const inputOf = (baseline: readonly ResultsFile[]) => ({
  baseline,
  candidate: candidateOf("itl_p50", [10, 10, 10]),
  policy: defaultPolicy,
});
const checked = (baseline: readonly ResultsFile[]) => checkHistory(draftRuns(inputOf(baseline)).drafts);
const warned = (baseline: readonly ResultsFile[]) =>
  judgeRun(inputOf(baseline)).warnings.filter(({ kind }) => kind === "unstable-history");

describe("stored runs, each against the others", () => {
  test("do not alarm on a steady machine", () => {
    expect(checked(runsOf(10))).toEqual({ runs: 10, alarms: 0 });
    expect(warned(runsOf(10))).toEqual([]);
  });

  test("alarm on the one of ten that is 10 % slower, and the comparison says so", () => {
    const unstable = runsOf(10, { 4: 1.1 });
    expect(checked(unstable)).toEqual({ runs: 10, alarms: 1 });
    expect(warned(unstable)).toEqual([{ kind: "unstable-history", values: { alarms: 1, runs: 10 } }]);
  });

  test("may alarm once in twenty", () => {
    expect(checked(runsOf(20, { 4: 1.1 }))).toEqual({ runs: 20, alarms: 1 });
    expect(warned(runsOf(20, { 4: 1.1 }))).toEqual([]);
    expect(warned(runsOf(20, { 4: 1.1, 9: 1.1 }))).toHaveLength(1);
  });

  test("do not alarm on one that is faster, or slower by less than the floor of 3 %", () => {
    expect(checked(runsOf(10, { 4: 0.8 })).alarms).toBe(0);
    expect(checked(runsOf(10, { 4: 1.025 })).alarms).toBe(0);
  });

  test("are held to the agreement of their trials", () => {
    const [first, ...others] = historyOf("itl_p50", [[10, 10, 13], ...Array(9).fill([10, 10, 10])]);
    expect(first === undefined ? undefined : checked([first, ...others])).toEqual({ runs: 10, alarms: 0 });
  });

  test("say nothing while there are fewer than three", () => {
    expect(checked(runsOf(2, { 1: 1.5 }))).toEqual({ runs: 0, alarms: 0 });
    expect(checked([])).toEqual({ runs: 0, alarms: 0 });
  });

  test("are those of the newest epoch", () => {
    const before = runsOf(6).slice(0, 6);
    const after = runsOf(10, { 6: 1.1, 7: 1.1, 8: 1.1, 9: 1.1 }).slice(6);
    expect(checked([...before, ...after])).toEqual({ runs: 4, alarms: 0 });
  });
});

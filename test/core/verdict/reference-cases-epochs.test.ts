/** Two dozen histories in which the base branch changed, judged by the second implementation in test/fixtures/gate/reference.py. */
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import type { Comparison } from "../../../src/core/model/comparison.ts";
import { judgeRun } from "../../../src/core/verdict/judge-run.ts";
import {
  bareTrials,
  cellOf,
  defaultPolicy,
  relativeError,
  resultsOf,
  rowOf,
  type TrialValues,
} from "../../fakes/gate-data.ts";

interface EpochCase {
  /** Two workloads of one server configuration in each run. */
  readonly history: readonly (readonly TrialValues[])[];
  /** The epoch that a run's record declares. */
  readonly declared: readonly (string | null)[];
  readonly candidate: readonly TrialValues[];
  readonly verdict: string;
  readonly cuts: number;
  /** Where the newest cut that nobody declared is for the worse. */
  readonly slowed: { readonly run: number; readonly metric: string; readonly change: number } | null;
  readonly rows: readonly (readonly EpochRow[])[];
}
interface EpochRow {
  readonly metric: string;
  readonly finding: string;
  readonly change: number;
  readonly low: number;
  readonly high: number;
  readonly pAdjusted: number;
  readonly minDetectable: number;
  readonly baselineRuns: number;
}

const file = new URL("../../fixtures/gate/epoch-cases.json", import.meta.url);
const cases: readonly EpochCase[] = JSON.parse(readFileSync(file, "utf8"));

const cellsOf = (workloads: readonly TrialValues[]) =>
  workloads.map((values, index) => cellOf(bareTrials(values), { workload: `w${index}` }));

function judged({ history, declared, candidate }: EpochCase): Comparison {
  return judgeRun({
    baseline: history.map((workloads, day) => {
      const epoch = declared[day] ?? null;
      return resultsOf(day, cellsOf(workloads), epoch === null ? {} : { epoch });
    }),
    candidate: resultsOf(100, cellsOf(candidate)),
    policy: defaultPolicy,
  });
}

test.each(cases.map((one, index) => [index, one.cuts, one.verdict, one] as const))(
  "case %d, %d found cuts, is %s, row by row",
  (...[_index, _cuts, verdict, one]) => {
    const comparison = judged(one);
    expect(comparison.verdict).toBe(verdict);
    one.rows.forEach((rows, cell) => {
      for (const expected of rows) {
        const row = rowOf(comparison, expected.metric, cell);
        expect(row).toMatchObject({ finding: expected.finding, baselineRuns: expected.baselineRuns });
        const errors = [
          relativeError(row.change, expected.change),
          relativeError(row.interval?.low, expected.low),
          relativeError(row.interval?.high, expected.high),
          relativeError(row.pAdjusted, expected.pAdjusted),
          relativeError(row.minDetectable, expected.minDetectable),
        ];
        expect(Math.max(...errors)).toBeLessThan(1e-8);
      }
    });
  },
);

test.each(cases.map((one, index) => [index, one] as const))(
  "case %d tells of a cut for the worse, and of no other",
  (...[_index, one]) => {
    const told = judged(one).warnings.filter(({ kind }) => kind === "baseline-slowed");
    expect(told).toHaveLength(one.slowed === null ? 0 : 1);
    if (one.slowed === null) return;
    const since = resultsOf(one.slowed.run, []).createdAt.slice(0, 10);
    expect(told[0]).toMatchObject({ metric: one.slowed.metric, values: { since } });
    expect(relativeError(Number(told[0]?.values?.["change"]), one.slowed.change)).toBeLessThan(1e-8);
  },
);

test("the drawn cases show every verdict, declared and found epochs, and one cut twice", () => {
  expect(new Set(cases.map(({ verdict }) => verdict))).toEqual(new Set(["pass", "fail", "inconclusive"]));
  expect(new Set(cases.map(({ cuts }) => cuts))).toEqual(new Set([0, 1, 2]));
  expect(cases.filter(({ declared }) => declared.some((epoch) => epoch !== null)).length).toBeGreaterThan(3);
  expect(cases.filter(({ slowed }) => slowed !== null).length).toBeGreaterThan(3);
});

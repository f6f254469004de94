/** Drawn confirmations, decided by the second implementation in test/fixtures/gate/reference.py. */
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import type { Comparison, MetricRow } from "../../../src/core/model/comparison.ts";
import type { Cell, ResultsFile } from "../../../src/core/model/results.ts";
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

interface ConfirmationCase {
  readonly method: "confirm" | "paired";
  readonly ended: "decided" | "time";
  /** One a cell. */
  readonly models: readonly string[];
  readonly history: readonly (readonly TrialValues[])[];
  readonly candidate: readonly TrialValues[];
  /** In the order they ran; a dead arm is null. */
  readonly arms: readonly (readonly (readonly ["base" | "candidate", Readonly<Record<string, number>> | null])[])[];
  readonly verdict: string;
  readonly look: number;
  readonly rows: readonly (readonly ConfirmationRow[])[];
}
/** A cell that was measured in turns from the start and has no base arm of a metric has no row of it. */
interface ConfirmationRow {
  readonly metric: string;
  readonly finding: string;
  readonly reason: keyof typeof REASONS;
  readonly stage: string;
  readonly change: number;
  readonly low: number;
  readonly high: number;
  readonly pAdjusted: number;
  readonly minDetectable: number | null;
  readonly confirmation?: { readonly pairs: number; readonly worse: number; readonly look: number };
  readonly screen?: { readonly change: number; readonly p: number };
}

/** The page's sub-reasons, and the reasons that tell them apart further. */
const REASONS = {
  proven: ["significant", "gross"],
  within: ["within-min-effect"],
  suspicious: ["suspicious", "trials-disagree"],
  noise: ["noise", "below-floor"],
  "not-confirmed": ["not-confirmed"],
} as const;

const file = new URL("../../fixtures/gate/confirmation-cases.json", import.meta.url);
const cases: readonly ConfirmationCase[] = JSON.parse(readFileSync(file, "utf8"));

function cellsOf({ models }: ConfirmationCase, values: readonly TrialValues[]): readonly Cell[] {
  return values.map((one, index) => cellOf(bareTrials(one), { workload: `w${index}`, model: models[index] ?? "" }));
}

function candidateOf(one: ConfirmationCase): ResultsFile {
  const cells = cellsOf(one, one.candidate).map((cell, index): Cell => {
    const arms = (one.arms[index] ?? []).map(([arm, values]) => ({
      arm,
      trial: values === null ? { valid: false, invalidReason: "the server died" } : { summary: values },
    }));
    return arms.length === 0 ? cell : { ...cell, confirmation: arms };
  });
  return resultsOf(100, cells, { method: one.method, confirmEnded: one.ended });
}

function judged(one: ConfirmationCase): Comparison {
  const baseline = one.history.map((cells, day) => resultsOf(day, cellsOf(one, cells)));
  return judgeRun({ baseline, candidate: candidateOf(one), policy: { ...defaultPolicy, method: one.method } });
}

test.each(cases.map((one, index) => [index, one.method, one.look, one.verdict, one] as const))(
  "case %d (%s), decided at look %d, is %s, row by row",
  (...[_index, _method, _look, verdict, one]) => {
    const comparison = judged(one);
    expect(comparison.verdict).toBe(verdict);
    one.rows.forEach((rows, cell) => {
      for (const expected of rows) expectRow(rowOf(comparison, expected.metric, cell), expected);
    });
  },
);

function expectRow(row: MetricRow, expected: ConfirmationRow): void {
  expect(row).toMatchObject({ finding: expected.finding, stage: expected.stage });
  expect(REASONS[expected.reason]).toContain(row.reason);
  expect(row.confirmation).toEqual(expected.confirmation);
  expect(row.screen === undefined).toBe(expected.screen === undefined);
  expect(row.minDetectable === undefined).toBe(expected.minDetectable === null);
  const pairs = [
    [row.change, expected.change],
    [row.interval?.low, expected.low],
    [row.interval?.high, expected.high],
    [row.pAdjusted, expected.pAdjusted],
    ...(expected.minDetectable === null ? [] : [[row.minDetectable, expected.minDetectable]]),
    ...(expected.screen === undefined
      ? []
      : [
          [row.screen?.change, expected.screen.change],
          [row.screen?.p, expected.screen.p],
        ]),
  ] as const;
  for (const [value, wanted] of pairs) expect(relativeError(value, wanted ?? Number.NaN)).toBeLessThan(1e-8);
}

test("the drawn cases end at either look, by time and by decision, with every verdict", () => {
  expect(new Set(cases.map(({ verdict }) => verdict))).toEqual(new Set(["pass", "fail", "inconclusive"]));
  const ends = new Set(cases.map(({ ended, look }) => `${ended} ${look}`));
  expect(ends).toEqual(new Set(["decided 1", "decided 2", "time 1", "time 2"]));
  const pairs = new Set(
    cases.flatMap(({ rows }) => rows.flat().flatMap(({ confirmation }) => confirmation?.pairs ?? [])),
  );
  expect([...pairs].sort()).toEqual([2, 3, 4, 5, 6]);
});

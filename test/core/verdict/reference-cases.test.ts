/** Forty drawn cases, judged by the second implementation in test/fixtures/gate/reference.py. */
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
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

interface ReferenceCase {
  /** Metric → its trials' values; one a run. */
  readonly history: readonly TrialValues[];
  readonly candidate: TrialValues;
  readonly verdict: string;
  readonly rows: readonly ReferenceRow[];
}
interface ReferenceRow {
  readonly metric: string;
  readonly finding: string;
  readonly change: number;
  readonly pAdjusted: number;
  readonly minDetectable: number | null;
}

const file = new URL("../../fixtures/gate/reference-cases.json", import.meta.url);
const cases: readonly ReferenceCase[] = JSON.parse(readFileSync(file, "utf8"));

test.each(cases.map((one, index) => [index, one.verdict, one] as const))(
  "case %d is %s, row by row",
  (_index, verdict, { history, candidate, rows }) => {
    const comparison = judgeRun({
      baseline: history.map((values, day) => resultsOf(day, [cellOf(bareTrials(values))])),
      candidate: resultsOf(100, [cellOf(bareTrials(candidate))]),
      policy: defaultPolicy,
    });
    expect(comparison.verdict).toBe(verdict);
    for (const expected of rows) {
      const row = rowOf(comparison, expected.metric);
      expect(row.finding).toBe(expected.finding);
      expect(relativeError(row.change, expected.change)).toBeLessThan(1e-8);
      expect(relativeError(row.pAdjusted, expected.pAdjusted)).toBeLessThan(1e-8);
      if (expected.minDetectable === null) expect(row).not.toHaveProperty("minDetectable");
      else expect(relativeError(row.minDetectable, expected.minDetectable)).toBeLessThan(1e-8);
    }
  },
);

test("the drawn cases show every verdict and every finding", () => {
  expect(new Set(cases.map(({ verdict }) => verdict))).toEqual(new Set(["pass", "fail", "inconclusive"]));
  const findings = new Set(cases.flatMap(({ rows }) => rows.map(({ finding }) => finding)));
  expect(findings).toEqual(new Set(["regressed", "improved", "unchanged", "inconclusive"]));
});

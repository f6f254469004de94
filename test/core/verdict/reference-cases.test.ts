/** Forty drawn cases, judged by the second implementation in test/fixtures/gate/reference.py. */
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import type { Trial } from "../../../src/core/model/results.ts";
import { judgeRun } from "../../../src/core/verdict/judge-run.ts";
import { cellOf, defaultPolicy, resultsOf, rowOf } from "../../fakes/gate-data.ts";

interface ReferenceCase {
  /** Metric → its trials' values; one a run. */
  readonly history: readonly Values[];
  readonly candidate: Values;
  readonly verdict: string;
  readonly rows: readonly ReferenceRow[];
}
type Values = Readonly<Record<string, readonly number[]>>;
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
      baseline: history.map((values, day) => resultsOf(day, [cellOf(trialsOf(values))])),
      candidate: resultsOf(100, [cellOf(trialsOf(candidate))]),
      policy: defaultPolicy,
    });
    expect(comparison.verdict).toBe(verdict);
    for (const expected of rows) {
      const row = rowOf(comparison, expected.metric);
      expect(row.finding).toBe(expected.finding);
      expect(Math.abs((row.change ?? 0) - expected.change)).toBeLessThan(1e-9);
      expect(Math.abs((row.pAdjusted ?? 0) / expected.pAdjusted - 1)).toBeLessThan(1e-8);
      if (expected.minDetectable === null) expect(row).not.toHaveProperty("minDetectable");
      else expect(Math.abs((row.minDetectable ?? 0) / expected.minDetectable - 1)).toBeLessThan(1e-8);
    }
  },
);

test("the drawn cases show every verdict and every finding", () => {
  expect(new Set(cases.map(({ verdict }) => verdict))).toEqual(new Set(["pass", "fail", "inconclusive"]));
  const findings = new Set(cases.flatMap(({ rows }) => rows.map(({ finding }) => finding)));
  expect(findings).toEqual(new Set(["regressed", "improved", "unchanged", "inconclusive"]));
});

/** Trials without counts, so that no sample floor is in the way; a metric may have fewer values than another. */
function trialsOf(values: Values): readonly Trial[] {
  const longest = Math.max(...Object.values(values).map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) => ({
    summary: Object.fromEntries(
      Object.entries(values).flatMap(([metric, list]) => {
        const value = list[index];
        return value === undefined ? [] : [[metric, value] as const];
      }),
    ),
  }));
}

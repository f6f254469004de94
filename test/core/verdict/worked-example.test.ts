/** The worked example of docs/statistics.md, computed by the gate itself. */
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import type { MetricRow } from "../../../src/core/model/comparison.ts";
import { judgeRun } from "../../../src/core/verdict/judge-run.ts";
import { cellOf, defaultPolicy, resultsOf, rowOf, trialOf } from "../../fakes/gate-data.ts";

const page = readFileSync(new URL("../../../docs/statistics.md", import.meta.url), "utf8");

function run(day: number, itl: readonly number[]) {
  const others = { output_throughput: 300, itl_p95: 40, itl_p99: 80 };
  return resultsOf(day, [cellOf(itl.map((value) => trialOf({ ...others, itl_p50: value })))]);
}

function example(candidate: readonly number[]): { readonly verdict: string; readonly row: MetricRow } {
  const baseline = [20.0, 20.2, 19.8, 20.1, 19.9].map((value, day) => run(day, [value, value, value]));
  const comparison = judgeRun({ baseline, candidate: run(9, candidate), policy: defaultPolicy });
  return { verdict: comparison.verdict, row: rowOf(comparison, "itl_p50") };
}

test("the loss of 15 % is found as the page computes it", () => {
  const { verdict, row } = example([22.9, 23.1, 23.0]);
  expect({ verdict, finding: row.finding }).toEqual({ verdict: "fail", finding: "regressed" });
  const shown = [
    `${row.baseline?.toFixed(4)} ms`,
    `+${(100 * (row.change ?? 0)).toFixed(1)} %`,
    (row.pAdjusted ?? 0).toFixed(7),
    `+${(100 * (row.interval?.low ?? 0)).toFixed(1)} … +${(100 * (row.interval?.high ?? 0)).toFixed(1)} %`,
    `${(100 * (row.minDetectable ?? 0)).toFixed(1)} % |`,
  ];
  expect(shown.filter((text) => !page.includes(text))).toEqual([]);
});

test("a loss of 2.5 % is neither proven nor ruled out, and lets the run pass", () => {
  const { verdict, row } = example([20.5, 20.6, 20.4]);
  expect({ verdict, finding: row.finding }).toEqual({ verdict: "pass", finding: "inconclusive" });
  expect([row.change, row.interval?.low, row.interval?.high].map((ratio) => (100 * (ratio ?? 0)).toFixed(1))).toEqual([
    "2.5",
    "-0.5",
    "5.6",
  ]);
});

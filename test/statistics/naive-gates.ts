/** What the gate replaces: the rules that people write first, on the same pull requests. */
import { mean, sampleStandardDeviation } from "simple-statistics";
import type { Cell, ResultsFile } from "../../src/core/model/results.ts";
import { tQuantile, upperTail } from "../../src/core/stats/student-t.ts";
import type { Drawn } from "./simulated-gates.ts";

const METRICS = ["output_throughput", "itl_p50", "itl_p95", "itl_p99"];

/** One metric of one cell, as log-badness: trials by run, oldest first, and the candidate's. */
interface Series {
  readonly cell: string;
  readonly metric: string;
  readonly runs: readonly (readonly number[])[];
  readonly candidate: readonly number[];
}

export interface NaiveGate {
  readonly name: string;
  readonly isWorse: (series: Series) => boolean;
}

export const naiveGates: readonly NaiveGate[] = [
  { name: "5 % worse than the last run", isWorse: (series) => change(series) > Math.log(1.05) },
  { name: "10 % worse than the last run", isWorse: (series) => change(series) > Math.log(1.1) },
  { name: "twice the last run", isWorse: (series) => change(series) > Math.log(2) },
  { name: "Welch's t over trials, p < 0.01", isWorse: (series) => welchP(series) < 0.01 },
  { name: "beyond 2 standard deviations of the runs", isWorse: (series) => zOf(series) > 2 },
  {
    name: "beyond a 99 % t boundary of the runs",
    isWorse: (series) => zOf(series) > tQuantile(0.99, series.runs.length - 1),
  },
];

/** The rows that a gate would fail, as `workload metric`. */
export function redRows({ isWorse }: NaiveGate, pull: Drawn): readonly string[] {
  return allSeries(pull)
    .filter(isWorse)
    .map(({ cell, metric }) => `${cell} ${metric}`);
}

function allSeries({ baseline, candidate }: Drawn): readonly Series[] {
  return candidate.cells.flatMap((cell) =>
    METRICS.map((metric) => ({
      cell: cell.workload,
      metric,
      runs: baseline.map((run) => valuesOf(cellIn(run, cell), metric)),
      candidate: valuesOf(cell, metric),
    })),
  );
}

function cellIn({ cells }: ResultsFile, { phase, workload }: Cell): Cell | undefined {
  return cells.find((cell) => cell.phase === phase && cell.workload === workload);
}

function valuesOf(cell: Cell | undefined, metric: string): readonly number[] {
  const sign = metric === "output_throughput" ? -1 : 1;
  return (cell?.trials ?? []).map(({ summary }) => sign * Math.log(summary?.[metric] ?? 1));
}

function change({ runs, candidate }: Series): number {
  return mean([...candidate]) - mean([...(runs.at(-1) ?? [])]);
}

function zOf({ runs, candidate }: Series): number {
  const values = runs.map((run) => mean([...run]));
  return (mean([...candidate]) - mean(values)) / sampleStandardDeviation(values);
}

/** Every trial as if it were independent of the others of its run. */
function welchP({ runs, candidate }: Series): number {
  const [a, b] = [[...candidate], runs.flat()];
  const [va, vb] = [a, b].map((values) => sampleStandardDeviation(values) ** 2 / values.length);
  const [va2 = 0, vb2 = 0] = [va, vb];
  const freedom = (va2 + vb2) ** 2 / (va2 ** 2 / (a.length - 1) + vb2 ** 2 / (b.length - 1));
  return upperTail((mean(a) - mean(b)) / Math.sqrt(va2 + vb2), freedom);
}

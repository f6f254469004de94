import type { Cell, ResultsFile, WorkloadInfo } from "../core/model/results.ts";

/**
 * Several runs as one for a report: the newest run's facts, every run's cells.
 *
 * A cell that several runs measured is shown as the newest run saw it: runs are never averaged here.
 */
export function mergeRuns(runs: readonly [ResultsFile, ...ResultsFile[]]): ResultsFile {
  const byAge = [...runs].sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  const newest = byAge.at(-1) ?? runs[0];
  const cells = new Map<string, Cell>();
  const workloads = new Map<string, WorkloadInfo>();
  for (const run of byAge) {
    for (const cell of run.cells) cells.set(JSON.stringify([cell.phase, cell.model, cell.workload, cell.point]), cell);
    for (const workload of run.workloads ?? []) workloads.set(workload.name, workload);
  }
  return { ...newest, workloads: [...workloads.values()], cells: [...cells.values()] };
}

import type { PlannedBoot } from "../core/model/plan.ts";
import type { Cell, ResultsFile, Trial } from "../core/model/results.ts";
import { estimatedMinutes } from "../core/plan/estimate.ts";

/** How long one arm of a boot will take: as the candidate's own trials took, else as the plan assumes. */
export function armMinutes(boot: PlannedBoot, { cells }: ResultsFile): number {
  const served = cells.filter(
    ({ phase, model, workload }) =>
      phase === boot.phase.id &&
      (boot.model === undefined || model === boot.model.id) &&
      boot.workloads.some((planned) => planned.workload.name === workload),
  );
  const measured = served.map(longest).filter((ms) => ms !== undefined);
  if (measured.length < boot.workloads.length) return estimatedMinutes([boot]);
  const loadMs = Math.max(0, ...served.flatMap(trialsOf).map((trial) => trial.loadMs ?? 0));
  return (loadMs + measured.reduce((sum, ms) => sum + ms, 0)) / 60_000;
}

/** First send to last end of the longest trial; undefined where none keeps its requests. */
function longest(cell: Cell): number | undefined {
  const spans = trialsOf(cell).flatMap(({ requests }) => {
    if (requests === undefined || requests.length === 0) return [];
    return [requests.reduce((latest, { endMs }) => Math.max(latest, endMs), 0)];
  });
  return spans.length === 0 ? undefined : Math.max(...spans);
}

function trialsOf({ trials, confirmation = [] }: Cell): readonly Trial[] {
  return [...trials, ...confirmation.map(({ trial }) => trial)];
}

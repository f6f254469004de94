import type { Arrivals } from "../model/results.ts";
import { centre } from "../stats/centre.ts";
import { type CellSample, shownByRun, shownValues } from "./cell-sample.ts";

/** Share of the makespan that the schedule itself must take up. */
const SCHEDULE_SHARE = 2 / 3;

export interface LoadBound {
  /** First to last scheduled send, s. */
  readonly scheduleSeconds: number;
  /** First send to last token, s: the candidate's. */
  readonly makespanSeconds: number;
}

/**
 * Whether a cell's throughput is set by the schedule and not by the server: requests come at fixed times, and waiting
 * for the last of them to come takes up two thirds of the makespan or more, on both sides. Then a server that got
 * slower by 10 % loses at most a third of that in throughput, and a faster one gains as little.
 *
 * Undefined where it is not so, or where the send times were not kept.
 */
export function loadBound(
  candidate: CellSample,
  runs: readonly CellSample[],
  arrivals: Arrivals | undefined,
): LoadBound | undefined {
  if (arrivals === undefined || !isOpenLoop(arrivals)) return undefined;
  const scheduleSeconds = scheduleSpanSeconds(candidate);
  if (scheduleSeconds === undefined) return undefined;
  const makespans = shownByRun([candidate, ...runs], "makespan");
  const [makespanSeconds] = makespans.map(centre);
  if (makespanSeconds === undefined || shownValues(candidate, "makespan").length === 0) return undefined;
  const bound = makespans.every((values) => scheduleSeconds >= SCHEDULE_SHARE * centre(values));
  return bound ? { scheduleSeconds, makespanSeconds } : undefined;
}

/** A burst comes all at once, and a closed loop waits for the server: neither can set a throughput. */
function isOpenLoop({ process }: Arrivals): boolean {
  return process === "uniform" || process === "poisson" || process === "gamma" || process === "replay";
}

function scheduleSpanSeconds({ trials }: CellSample): number | undefined {
  const requests = trials.find((trial) => (trial.requests?.length ?? 0) > 0)?.requests;
  if (requests === undefined) return undefined;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { scheduledMs } of requests) {
    first = Math.min(first, scheduledMs);
    last = Math.max(last, scheduledMs);
  }
  return (last - first) / 1000;
}

import type { SampleFloor } from "../metrics/metric.ts";
import type { TrialCounts } from "../model/results.ts";

/** With fewer answered requests a trial has no timing that the gate believes. */
export const LEAST_ANSWERED = 5;

/** Samples beyond a percentile: one request, or five tokens, which come in clusters. */
const BEYOND = { requests: 1, tokens: 5 } as const;

/** Whether a trial has enough samples for a metric: n (1 − q) ≥ 1 over requests, ≥ 5 over tokens; reckoned in whole percents. */
export function meetsFloor({ over, percent }: SampleFloor, counts: TrialCounts): boolean {
  const answered = counts.requests - counts.failed;
  if (answered < LEAST_ANSWERED) return false;
  if (percent === undefined) return true;
  const samples = over === "requests" ? answered : counts.gaps;
  return samples * (100 - percent) >= 100 * BEYOND[over];
}

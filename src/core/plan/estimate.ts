import type { PlannedBoot, PlannedWorkload } from "../model/plan.ts";
import type { ScheduledRequest } from "../model/workload.ts";

/**
 * What is assumed of a server nobody has measured yet: one start takes a minute, one stream writes 60 tokens a second,
 * all streams together 250. A 3B model on a desktop GPU is about there (seed workloads: 88 and 200 to 350).
 */
export const assumed = { startSeconds: 60, streamTokensPerSecond: 60, serverTokensPerSecond: 250 } as const;

/** Minutes for all boots, for the reader of a plan; never used to decide anything. */
export function estimatedMinutes(boots: readonly PlannedBoot[]): number {
  const seconds = boots.reduce((sum, boot) => sum + bootSeconds(boot), 0);
  return Math.round((seconds / 60) * 10) / 10;
}

function bootSeconds({ phase, workloads }: PlannedBoot): number {
  const start = phase.server.command === undefined ? 0 : assumed.startSeconds;
  return workloads.reduce((sum, planned) => sum + workloadSeconds(planned), start);
}

/** The longer of what the schedule takes and what the server can write in all, after the warm-up. */
function workloadSeconds({ workload, schedule }: PlannedWorkload): number {
  const { arrivals } = workload;
  const { streamTokensPerSecond, serverTokensPerSecond } = assumed;
  const tokens = tokensOf(schedule.requests);
  if (arrivals.process === "sequential") return (tokensOf(schedule.warmup) + tokens) / streamTokensPerSecond;
  // Warm-up requests go together.
  const warmup = Math.max(0, ...schedule.warmup.map(({ outputTokens }) => outputTokens)) / streamTokensPerSecond;
  if (arrivals.process === "concurrency") {
    return warmup + tokens / Math.min(arrivals.concurrency * streamTokensPerSecond, serverTokensPerSecond);
  }
  const lastAtSeconds = (schedule.requests.at(-1)?.atMs ?? 0) / 1000;
  const meanAnswerSeconds = tokens / schedule.requests.length / streamTokensPerSecond;
  return warmup + Math.max(lastAtSeconds + meanAnswerSeconds, tokens / serverTokensPerSecond);
}

function tokensOf(requests: readonly ScheduledRequest[]): number {
  return requests.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
}

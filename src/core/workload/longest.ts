import type { Schedule, Workload } from "../model/workload.ts";

/** The request that needs the largest context, warm-up and shared prefix included: it must fit before anything is measured. */
export function longestRequestTokens(
  workload: Workload,
  schedule: Schedule,
): { readonly promptTokens: number; readonly outputTokens: number } {
  const prefixTokens = workload.sharedPrefixTokens ?? 0;
  let longest = { promptTokens: 0, outputTokens: 0 };
  for (const { promptTokens, outputTokens } of [...schedule.requests, ...schedule.warmup]) {
    const whole = { promptTokens: prefixTokens + promptTokens, outputTokens };
    if (whole.promptTokens + outputTokens > longest.promptTokens + longest.outputTokens) longest = whole;
  }
  return longest;
}

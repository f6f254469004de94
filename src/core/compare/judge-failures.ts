import { type FailureCount, fisherUpperTail } from "../stats/fisher.ts";
import type { Judgement } from "./judge-timing.ts";

/** Chance of a false alarm over all failure tests of a run. */
const LEVEL = 0.01;
/** Raw p under which failures that were not proven are worth a second look. */
const SUSPICIOUS = 0.1;

/**
 * Whether the candidate fails more than the baseline: Fisher's exact test on pooled requests, the level shared by
 * `tests` cells. Requests are pooled here and nowhere else: a failure is an event, not a reading of a noisy clock.
 */
export function judgeFailures(
  candidate: FailureCount,
  baseline: FailureCount,
  tests: number,
): Judgement & { readonly pAdjusted?: number } {
  if (candidate.total > 0 && candidate.failed === candidate.total)
    return { finding: "regressed", reason: "all-failed" };
  if (candidate.failed === 0) {
    return { finding: "unchanged", reason: baseline.failed === 0 ? "equal" : "no-more-failures" };
  }
  if (baseline.total === 0) return { finding: "inconclusive", reason: "some-failures" };
  const p = fisherUpperTail(candidate, baseline);
  const pAdjusted = Math.min(1, p * tests);
  if (pAdjusted <= LEVEL) return { finding: "regressed", reason: "more-failures", pAdjusted };
  if (p < SUSPICIOUS) return { finding: "inconclusive", reason: "some-failures", pAdjusted };
  return { finding: "unchanged", reason: "no-more-failures", pAdjusted };
}

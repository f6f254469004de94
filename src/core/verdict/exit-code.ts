import type { Comparison } from "../model/comparison.ts";
import type { GatePolicy } from "../model/config.ts";

/** Whether this comparison stops a merge. A dry run stops none; only a job that could not be done fails all the same. */
export function blocks(comparison: Comparison, policy: GatePolicy): boolean {
  if (comparison.verdict === "error") return true;
  return !policy.dryRun && wouldBlock(comparison, policy);
}

/** Whether it would stop a merge were this no dry run. */
export function wouldBlock({ verdict }: Comparison, policy: GatePolicy): boolean {
  switch (verdict) {
    case "pass":
      return false;
    case "fail":
      return true;
    case "inconclusive":
      return policy.onInconclusive === "fail";
    case "error":
      return true;
  }
}

/** 0 passed or not blocking, 1 blocked by the verdict, 2 the job could not be done (DESIGN §6). */
export function exitCode(comparison: Comparison, policy: GatePolicy): 0 | 1 | 2 {
  if (comparison.verdict === "error") return 2;
  return blocks(comparison, policy) ? 1 : 0;
}

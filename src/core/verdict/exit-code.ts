import type { Comparison } from "../model/comparison.ts";
import type { GatePolicy } from "../model/config.ts";

/** Whether the policy lets this comparison stop a merge. The verdict itself never bends to a policy. */
export function blocks({ verdict, exitReason }: Comparison, policy: GatePolicy): boolean {
  switch (verdict) {
    case "pass":
      return false;
    case "fail":
      return exitReason !== "missing" || policy.onMissing === "fail";
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

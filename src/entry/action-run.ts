import { conclude } from "./action-conclude.ts";
import { type Attempt, asGateError, reportFailure } from "./action-failure.ts";
import { measure } from "./action-measure.ts";
import type { ActionParts } from "./action-parts.ts";
import { prepareRun } from "./action-prepare.ts";

/** The action from its inputs to its verdict; the process's exit code. Never rejects. */
export async function runAction(parts: ActionParts): Promise<number> {
  let attempt: Attempt = {};
  try {
    const run = await prepareRun(parts);
    attempt = { run };
    const measured = await measure(parts, run);
    attempt = { run, measured };
    if (measured.failure !== undefined) throw measured.failure;
    return await conclude(parts, run, measured);
  } catch (error) {
    return reportFailure(parts, asGateError(error, parts.log), attempt);
  }
}

/** Which rows look bad enough against the history to be measured again, in turns with the base build. */
import type { HistoryEstimate } from "./history-estimate.ts";

/** Of the minimum effect. */
const SCREEN_SHARE = 0.4;
/** One-sided p of one group; see `screenLevel`. */
const LEVEL = 0.1;
/** With fewer runs the history's own p says little. */
const KNOWN_RUNS = 3;

/**
 * The p under which a row is screened, where `groups` server configurations (phase × model) gate together.
 *
 * Each group sends a share of the clean pull requests to the confirmation, so that six of them would send most. Shared
 * among them by groups^¾ the level sends fewer than half, at a run-to-run spread of 2 % as well; shared evenly it would
 * send a tenth and miss half of the losses of 5 % there (docs/statistics.md).
 */
export function screenLevel(groups: number): number {
  return LEVEL / Math.sqrt(groups * Math.sqrt(groups));
}

export function isScreened({ estimate, pWorse, runs }: HistoryEstimate, minEffect: number, level: number): boolean {
  return estimate >= Math.log(1 + SCREEN_SHARE * minEffect) && (runs < KNOWN_RUNS || pWorse < level);
}

import { tQuantile } from "../stats/student-t.ts";
import { PRIOR_WEIGHT } from "./estimate.ts";
import { type RunValues, spreadWithin } from "./history-estimate.ts";
import { POWER } from "./judge-timing.ts";
import { PAIRS_A_LOOK } from "./paired-sample.ts";
import { CONFIRMATION_LEVEL } from "./proof.ts";

/**
 * How many pairs of base build and candidate it takes to see a loss of `minEffect` with 80 % power, where the trials of
 * one run spread as in `runs`, and `familySize` tests share the level.
 */
export function pairsNeeded(
  runs: readonly RunValues[],
  wanted: { readonly priorTrialSd: number; readonly minEffect: number; readonly familySize: number },
): number {
  const { priorTrialSd, minEffect, familySize } = wanted;
  const { freedom, squares } = spreadWithin(runs);
  const weight = PRIOR_WEIGHT + freedom;
  const variance = (PRIOR_WEIGHT * priorTrialSd * priorTrialSd + squares) / weight;
  return planPairs({
    trialSd: Math.sqrt(variance),
    degreesOfFreedom: weight + PAIRS_A_LOOK - 1,
    minEffect,
    familySize,
  });
}

/** n = ⌈2 σ² ((t₁₋α⁄m + t₀.₈) ÷ ln(1 + δ))²⌉: each difference holds the noise of two trials. */
export function planPairs(wanted: {
  /** Of one trial within a run, of logarithms. */
  readonly trialSd: number;
  readonly degreesOfFreedom: number;
  readonly minEffect: number;
  readonly familySize: number;
}): number {
  const { trialSd, degreesOfFreedom, minEffect, familySize } = wanted;
  const quantiles =
    tQuantile(1 - CONFIRMATION_LEVEL / Math.max(1, familySize), degreesOfFreedom) + tQuantile(POWER, degreesOfFreedom);
  const ratio = (trialSd * quantiles) / Math.log(1 + minEffect);
  return Math.ceil(2 * ratio * ratio);
}

import { mean } from "simple-statistics";
import { bothTails, type Estimate, LEAST_STANDARD_ERROR, PRIOR_WEIGHT } from "./estimate.ts";
import { type RunValues, spreadWithin } from "./history-estimate.ts";

/** The candidate against the base build, measured in turns. */
export interface PairedEstimate extends Estimate {
  /** Candidate − base of each pair, in the order they ran. */
  readonly differences: readonly number[];
}

/**
 * The paired test of interleaved arms: `differences` of log-badness, two or more.
 *
 * A pair's spread is shrunk twice: to a prior, and to what the history's trials of one run differ by (`runs`, all of them:
 * a change of the base branch does not touch what happens within a run). Each difference holds the noise of two trials.
 * Under no effect a difference is as likely up as down however skewed the stalls are, so the test keeps its level where a
 * test against a history would not.
 */
export function estimateFromPairs(input: {
  readonly differences: readonly number[];
  readonly runs: readonly RunValues[];
  readonly priorSd: number;
}): PairedEstimate {
  const { differences, runs, priorSd } = input;
  const own = spreadWithin([differences]);
  const within = spreadWithin(runs);
  const degreesOfFreedom = PRIOR_WEIGHT + within.freedom + own.freedom;
  const variance = (2 * PRIOR_WEIGHT * priorSd * priorSd + 2 * within.squares + own.squares) / degreesOfFreedom;
  const standardError = Math.max(LEAST_STANDARD_ERROR, Math.sqrt(variance / differences.length));
  const estimate = mean([...differences]);
  return {
    estimate,
    standardError,
    degreesOfFreedom,
    ...bothTails(estimate / standardError, degreesOfFreedom),
    differences,
  };
}

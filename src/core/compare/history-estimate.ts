import { mean, sampleVariance } from "simple-statistics";
import { bothTails, type Estimate, LEAST_STANDARD_ERROR, PRIOR_WEIGHT } from "./estimate.ts";

/** The candidate against the history; its standard error holds the candidate's own run. */
export interface HistoryEstimate extends Estimate {
  /** Of each trial of the candidate against the history's centre. */
  readonly deviations: readonly number[];
  /** Those that the centre comes from. */
  readonly runs: number;
}

/** One run's trial values as log-badness, at least one. */
export type RunValues = readonly number[];

/** Runs of one metric between two changes of the base branch, oldest first. */
export type EpochValues = readonly RunValues[];

/**
 * The prediction test: where the candidate would lie were it one more run of the history.
 *
 * `epochs` is the history, oldest first; its last epoch, never empty, gives the centre. `trials` are the candidate's, at
 * least one. The candidate is one new run, so it carries a run's whole variance (the 1 of 1 + 1/B, which a bootstrap over
 * trials forgets); trials only average out where the history's runs had as many. The variance is that within all epochs,
 * since a machine is as noisy after a change as before it, shrunk to a prior, so that few runs that happen to agree do not
 * look like a quiet machine.
 */
export function estimateFromHistory(input: {
  readonly epochs: readonly EpochValues[];
  readonly trials: readonly number[];
  readonly priorSd: number;
}): HistoryEstimate {
  const { epochs, trials, priorSd } = input;
  const values = epochs.map((runs) => runs.map((run) => mean(run)));
  const current = values.at(-1) ?? [];
  const centre = mean(current);
  const { freedom, squares } = spreadWithin(values);
  const degreesOfFreedom = PRIOR_WEIGHT + freedom;
  const variance = (PRIOR_WEIGHT * priorSd * priorSd + squares) / degreesOfFreedom;
  const fewerTrials = Math.max(1, mean(epochs.flat().map((run) => run.length)) / trials.length);
  const standardError = Math.max(LEAST_STANDARD_ERROR, Math.sqrt(variance * fewerTrials + variance / current.length));
  const estimate = mean(trials) - centre;
  return {
    estimate,
    standardError,
    degreesOfFreedom,
    ...bothTails(estimate / standardError, degreesOfFreedom),
    deviations: trials.map((value) => value - centre),
    runs: current.length,
  };
}

/** Sum of squares around each group's own mean, and its degrees of freedom: what a pooled variance is made of. */
export function spreadWithin(groups: readonly (readonly number[])[]): {
  readonly freedom: number;
  readonly squares: number;
} {
  let freedom = 0;
  let squares = 0;
  for (const values of groups) {
    if (values.length < 2) continue;
    freedom += values.length - 1;
    squares += (values.length - 1) * sampleVariance([...values]);
  }
  return { freedom, squares };
}

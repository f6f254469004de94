import { mean, sampleVariance } from "simple-statistics";
import { tQuantile, upperTail } from "../stats/student-t.ts";

/**
 * How much worse the candidate is than the history, and how sure that is. Everything is on the scale of log-badness:
 * y = ln(value), with its sign turned where higher is better; so positive is worse, and 0.05 is about 5 %.
 */
export interface HistoryEstimate {
  readonly estimate: number;
  /** Of the estimate, the candidate's own run included. */
  readonly standardError: number;
  readonly degreesOfFreedom: number;
  /** One-sided: of being worse, of being better. */
  readonly pWorse: number;
  readonly pBetter: number;
  /** Of each trial of the candidate against the history's centre. */
  readonly deviations: readonly number[];
  readonly runs: number;
}

/** The prior of the spread weighs as much as three runs. */
const PRIOR_WEIGHT = 3;
/** No clock and no scheduler repeats a run to better than 0.05 %; also keeps a history without spread from dividing by 0. */
const LEAST_STANDARD_ERROR = 0.0005;

/**
 * The prediction test: where the candidate would lie were it one more run of the history.
 *
 * `runs` holds each run's trial values, `trials` the candidate's, both as log-badness, neither empty. The candidate is one
 * new run, so it carries a run's whole variance (the 1 of 1 + 1/B, which a bootstrap over trials forgets); trials only
 * average out where the history's runs had as many. The variance is shrunk to a prior, so that few runs that happen to
 * agree do not look like a quiet machine.
 */
export function estimateFromHistory(input: {
  readonly runs: readonly (readonly number[])[];
  readonly trials: readonly number[];
  readonly priorSd: number;
}): HistoryEstimate {
  const { runs, trials, priorSd } = input;
  const values = runs.map((run) => mean(run));
  const centre = mean(values);
  const freedom = values.length - 1;
  const degreesOfFreedom = PRIOR_WEIGHT + freedom;
  const spread = freedom === 0 ? 0 : freedom * sampleVariance(values);
  const variance = (PRIOR_WEIGHT * priorSd * priorSd + spread) / degreesOfFreedom;
  const fewerTrials = Math.max(1, mean(runs.map((run) => run.length)) / trials.length);
  const standardError = Math.max(LEAST_STANDARD_ERROR, Math.sqrt(variance * fewerTrials + variance / values.length));
  const estimate = mean(trials) - centre;
  return {
    estimate,
    standardError,
    degreesOfFreedom,
    pWorse: upperTail(estimate / standardError, degreesOfFreedom),
    pBetter: upperTail(-estimate / standardError, degreesOfFreedom),
    deviations: trials.map((value) => value - centre),
    runs: values.length,
  };
}

/** The two-sided interval of an estimate, on the same scale. */
export function estimateInterval(
  { estimate, standardError, degreesOfFreedom }: HistoryEstimate,
  confidence: number,
): { readonly low: number; readonly high: number } {
  const reach = tQuantile((1 + confidence) / 2, degreesOfFreedom) * standardError;
  return { low: estimate - reach, high: estimate + reach };
}

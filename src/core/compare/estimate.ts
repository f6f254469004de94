import { tQuantile, upperTail } from "../stats/student-t.ts";

/**
 * How much worse the candidate is, and how sure that is. Everything is on the scale of log-badness: y = ln(value), with its
 * sign turned where higher is better; so positive is worse, and 0.05 is about 5 %.
 */
export interface Estimate {
  readonly estimate: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
  /** One-sided: of being worse, of being better. */
  readonly pWorse: number;
  readonly pBetter: number;
}

/** No clock and no scheduler repeats a run to better than 0.05 %; also keeps runs without spread from dividing by 0. */
export const LEAST_STANDARD_ERROR = 0.0005;

/** The prior of a spread weighs as much as three degrees of freedom. */
export const PRIOR_WEIGHT = 3;

/** The two-sided interval of an estimate, on the same scale. */
export function estimateInterval(
  { estimate, standardError, degreesOfFreedom }: Estimate,
  confidence: number,
): { readonly low: number; readonly high: number } {
  const reach = tQuantile((1 + confidence) / 2, degreesOfFreedom) * standardError;
  return { low: estimate - reach, high: estimate + reach };
}

/** p of being worse and of being better at a t; the smaller one keeps its digits. */
export function bothTails(t: number, degreesOfFreedom: number): Pick<Estimate, "pWorse" | "pBetter"> {
  const small = upperTail(Math.abs(t), degreesOfFreedom);
  return t > 0 ? { pWorse: small, pBetter: 1 - small } : { pWorse: 1 - small, pBetter: small };
}

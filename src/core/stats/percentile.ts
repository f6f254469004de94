import { quantileSorted } from "simple-statistics";

/**
 * Percentile of values in ascending order, at least one: Hyndman and Fan's type 7, numpy's and vLLM's default.
 *
 * simple-statistics has computed type 7 since 7.9.0 and something else before, so it is pinned and held by a test.
 * It reads only indices and the length, so typed arrays do.
 */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  return quantileSorted(sorted as readonly number[], percent / 100);
}

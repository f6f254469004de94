import cdf from "@stdlib/stats-base-dists-t-cdf";
import quantile from "@stdlib/stats-base-dists-t-quantile";

/** P(T > t) for Student's t with `nu` degrees of freedom (any real above 0). By symmetry, so that small tails keep their digits. */
export function upperTail(t: number, nu: number): number {
  return cdf(-t, nu);
}

/** The t that leaves `p` below it: `tQuantile(0.95, 3)` is 2.353. */
export function tQuantile(p: number, nu: number): number {
  const key = `${p} ${nu}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const t = quantile(p, nu);
  known.set(key, t);
  return t;
}

/** Quantiles found so far: each is a search, and all rows of a comparison ask for the same few. */
const known = new Map<string, number>();

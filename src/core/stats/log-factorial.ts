/**
 * The parts of a log-factorial that keep their digits (Loader, "Fast and accurate computation of binomial
 * probabilities", 2000).
 *
 * ln n! of a million is 1.3e7: a difference of a few of them has lost nine digits. Split as
 * ln n! = ln √(2πn) + n ln n − n + δ(n), the large parts cancel on paper before any number is computed.
 */

/** δ(n) = ln n! − ln(√(2πn) · (n/e)^n) for whole n ≥ 0; δ(0) is 0 by convention. */
export function stirlingError(n: number): number {
  const exact = SMALL[n];
  if (exact !== undefined) return exact;
  const square = n * n;
  // Stirling's series; from 16 on the first term left out is below 1e-16.
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n;
}

/** x ln(x/mean) + mean − x, for x ≥ 0 and mean > 0: by its series where both are close and the terms would cancel. */
export function deviance(x: number, mean: number): number {
  const difference = x - mean;
  if (Math.abs(difference) >= 0.1 * (x + mean)) return (x === 0 ? 0 : x * Math.log(x / mean)) + mean - x;
  const v = difference / (x + mean);
  let sum = difference * v;
  let term = 2 * x * v;
  for (let odd = 3; ; odd += 2) {
    term *= v * v;
    const next = sum + term / odd;
    if (next === sum) return sum;
    sum = next;
  }
}

/** δ(n) for n < 16, where n! is exact in a double and the series is not yet. */
const SMALL: readonly number[] = Array.from({ length: 16 }, (_, n) => {
  if (n === 0) return 0;
  let factorial = 1;
  for (let k = 2; k <= n; k++) factorial *= k;
  return Math.log(factorial) - 0.5 * Math.log(2 * Math.PI * n) - n * Math.log(n) + n;
});

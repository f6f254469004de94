import { deviance, stirlingError } from "./log-factorial.ts";

/** Failures among all of one side. */
export interface FailureCount {
  readonly failed: number;
  readonly total: number;
}

/**
 * Fisher's exact test, one-sided: the chance of at least as many failures on the candidate's side as seen, were all
 * failures of both sides dealt out blindly. 1 where either side is empty or nothing failed.
 *
 * Right to a relative 1e-9 up to a million requests a side: the point probability by Loader's method, the tail by its
 * own ratios, summed on the shorter side.
 */
export function fisherUpperTail(candidate: FailureCount, baseline: FailureCount): number {
  const failures = candidate.failed + baseline.failed;
  const passes = candidate.total + baseline.total - failures;
  if (candidate.total === 0 || baseline.total === 0 || candidate.failed === 0) return 1;
  const urn = { failures, passes, drawn: candidate.total };
  const expected = (candidate.total * failures) / (failures + passes);
  if (candidate.failed > expected) return Math.min(1, tailSum(urn, candidate.failed, 1));
  return Math.max(0, 1 - tailSum(urn, candidate.failed - 1, -1));
}

/** `drawn` balls out of an urn of failures and passes. */
interface Urn {
  readonly failures: number;
  readonly passes: number;
  readonly drawn: number;
}

/** P(X = from) + P(X = from ± 1) + …, away from the mode, until nothing changes. */
function tailSum(urn: Urn, from: number, step: 1 | -1): number {
  let term = hypergeometric(urn, from);
  let sum = term;
  for (let x = from; term > 0; x += step) {
    term *= step === 1 ? ratioUp(urn, x) : 1 / ratioUp(urn, x - 1);
    if (sum + term === sum) break;
    sum += term;
  }
  return sum;
}

/** P(X = x + 1) / P(X = x). */
function ratioUp({ failures, passes, drawn }: Urn, x: number): number {
  return ((failures - x) / (x + 1)) * ((drawn - x) / (passes - drawn + x + 1));
}

function hypergeometric({ failures, passes, drawn }: Urn, x: number): number {
  if (x < 0 || x > failures || drawn - x < 0 || drawn - x > passes) return 0;
  const share = drawn / (failures + passes);
  const logs = logBinomial(x, failures, share) + logBinomial(drawn - x, passes, share);
  return Math.exp(logs - logBinomial(drawn, failures + passes, share));
}

/** ln of the chance of x out of n at probability p; 0 < p. */
function logBinomial(x: number, n: number, p: number): number {
  const q = 1 - p;
  if (n === 0) return 0;
  if (x === 0) return n * Math.log1p(-p);
  if (x === n) return n * Math.log(p);
  const errors = stirlingError(n) - stirlingError(x) - stirlingError(n - x);
  const spread = 0.5 * Math.log(n / (2 * Math.PI * x * (n - x)));
  return errors - deviance(x, n * p) - deviance(n - x, n * q) + spread;
}

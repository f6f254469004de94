import type { Trial } from "../model/results.ts";
import type { AnsweredTrace } from "../model/trace.ts";

export interface PrefillStalls {
  /** Gaps from here on were looked at, ms. */
  readonly longGapMs: number;
  /** Of the long gaps, those that end with another request's first token. */
  readonly share: number;
}

/** Fewer long gaps than this say nothing. */
const FEWEST_GAPS = 20;

/** Under this share another cause is as likely. */
const TELLING_SHARE = 0.8;

/**
 * Whether decode waits for prefill: a long gap of one request that ends as another request gets its first token. A gap
 * is long from 3 × the median on; "as" is a twentieth of the gap, for short gaps up to 2 ms, since both tokens leave in one step.
 *
 * Undefined without traces, with few long gaps, or where the gaps end elsewhere.
 */
export function blockedByPrefill(trials: readonly Trial[]): PrefillStalls | undefined {
  const gaps = trials.flatMap(gapsOf);
  const sorted = gaps.map(({ gapMs }) => gapMs).sort((a, b) => a - b);
  const longGapMs = roundUp(3 * (sorted[Math.floor(sorted.length / 2)] ?? 0));
  const long = gaps.filter(({ gapMs }) => gapMs >= longGapMs);
  if (longGapMs === 0 || long.length < FEWEST_GAPS) return undefined;
  const share = long.filter(({ endsWithFirstToken }) => endsWithFirstToken).length / long.length;
  return share < TELLING_SHARE ? undefined : { longGapMs, share };
}

/** To one significant digit, so that the sentence has a round number: 108 → 200, 34 → 40. */
function roundUp(ms: number): number {
  let unit = 0.001;
  while (unit * 10 <= ms) unit *= 10;
  return Math.ceil(ms / unit) * unit;
}

function gapsOf({ requests = [] }: Trial): readonly { readonly gapMs: number; readonly endsWithFirstToken: boolean }[] {
  const answered = requests.filter((request): request is AnsweredTrace => request.outcome === "ok");
  const firstTokens = answered.map(({ firstTokenMs }) => firstTokenMs).sort((a, b) => a - b);
  return answered.flatMap(({ firstTokenMs, tokenGapsMs }) => {
    let atMs = firstTokenMs;
    return tokenGapsMs.map((gapMs) => {
      atMs += gapMs;
      return { gapMs, endsWithFirstToken: hasNear(firstTokens, atMs, Math.max(gapMs / 20, Math.min(2, gapMs / 4))) };
    });
  });
}

/** Binary search for a value within `toleranceMs` of `atMs`. */
function hasNear(sorted: readonly number[], atMs: number, toleranceMs: number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < atMs - toleranceMs) low = middle + 1;
    else high = middle;
  }
  return (sorted[low] ?? Number.POSITIVE_INFINITY) <= atMs + toleranceMs;
}

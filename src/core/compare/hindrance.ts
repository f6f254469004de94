import type { Metric } from "../metrics/metric.ts";
import type { Reason } from "../model/comparison.ts";
import { centre } from "../stats/centre.ts";
import { type CellSample, shownValues, tokensPerTrial } from "./cell-sample.ts";
import { LEAST_ANSWERED } from "./sample-floor.ts";

/** Share of a cell's requests that must be ok: those that survive an overload are not a fair sample of it. */
export const LEAST_OK_SHARE = 0.9;
const SAME_WORK = 0.1;
const SAME_CHUNKING = 0.05;

/** What keeps the timings of one cell from being judged, seen over both sides. */
export interface Hindrances {
  readonly tooManyErrors: boolean;
  readonly tooFewOk: boolean;
  readonly differentWork: boolean;
  readonly differentChunking: boolean;
}

export function hindrances(candidate: CellSample, runs: readonly CellSample[]): Hindrances {
  const chunks = (sample: CellSample) => meanOf(shownValues(sample, "tokens_per_chunk"));
  return {
    tooManyErrors: isFailing(candidate),
    tooFewOk: candidate.trials.every(
      ({ counts }) => counts !== undefined && counts.requests - counts.failed < LEAST_ANSWERED,
    ),
    differentWork: differs(SAME_WORK, tokensPerTrial(candidate), runs.map(tokensPerTrial)),
    differentChunking: differs(SAME_CHUNKING, chunks(candidate), runs.map(chunks)),
  };
}

/** Whether under 90 % of a cell's requests are ok. */
export function isFailing({ failures }: CellSample): boolean {
  return failures.total > 0 && failures.total - failures.failed < LEAST_OK_SHARE * failures.total;
}

/** Why a timing of this cell cannot be judged, most serious first; undefined where it can, as far as these facts go. */
export function hindranceOf({ gating }: Metric, found: Hindrances): Reason | undefined {
  if (gating?.kind !== "timing") return undefined;
  if (found.tooManyErrors) return "failures-bias";
  if (found.tooFewOk) return "too-few-ok";
  if (found.differentWork && gating.needsSameWork) return "different-work";
  if (found.differentChunking && gating.needsSameChunking) return "different-chunking";
  return undefined;
}

function differs(tolerance: number, candidate: number | undefined, runs: readonly (number | undefined)[]): boolean {
  const baseline = meanOf(runs.filter((value) => value !== undefined));
  if (candidate === undefined || baseline === undefined || baseline === 0) return false;
  return Math.abs(candidate / baseline - 1) > tolerance;
}

function meanOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : centre(values);
}

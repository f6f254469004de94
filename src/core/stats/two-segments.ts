import { mean } from "simple-statistics";
import { upperTail } from "./student-t.ts";

/** Where a series of values changed its level. */
export interface Split {
  /** Index of the first value of the later part. */
  readonly at: number;
  /** Mean of the later part less that of the earlier. */
  readonly shift: number;
  /** Of Student's two-sample t with pooled variance, two-sided. */
  readonly p: number;
}

/**
 * The split into two segments, each of `least` values or more, whose means differ most surely; undefined where the series
 * is too short for two.
 *
 * Its p is that of one split chosen beforehand, though the best of several is taken: so its level has to be strict.
 * `leastError` is a standard error that no split is surer than.
 */
export function bestSplit(
  values: readonly number[],
  { least, leastError }: { readonly least: number; readonly leastError: number },
): Split | undefined {
  let best: Split | undefined;
  for (let at = least; at <= values.length - least; at++) {
    const split = splitAt(values, at, leastError);
    if (best === undefined || split.p < best.p) best = split;
  }
  return best;
}

function splitAt(values: readonly number[], at: number, leastError: number): Split {
  const [before, after] = [values.slice(0, at), values.slice(at)];
  const shift = mean(after) - mean(before);
  const variance = (squaresAround(before) + squaresAround(after)) / (values.length - 2);
  const error = Math.max(leastError, Math.sqrt(variance * (1 / before.length + 1 / after.length)));
  return { at, shift, p: 2 * upperTail(Math.abs(shift) / error, values.length - 2) };
}

function squaresAround(values: readonly number[]): number {
  const centre = mean([...values]);
  return values.reduce((sum, value) => sum + (value - centre) * (value - centre), 0);
}

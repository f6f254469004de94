import { mean } from "simple-statistics";

/**
 * The middle of one or more values of a metric: their geometric mean, so that a change reads the same both ways;
 * the arithmetic mean where a value is 0 or less and has no logarithm.
 */
export function centre(values: readonly number[]): number {
  const [first] = values;
  // Of one value no logarithm is taken: it stays the very number.
  if (first !== undefined && values.every((value) => value === first)) return first;
  if (values.some((value) => value <= 0)) return mean(values);
  return Math.exp(mean(values.map((value) => Math.log(value))));
}

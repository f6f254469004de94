import type { ResultsFile } from "../core/model/results.ts";

/** Whether there is anything in it that a user would want to keep: a trial, or an arm of a confirmation. */
export function hasMeasurements({ cells }: ResultsFile): boolean {
  return cells.some(({ trials, confirmation = [] }) => trials.length > 0 || confirmation.length > 0);
}

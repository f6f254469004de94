import { LEAST_OK_SHARE } from "../core/compare/hindrance.ts";
import type { Cell, RecordStatus, ResultsFile } from "../core/model/results.ts";

/**
 * Whether a run may become a baseline: not where under 90 % of a cell's requests were answered, nor where the results
 * that were handed in say so themselves. Takes results with summaries.
 */
export function recordStatus({ cells, status }: ResultsFile): Exclude<RecordStatus, "suspect"> {
  if (status !== "accepted") return "rejected";
  return cells.some((cell) => answeredShare(cell) < LEAST_OK_SHARE) ? "rejected" : "accepted";
}

/** Over the valid trials; a cell without any is 1, it feeds nothing. */
function answeredShare({ trials }: Cell): number {
  const counts = trials.flatMap(({ valid, counts }) => (valid === false || counts === undefined ? [] : [counts]));
  const requests = counts.reduce((sum, count) => sum + count.requests, 0);
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  return requests === 0 ? 1 : 1 - failed / requests;
}

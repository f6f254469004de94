import type { Cell, RecordStatus, ResultsFile } from "../core/model/results.ts";

/** Under this share of answered requests a cell says nothing about speed (DESIGN §8.5). */
const leastAnswered = 0.9;

/** Whether a run may become a baseline: rejected where a cell's requests mostly failed. Takes results with summaries. */
export function recordStatus({ cells }: ResultsFile): Exclude<RecordStatus, "suspect"> {
  return cells.some((cell) => answeredShare(cell) < leastAnswered) ? "rejected" : "accepted";
}

/** Over the valid trials; a cell without any is 1, it feeds nothing. */
function answeredShare({ trials }: Cell): number {
  const counts = trials.flatMap(({ valid, counts }) => (valid === false || counts === undefined ? [] : [counts]));
  const requests = counts.reduce((sum, count) => sum + count.requests, 0);
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  return requests === 0 ? 1 : 1 - failed / requests;
}

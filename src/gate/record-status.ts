import { LEAST_OK_SHARE } from "../core/compare/hindrance.ts";
import type { Comparison, MetricRow } from "../core/model/comparison.ts";
import type { Cell, RecordStatus, ResultsFile } from "../core/model/results.ts";

/** How a run of the base branch is kept. */
export interface Recorded {
  readonly status: RecordStatus;
  /** Set where an accepted loss begins a new epoch of the baseline: what accepted it. */
  readonly epoch?: string;
}

/**
 * Whether a run may become a baseline. Takes results with summaries, and their comparison with the runs before them.
 *
 * `rejected`: no trial of it counts, under 90 % of a cell's requests were answered, or the results that were handed in say so themselves.
 * `suspect`: slower than the accepted runs. It is kept, and feeds nothing: a loss that slipped in is neither absorbed by
 * the runs after it nor does it leave the gate without a baseline. `accepted`, in a new epoch: slower, and each loss was
 * accepted by a waiver.
 */
export function recordedAs({ cells, status, epoch }: ResultsFile, comparison: Comparison): Recorded {
  if (status !== "accepted" || hasFailingCell({ cells })) return { status: "rejected" };
  const losses = comparison.cells.flatMap(({ metrics }) => metrics.filter(isLoss));
  if (losses.some(({ waiver }) => waiver === undefined)) return { status: "suspect" };
  const issues = [...new Set(losses.flatMap(({ waiver }) => waiver?.issue ?? []))];
  const begun = issues.length === 0 ? epoch : issues.sort().join(", ");
  return { status: "accepted", ...(begun === undefined ? {} : { epoch: begun }) };
}

/** Whether too few of a cell's requests were answered for a baseline. Takes cells with summaries. */
export function hasFailingCell({ cells }: Pick<ResultsFile, "cells">): boolean {
  return isVoid(cells) || cells.some((cell) => answeredShare(cell) < LEAST_OK_SHARE);
}

function isVoid(cells: readonly Cell[]): boolean {
  const trials = cells.flatMap((cell) => cell.trials);
  return trials.length > 0 && trials.every(({ valid }) => valid === false);
}

/** What the branch had before counts as well: it is still slower than what was accepted. */
function isLoss({ gated, finding }: MetricRow): boolean {
  return gated && finding === "regressed";
}

/** Over the valid trials; a cell without any is 1, it feeds nothing. */
function answeredShare({ trials }: Cell): number {
  const counts = trials.flatMap(({ valid, counts }) => (valid === false || counts === undefined ? [] : [counts]));
  const requests = counts.reduce((sum, count) => sum + count.requests, 0);
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  return requests === 0 ? 1 : 1 - failed / requests;
}

/** How a workload's numbers moved from one phase to another, model by model. */
import { cellSample } from "../compare/cell-sample.ts";
import type { Cell } from "../model/results.ts";
import { centre } from "../stats/centre.ts";
import { type LogWorkload, logModels, startValues } from "./log-phases.ts";

/** A change under this is called none. */
export const COUNTS_FROM = 0.05;

/** One metric of one model. */
export interface ModelChange {
  readonly model: string;
  /** Escaped. */
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** to ÷ from − 1. */
  readonly change: number;
  /** |ln(to ÷ from)|: doubling and halving are alike. */
  readonly size: number;
  /** Large enough to speak of, and no trial of one phase lies among those of the other. */
  readonly counts: boolean;
}

/** Failed requests of one model in the later phase, where they are a larger share than before. */
export interface MoreFailures {
  readonly label: string;
  readonly failed: number;
  readonly requests: number;
}

export interface WorkloadChanges {
  readonly later: LogWorkload;
  /** Cells of the later phase that have one to compare with. */
  readonly cells: readonly Cell[];
  /** Models of the later phase that were asked something else before, escaped. */
  readonly askedOtherwise: readonly string[];
  readonly moreFailures: readonly MoreFailures[];
  /** Models that have the metric in both phases. */
  of(metric: string): readonly ModelChange[];
}

/** Only cells of the same schedule are compared: other requests give other numbers on the same server. */
export function workloadChanges(earlier: LogWorkload, later: LogWorkload): WorkloadChanges {
  const models = logModels(later.cells);
  const pairs = models.flatMap(({ model, label }) => {
    const before = earlier.cells.find((cell) => cell.model === model);
    const after = later.cells.find((cell) => cell.model === model);
    return before === undefined || after === undefined ? [] : [{ model, label, before, after }];
  });
  const comparable = pairs.filter(({ before, after }) => before.scheduleHash === after.scheduleHash);
  return {
    later,
    cells: comparable.map(({ after }) => after),
    askedOtherwise: pairs.filter((pair) => !comparable.includes(pair)).map(({ label }) => label),
    moreFailures: comparable.flatMap(moreFailures),
    of: (metric) =>
      comparable.flatMap(({ model, label, before, after }) => {
        const change = modelChange(startValues(before, metric), startValues(after, metric));
        return change === undefined ? [] : [{ model, label, ...change }];
      }),
  };
}

function modelChange(
  before: readonly number[],
  after: readonly number[],
): Omit<ModelChange, "model" | "label"> | undefined {
  if (before.length === 0 || after.length === 0) return undefined;
  const from = centre(before);
  const to = centre(after);
  if (!(from > 0 && to > 0)) return undefined;
  const change = to / from - 1;
  const counts = Math.abs(change) >= COUNTS_FROM && liesApart(before, after);
  return { from, to, change, size: Math.abs(Math.log(to / from)), counts };
}

/** With one trial on a side nobody can tell: the size alone decides. */
function liesApart(before: readonly number[], after: readonly number[]): boolean {
  if (Math.min(before.length, after.length) < 2) return true;
  return Math.max(...before) < Math.min(...after) || Math.max(...after) < Math.min(...before);
}

function moreFailures(pair: { label: string; before: Cell; after: Cell }): readonly MoreFailures[] {
  const before = cellSample(pair.before).failures;
  const after = cellSample(pair.after).failures;
  if (after.failed === 0 || after.failed * before.total <= before.failed * after.total) return [];
  return [{ label: pair.label, failed: after.failed, requests: after.total }];
}

/** What was measured in turns with the base build: which suspicions that cleared, and how many pairs it took. */
import { metricById } from "../metrics/catalogue.ts";
import type { ComparedCell, Comparison, MetricRow } from "../model/comparison.ts";
import { gatedRows, isSuspicious, rowsOf } from "./comment-scope.ts";
import type { ReportInput } from "./input.ts";
import type { Words } from "./text.ts";

/** Whether there was anything to compare with: stored runs, or the base build itself. */
export function isCompared(comparison: Comparison): boolean {
  return comparison.baselineRuns > 0 || rowsOf(comparison.cells).some(({ row }) => row.stage === "confirmation");
}

/** A first run that was measured in turns with the base build is no first baseline to its reader. */
export function isFirstBaseline(comparison: Comparison): boolean {
  return comparison.exitReason === "first-baseline" && !isCompared(comparison);
}

/** Measured in turns from the start, with no history behind it. */
export function isPaired({ candidate }: ReportInput, comparison: Comparison): boolean {
  return isCompared(comparison) && (candidate.method === "paired" || comparison.baselineRuns === 0);
}

/** "6 pairs", or "3–6 pairs" where some workloads were decided sooner; absent where no row was judged by any. */
export function pairsText(comparison: Comparison, words: Words): string | undefined {
  const pairs = gatedRows(comparison).flatMap(({ row }) => row.confirmation?.pairs ?? []);
  const [fewest, most] = [Math.min(...pairs), Math.max(...pairs)];
  if (pairs.length === 0) return undefined;
  return fewest === most
    ? words.t("comment.pair-count", { count: most })
    : words.t("comment.pair-range", { low: fewest, count: most });
}

/** Workloads that looked worse against the history, and with the base build beside them do not. */
export function clearedCells({ cells }: Comparison): readonly ComparedCell[] {
  return cells.filter(({ metrics }) => {
    const gated = metrics.filter((row) => row.gated);
    return gated.some(lookedWorse) && !gated.some((row) => row.finding === "regressed" || isSuspicious(row));
  });
}

/** Of the min-effect: what has to show in the history before a row is measured again (GS §1.5). */
const SCREEN_SHARE = 0.4;
const SCREEN_P = 0.1;
/** With fewer runs the p of a history says little, and its size alone sends a row into the confirmation. */
const KNOWN_RUNS = 3;

/** Whether the history had something against this row, which the confirmation then decided. */
export function lookedWorse({ screen, metric, minEffect, baselineRuns }: MetricRow): boolean {
  if (screen === undefined || minEffect === undefined) return false;
  const loss = Math.log(Math.max(1e-9, 1 + screen.change)) * (metricById(metric)?.better === "higher" ? -1 : 1);
  return loss >= Math.log(1 + SCREEN_SHARE * minEffect) && (screen.p < SCREEN_P || baselineRuns < KNOWN_RUNS);
}

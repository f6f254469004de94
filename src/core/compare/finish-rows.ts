import type { MetricRow } from "../model/comparison.ts";
import { holm } from "../stats/holm.ts";
import { toSignificant } from "../stats/significant.ts";
import type { DraftCell, DraftRow } from "./draft-row.ts";
import { estimateInterval } from "./history-estimate.ts";
import { judgeFailures } from "./judge-failures.ts";
import { type AdjustedP, CONFIDENCE, judgeTiming, minDetectable, type TimingCase } from "./judge-timing.ts";
import { laneSentence } from "./lane.ts";

/** The tests that share one level: every blocking timing with an estimate, over all cells. */
interface Family {
  readonly size: number;
  readonly adjusted: ReadonlyMap<DraftRow, AdjustedP>;
}

/** Judges every row, now that all of them are known: a list of rows for each cell, in the order given. */
export function finishRows(cells: readonly DraftCell[]): readonly (readonly MetricRow[])[] {
  const family = blockingFamily(cells.flatMap(({ rows }) => rows));
  const failureTests = cells.filter((cell) => cell.gated && cell.rows.some(isErrorTest)).length;
  return cells.map(({ rows }) =>
    rows.map((row) => finishRow(row, { family, failureTests: Math.max(1, failureTests) })),
  );
}

function blockingFamily(rows: readonly DraftRow[]): Family {
  const members = rows.flatMap((row) => (row.gated && row.case.kind === "timing" ? [{ row, ...row.case.timing }] : []));
  const worse = holm(members.map(({ estimate }) => estimate.pWorse));
  const better = holm(members.map(({ estimate }) => estimate.pBetter));
  const adjusted = new Map(
    members.map(({ row }, index) => [row, { worse: worse[index] ?? 1, better: better[index] ?? 1 }] as const),
  );
  return { size: Math.max(1, members.length), adjusted };
}

function isErrorTest(row: DraftRow): boolean {
  return row.metric.id === "error_rate" && row.case.kind === "failures";
}

function finishRow(draft: DraftRow, context: { readonly family: Family; readonly failureTests: number }): MetricRow {
  const { case: rowCase } = draft;
  if (rowCase.kind === "timing") return timingRow(draft, rowCase.timing, context.family);
  const shown = { ...shownValues(draft), ...changeOf(draft) };
  if (rowCase.kind === "failures") {
    const { finding, reason, pAdjusted } = judgeFailures(rowCase.candidate, rowCase.baseline, context.failureTests);
    const p = pAdjusted === undefined ? {} : { pAdjusted: toSignificant(pAdjusted) };
    return { ...shown, ...p, finding, reason, stage: "history", warnings: [] };
  }
  const { judgement, differs } = rowCase;
  return {
    ...shown,
    ...judgement,
    ...(differs === undefined ? { warnings: [] } : { warnings: [laneSentence(differs)], differs }),
  };
}

function timingRow(draft: DraftRow, timing: TimingCase, family: Family): MetricRow {
  // A row that does not block is no member: its p stands against the whole family, so that it never looks surer than one.
  const adjusted = family.adjusted.get(draft) ?? {
    worse: Math.min(1, timing.estimate.pWorse * family.size),
    better: Math.min(1, timing.estimate.pBetter * family.size),
  };
  const judgement = judgeTiming(timing, adjusted);
  const detectable = minDetectable(timing, family.size);
  return {
    ...shownValues(draft),
    change: toSignificant(changeFrom(timing.estimate.estimate, draft)),
    interval: changeInterval(timing, draft),
    pAdjusted: toSignificant(judgement.finding === "improved" ? adjusted.better : adjusted.worse),
    ...(detectable === undefined ? {} : { minDetectable: toSignificant(detectable) }),
    ...judgement,
    stage: "history",
    warnings: gateabilityWarnings(detectable, timing.minEffect),
  };
}

/** Times the minimum effect: a row that can only see more than this guards nothing. */
const GATEABLE = 4;

function gateabilityWarnings(detectable: number | undefined, minEffect: number): readonly string[] {
  if (detectable === undefined) return ["not gateable with one trial: a tail needs two or more"];
  if (detectable <= GATEABLE * minEffect) return [];
  return [`not gateable on this machine: would only see a worsening of ${Math.ceil(detectable * 100)}% or more`];
}

type Shown = Pick<
  MetricRow,
  "metric" | "gated" | "baseline" | "candidate" | "minEffect" | "baselineRuns" | "candidateTrials"
>;

function shownValues({
  metric,
  gated,
  baseline,
  candidate,
  minEffect,
  baselineRuns,
  candidateTrials,
}: DraftRow): Shown {
  return {
    metric: metric.id,
    gated,
    ...(baseline === undefined ? {} : { baseline: toSignificant(baseline) }),
    ...(candidate === undefined ? {} : { candidate: toSignificant(candidate) }),
    ...(minEffect === undefined ? {} : { minEffect: toSignificant(minEffect) }),
    baselineRuns,
    candidateTrials,
  };
}

function changeOf({ baseline, candidate }: DraftRow): { readonly change?: number } {
  if (baseline === undefined || candidate === undefined || !(baseline > 0)) return {};
  return { change: toSignificant(candidate / baseline - 1) };
}

/** Log-badness back to candidate ÷ baseline − 1. */
function changeFrom(badness: number, { metric }: DraftRow): number {
  return Math.exp(metric.better === "higher" ? -badness : badness) - 1;
}

function changeInterval({ estimate }: TimingCase, draft: DraftRow): NonNullable<MetricRow["interval"]> {
  const { low, high } = estimateInterval(estimate, CONFIDENCE);
  const ends = [changeFrom(low, draft), changeFrom(high, draft)].sort((a, b) => a - b).map(toSignificant);
  return { low: ends[0] ?? 0, high: ends[1] ?? 0, confidence: CONFIDENCE };
}

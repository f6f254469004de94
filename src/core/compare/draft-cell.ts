import { metricCatalogue } from "../metrics/catalogue.ts";
import type { Metric } from "../metrics/metric.ts";
import type { LaneDifference } from "../model/comparison.ts";
import { type CellCase, currentRuns } from "./cell-case.ts";
import { type CellSample, mergedSample, shownByRun, shownValues } from "./cell-sample.ts";
import { draftFailures } from "./draft-failures.ts";
import { draftTiming } from "./draft-history.ts";
import { draftPaired } from "./draft-paired.ts";
import { type DraftRow, type RowCase, settled } from "./draft-row.ts";
import { hindrances } from "./hindrance.ts";
import type { PairedSample } from "./paired-sample.ts";
import { type CellPolicy, rowValues, type Sides } from "./row-values.ts";

/** The rows of one cell: a row for each catalogue metric that either side has. */
export function draftRows(one: CellCase, differs: readonly LaneDifference[], context: CellPolicy): readonly DraftRow[] {
  const { sample, paired, history } = one;
  if (sample === undefined) return baselineOnlyRows(one, context, settled("missing", "not-measured"));
  const rowsBy = {
    unknown: () => newRows(sample, context),
    "other-lane": () => otherLaneRows(sample, differs, context),
    comparable: () => comparedRows(one, sample, context),
  };
  const byHistory = one.cell.trials.length === 0 ? [] : rowsBy[history.kind]();
  if (paired !== undefined) {
    const rows = pairedRows({ one, paired, byHistory }, context);
    return differs.length === 0 ? rows : rows.map((row) => ({ ...row, differs }));
  }
  return byHistory.length > 0 ? byHistory : baselineOnlyRows(one, context, settled("invalid", "no-valid-trial"));
}

/** Rows of a cell that both sides have in the same lane. */
function comparedRows(one: CellCase, sample: CellSample, context: CellPolicy): readonly DraftRow[] {
  if (sample.trials.length === 0) return baselineOnlyRows(one, context, settled("invalid", "no-valid-trial"));
  const runs = currentRuns(one).map((run) => run.sample);
  const found = hindrances(sample, runs);
  return metricCatalogue.flatMap((metric) => {
    const sides = {
      candidate: shownValues(sample, metric.id),
      runs: shownByRun(runs, metric.id),
    };
    if (sides.candidate.length === 0 && sides.runs.length === 0) return [];
    const { gating } = metric;
    if (gating === undefined) return [{ ...rowValues(metric, sides, context), case: reportedOnly(sides) }];
    if (gating.kind === "failures") return [draftFailures(metric, one, context)];
    return [draftTiming({ metric, gating, one, sample }, found, context)];
  });
}

interface Confirmed {
  readonly one: CellCase;
  readonly paired: PairedSample;
  /** Rows by the history; empty where the candidate has no trials. */
  readonly byHistory: readonly DraftRow[];
}

/** Rows of a cell that was measured in turns with the base build: every row shows that estimate. */
function pairedRows(confirmed: Confirmed, context: CellPolicy): readonly DraftRow[] {
  const { one, paired, byHistory } = confirmed;
  const side = (arm: "base" | "candidate") => mergedSample(paired.pairs.map((pair) => pair[arm]));
  const arms = { base: side("base"), candidate: side("candidate") };
  const found = hindrances({ ...arms.candidate, failures: paired.failures.candidate }, [arms.base]);
  const rows = metricCatalogue.map((metric) => {
    const known = byHistory.find((row) => row.metric === metric);
    const { gating } = metric;
    if (gating === undefined) return reportedRow(metric, { ...arms, known }, context);
    if (gating.kind === "failures") return countedRow(draftFailures(metric, one, context));
    return draftPaired({ metric, gating, one, paired, byHistory: known }, found, context);
  });
  return rows.filter((row) => row !== undefined);
}

function countedRow(row: DraftRow): DraftRow | undefined {
  return row.candidate === undefined && row.baseline === undefined ? undefined : row;
}

interface Arms {
  readonly base: CellSample;
  readonly candidate: CellSample;
  readonly known: DraftRow | undefined;
}

/** A metric that is reported only, by the arms' values where they have it. */
function reportedRow(metric: Metric, { base, candidate, known }: Arms, context: CellPolicy): DraftRow | undefined {
  const sides = { candidate: shownValues(candidate, metric.id), base: shownValues(base, metric.id) };
  if (sides.candidate.length === 0) return known;
  const runs = sides.base.length === 0 ? [] : [sides.base];
  const values = rowValues(metric, { candidate: sides.candidate, runs }, context);
  return { ...values, baselineRuns: known?.baselineRuns ?? 0, case: settled("inconclusive", "not-judged") };
}

/** Rows of a cell that no record of the baseline has. */
function newRows(candidate: CellSample, context: CellPolicy): readonly DraftRow[] {
  return metricCatalogue.flatMap((metric): DraftRow[] => {
    const values = shownValues(candidate, metric.id);
    if (values.length === 0) return [];
    const allFailed = metric.id === "error_rate" && values.every((value) => value >= 1);
    const rowCase = allFailed ? settled("regressed", "all-failed") : settled("new", "no-baseline");
    return [{ ...rowValues(metric, { candidate: values, runs: [] }, context), case: rowCase }];
  });
}

/** Rows of a known cell whose records are all of another lane: the candidate's values alone, for nothing is compared. */
function otherLaneRows(
  candidate: CellSample,
  differs: readonly LaneDifference[],
  context: CellPolicy,
): readonly DraftRow[] {
  const rowCase = { ...settled("inconclusive", "not-comparable"), differs } as RowCase;
  return newRows(candidate, context).map((row) =>
    row.case.kind === "settled" && row.case.judgement.finding === "new" ? { ...row, case: rowCase } : row,
  );
}

/** Rows of a cell the candidate did not measure, or not validly. Never empty: the absence itself is a row. */
function baselineOnlyRows(one: CellCase, context: CellPolicy, rowCase: RowCase): readonly DraftRow[] {
  const runs = currentRuns(one).map(({ sample }) => sample);
  return metricCatalogue.flatMap((metric): DraftRow[] => {
    const values = shownByRun(runs, metric.id);
    if (values.length === 0 && metric.id !== "error_rate") return [];
    return [{ ...rowValues(metric, { candidate: [], runs: values }, context), case: rowCase }];
  });
}

function reportedOnly({ runs }: Sides): RowCase {
  return runs.length === 0 ? settled("new", "no-baseline") : settled("inconclusive", "not-judged");
}

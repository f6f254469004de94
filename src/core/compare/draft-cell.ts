import { metricCatalogue } from "../metrics/catalogue.ts";
import type { Metric, TimingGating } from "../metrics/metric.ts";
import type { LaneDifference } from "../model/comparison.ts";
import type { GatePolicy } from "../model/config.ts";
import { centre } from "../stats/centre.ts";
import type { FailureCount } from "../stats/fisher.ts";
import { type CellSample, judgedValues, shownValues } from "./cell-sample.ts";
import { type DraftRow, type RowCase, settled } from "./draft-row.ts";
import { type Hindrances, hindranceOf, hindrances } from "./hindrance.ts";
import { estimateFromHistory } from "./history-estimate.ts";
import { minEffectOf } from "./min-effect.ts";

/** What of the policy touches one cell. */
export interface CellPolicy {
  readonly workload: string;
  /** Whether its phase gates. */
  readonly gated: boolean;
  readonly policy: GatePolicy;
}

/** Rows of a cell that both sides have in the same lane: a row for each catalogue metric that either side has. */
export function comparedRows(
  candidate: CellSample,
  runs: readonly CellSample[],
  context: CellPolicy,
): readonly DraftRow[] {
  if (candidate.trials.length === 0) return baselineOnlyRows(runs, context, settled("invalid", "no-valid-trial"));
  const found = hindrances(candidate, runs);
  return metricCatalogue.flatMap((metric) => {
    const sides = {
      candidate: shownValues(candidate, metric.id),
      runs: runs.map((run) => shownValues(run, metric.id)).filter((values) => values.length > 0),
    };
    if (sides.candidate.length === 0 && sides.runs.length === 0) return [];
    const { gating } = metric;
    if (gating === undefined) return [{ ...facts(metric, sides, context), case: reportedOnly(sides) }];
    if (gating.kind === "failures") return [draftFailures({ metric, candidate, runs, sides }, context)];
    return [draftTiming({ metric, gating, candidate, runs, found, sides }, context)];
  });
}

/** Rows of a cell that no record of the baseline has. */
export function newRows(candidate: CellSample, context: CellPolicy): readonly DraftRow[] {
  const rows = metricCatalogue.flatMap((metric): DraftRow[] => {
    const values = shownValues(candidate, metric.id);
    if (values.length === 0) return [];
    const allFailed = metric.id === "error_rate" && values.every((value) => value >= 1);
    const rowCase = allFailed ? settled("regressed", "all-failed") : settled("new", "no-baseline");
    return [{ ...facts(metric, { candidate: values, runs: [] }, context), case: rowCase }];
  });
  return rows.length > 0 ? rows : baselineOnlyRows([], context, settled("invalid", "no-valid-trial"));
}

/** Rows of a known cell whose records are all of another lane: the candidate's values alone, for nothing is compared. */
export function otherLaneRows(
  candidate: CellSample,
  differs: readonly LaneDifference[],
  context: CellPolicy,
): readonly DraftRow[] {
  const rowCase = { ...settled("inconclusive", "not-comparable"), differs } as RowCase;
  const rows = newRows(candidate, context);
  return rows.map((row) =>
    row.case.kind === "settled" && row.case.judgement.finding === "new" ? { ...row, case: rowCase } : row,
  );
}

/** Rows of a cell the candidate did not measure, or not validly. Never empty: the absence itself is a row. */
export function baselineOnlyRows(
  runs: readonly CellSample[],
  context: CellPolicy,
  rowCase: RowCase,
): readonly DraftRow[] {
  return metricCatalogue.flatMap((metric): DraftRow[] => {
    const values = runs.map((run) => shownValues(run, metric.id)).filter((run) => run.length > 0);
    if (values.length === 0 && metric.id !== "error_rate") return [];
    return [{ ...facts(metric, { candidate: [], runs: values }, context), case: rowCase }];
  });
}

interface Sides {
  readonly candidate: readonly number[];
  /** One list a run, none empty. */
  readonly runs: readonly (readonly number[])[];
}

interface TimingSources {
  readonly metric: Metric;
  readonly gating: TimingGating;
  readonly candidate: CellSample;
  readonly runs: readonly CellSample[];
  readonly found: Hindrances;
  readonly sides: Sides;
}

function draftTiming(sources: TimingSources, context: CellPolicy): DraftRow {
  const { metric, gating, candidate, runs, found, sides } = sources;
  const minEffect = minEffectOf(context.policy, {
    metric: metric.id,
    workload: context.workload,
    factor: gating.factor,
  });
  const shown = { ...facts(metric, sides, context), minEffect };
  const hindrance = hindranceOf(metric, found);
  if (hindrance !== undefined) return { ...shown, case: settled("inconclusive", hindrance) };
  if (sides.runs.length === 0) return { ...shown, case: settled("new", "no-baseline") };
  const judged = {
    candidate: judgedValues(candidate, metric.id, gating),
    runs: runs.map((run) => judgedValues(run, metric.id, gating)).filter((values) => values.length > 0),
  };
  if (metric.id === "goodput" && judged.runs.length > 0 && isAllZero(sides.candidate)) {
    return { ...shown, case: settled("regressed", "gross") };
  }
  if (judged.candidate.length === 0 || judged.runs.length === 0) {
    return { ...shown, case: settled("inconclusive", "too-few-samples") };
  }
  const badness = (value: number) => (metric.better === "higher" ? -Math.log(value) : Math.log(value));
  const estimate = estimateFromHistory({
    runs: judged.runs.map((run) => run.map(badness)),
    trials: judged.candidate.map(badness),
    priorSd: gating.priorSd,
  });
  const timing = { estimate, minEffect, location: gating.location };
  return { ...facts(metric, judged, context), minEffect, case: { kind: "timing", timing } };
}

/** Values of a row. The baseline's is over runs, each the centre of its trials, so that a run counts once. */
function facts(metric: Metric, sides: Sides, { gated, policy }: CellPolicy): Omit<DraftRow, "case"> {
  const blocks =
    metric.gating?.kind === "failures" || (metric.gating !== undefined && policy.blocking.includes(metric.id));
  return {
    metric,
    gated: gated && blocks,
    ...(sides.runs.length === 0 ? {} : { baseline: centre(sides.runs.map(centre)) }),
    ...(sides.candidate.length === 0 ? {} : { candidate: centre(sides.candidate) }),
    baselineRuns: sides.runs.length,
    candidateTrials: sides.candidate.length,
  };
}

function reportedOnly({ runs }: Sides): RowCase {
  return runs.length === 0 ? settled("new", "no-baseline") : settled("inconclusive", "not-judged");
}

function draftFailures(sources: Omit<TimingSources, "gating" | "found">, context: CellPolicy): DraftRow {
  const { metric, candidate, runs, sides } = sources;
  const count = metric.id === "error_rate" ? ({ failures }: CellSample) => failures : countMismatches;
  const baseline = runs.map(count);
  const pooled = {
    failed: baseline.reduce((sum, { failed }) => sum + failed, 0),
    total: baseline.reduce((sum, { total }) => sum + total, 0),
  };
  const failures = count(candidate);
  const shown = facts(metric, sides, context);
  if (failures.total === 0) return { ...shown, case: uncountedFailures(shown) };
  return {
    ...shown,
    ...(pooled.total === 0 ? {} : { baseline: pooled.failed / pooled.total }),
    candidate: failures.failed / failures.total,
    case: { kind: "failures", candidate: failures, baseline: pooled },
  };
}

/** Of a rate that came without counts only the plain cases can be told. */
function uncountedFailures({ candidate, baseline }: { candidate?: number; baseline?: number }): RowCase {
  if (candidate === undefined) return settled("inconclusive", "too-few-samples");
  if (candidate >= 1) return settled("regressed", "all-failed");
  if (candidate === 0) return settled("unchanged", (baseline ?? 0) === 0 ? "equal" : "no-more-failures");
  return candidate <= (baseline ?? 0)
    ? settled("unchanged", "no-more-failures")
    : settled("inconclusive", "some-failures");
}

function countMismatches({ trials }: CellSample): FailureCount {
  let failed = 0;
  let total = 0;
  for (const { summary, counts } of trials) {
    const rate = summary?.["mismatch_rate"];
    if (rate === undefined || counts === undefined) continue;
    const answered = counts.requests - counts.failed;
    failed += Math.round(rate * answered);
    total += answered;
  }
  return { failed, total };
}

function isAllZero(values: readonly number[]): boolean {
  return values.length > 0 && values.every((value) => value === 0);
}

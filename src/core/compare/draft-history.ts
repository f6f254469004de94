/** A timing of the candidate's trials against the history's runs. */
import type { Metric, TimingGating } from "../metrics/metric.ts";
import type { Source } from "../model/results.ts";
import { badness } from "./badness.ts";
import { type CellCase, currentRuns, type SampledRun } from "./cell-case.ts";
import { type CellSample, judgedValues, shownByRun, shownValues } from "./cell-sample.ts";
import { type DraftRow, type HistoryTiming, settled } from "./draft-row.ts";
import { type Hindrances, hindranceOf } from "./hindrance.ts";
import { type EpochValues, estimateFromHistory } from "./history-estimate.ts";
import { minEffectOf } from "./min-effect.ts";
import { type CellPolicy, rowValues } from "./row-values.ts";
import { isScreened } from "./screen.ts";

export interface TimedMetric {
  readonly metric: Metric;
  readonly gating: TimingGating;
}

interface Timed extends TimedMetric {
  readonly one: CellCase;
  readonly sample: CellSample;
}

export function draftTiming(timed: Timed, found: Hindrances, context: CellPolicy): DraftRow {
  const { metric, gating, one, sample } = timed;
  const minEffect = minEffectFor(timed, context);
  const sides = {
    candidate: shownValues(sample, metric.id),
    runs: shownByRun(
      currentRuns(one).map((current) => current.sample),
      metric.id,
    ),
  };
  const shown = { ...rowValues(metric, sides, context), minEffect };
  const hindrance = hindranceOf(metric, found);
  if (hindrance !== undefined) return { ...shown, case: settled("inconclusive", hindrance) };
  if (sides.runs.length === 0) return { ...shown, case: settled("new", "no-baseline") };
  const candidate = judgedValues(sample, metric.id, gating);
  const epochs = one.epochs.map((runs) => judgedRuns(runs, timed));
  const judged = { candidate, runs: valuesOf(epochs.at(-1) ?? []) };
  if (metric.id === "goodput" && judged.runs.length > 0 && isAllZero(sides.candidate)) {
    return { ...shown, case: settled("regressed", "gross") };
  }
  if (judged.candidate.length === 0 || judged.runs.length === 0) {
    return { ...shown, case: settled("inconclusive", "too-few-samples") };
  }
  const row = { ...rowValues(metric, judged, context), minEffect };
  const screening = { minEffect, gated: row.gated, level: context.screenLevel };
  const timing = historyTiming(timed, { candidate, epochs }, screening);
  return { ...row, case: { kind: "history", timing } };
}

export function minEffectFor({ metric, gating }: TimedMetric, { policy, workload }: CellPolicy): number {
  return minEffectOf(policy, { metric: metric.id, workload, factor: gating.factor });
}

interface Screening {
  readonly minEffect: number;
  readonly gated: boolean;
  readonly level: number;
}

interface JudgedSides {
  readonly candidate: readonly number[];
  /** The last one is the baseline. */
  readonly epochs: readonly (readonly JudgedRun[])[];
}

function historyTiming(timed: Timed, judged: JudgedSides, screening: Screening): HistoryTiming {
  const { metric, gating, one } = timed;
  const { minEffect, gated, level } = screening;
  const { priorSd, location } = gating;
  const trials = judged.candidate.map((value) => badness(value, metric));
  const epochs = judged.epochs.map((runs) => badnessOf(runs, metric)).filter(({ length }) => length > 0);
  const estimate = estimateFromHistory({ epochs, trials, priorSd });
  const slower = badnessOf(judgedRuns(one.suspects, timed), metric);
  const sinceSuspect =
    slower.length === 0
      ? undefined
      : {
          estimate: estimateFromHistory({ epochs: [...epochs, slower], trials, priorSd }),
          since: sinceText(one.suspects[0]?.run.results),
        };
  const looksWorse = isScreened(estimate, minEffect, level);
  const isWorseThanBranch = sinceSuspect === undefined || isScreened(sinceSuspect.estimate, minEffect, level);
  return {
    estimate,
    minEffect,
    location,
    isScreened: gated && looksWorse && isWorseThanBranch,
    ...(sinceSuspect === undefined ? {} : { sinceSuspect }),
    source: { epochs, orders: (judged.epochs.at(-1) ?? []).map(({ order }) => order), priorSd },
  };
}

/** What the gate believes of one run; never without a value. */
interface JudgedRun {
  readonly order: number;
  readonly values: readonly number[];
}

function judgedRuns(runs: readonly SampledRun[], { metric, gating }: TimedMetric): readonly JudgedRun[] {
  return runs
    .map(({ run, sample }) => ({ order: run.order, values: judgedValues(sample, metric.id, gating) }))
    .filter(({ values }) => values.length > 0);
}

function valuesOf(runs: readonly JudgedRun[]): readonly (readonly number[])[] {
  return runs.map(({ values }) => values);
}

function badnessOf(runs: readonly JudgedRun[], metric: Metric): EpochValues {
  return runs.map(({ values }) => values.map((value) => badness(value, metric)));
}

/** The commit that a reader looks up; without one, the day. */
function sinceText(results: { readonly source?: Source; readonly createdAt: string } | undefined): string {
  return results?.source?.sha?.slice(0, 12) ?? results?.createdAt.slice(0, 10) ?? "";
}

function isAllZero(values: readonly number[]): boolean {
  return values.length > 0 && values.every((value) => value === 0);
}

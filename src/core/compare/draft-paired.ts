/** A timing of interleaved arms: what a row of a confirmed cell is judged by. */
import { centre } from "../stats/centre.ts";
import { badness } from "./badness.ts";
import type { CellCase } from "./cell-case.ts";
import { judgedValues, shownValues } from "./cell-sample.ts";
import { minEffectFor, type TimedMetric } from "./draft-history.ts";
import type { DraftRow, HistoryTiming, PairedLook, RowCase } from "./draft-row.ts";
import { type Hindrances, hindranceOf } from "./hindrance.ts";
import { estimateFromPairs } from "./paired-estimate.ts";
import { PAIRS_A_LOOK, type PairedSample } from "./paired-sample.ts";
import { type CellPolicy, rowValues } from "./row-values.ts";

interface Armed extends TimedMetric {
  readonly one: CellCase;
  readonly paired: PairedSample;
  /** The same row by the history; absent where the cell has none. */
  readonly byHistory: DraftRow | undefined;
}

export function draftPaired(armed: Armed, found: Hindrances, context: CellPolicy): DraftRow | undefined {
  const { byHistory } = armed;
  const sides = armValues(armed);
  const isSilent = sides.candidate.length === 0 && sides.base.length === 0;
  if (isSilent && screeningOf(byHistory)?.isScreened !== true) return byHistory;
  const row = {
    ...rowValues(armed.metric, { candidate: sides.candidate, runs: sides.base.map((value) => [value]) }, context),
    baselineRuns: byHistory?.baselineRuns ?? 0,
    candidateTrials: byHistory?.candidateTrials ?? 0,
    minEffect: minEffectFor(armed, context),
  };
  return { ...row, case: pairedCase(armed, found, row) };
}

function screeningOf(row: DraftRow | undefined): HistoryTiming | undefined {
  return row?.case.kind === "history" ? row.case.timing : undefined;
}

function pairedCase(
  armed: Armed,
  found: Hindrances,
  { gated, minEffect }: { readonly gated: boolean; readonly minEffect: number },
): RowCase {
  const { metric, paired, byHistory } = armed;
  const screening = screeningOf(byHistory);
  const [first, all] = [lookOf(armed, PAIRS_A_LOOK), lookOf(armed, Number.POSITIVE_INFINITY)];
  const hindrance = hindranceOf(metric, found);
  if (hindrance !== undefined || all === undefined) {
    const reason = paired.pairs.length < 2 ? "too-few-pairs" : (hindrance ?? "too-few-samples");
    const screened = screening?.isScreened === true ? { screenedRan: paired.ran } : {};
    return { kind: "settled", judgement: { finding: "inconclusive", reason }, ...screened };
  }
  const timing = {
    minEffect,
    // What the history has nothing to say of is tested like what it spoke against.
    isMember: gated && (screening === undefined || screening.isScreened),
    ...(screening === undefined ? {} : { screen: screening.estimate }),
    looks: { ...(first === undefined ? {} : { 1: first }), 2: all },
    ran: paired.ran,
  };
  return { kind: "paired", timing };
}

/** Over the pairs before `end` of which both arms have a value that the gate believes; undefined with fewer than two. */
function lookOf(armed: Armed, end: number): PairedLook | undefined {
  const { metric, gating, one, paired } = armed;
  const values = paired.pairs
    .filter(({ index }) => index < end)
    .flatMap(({ base, candidate }) => {
      const [before] = judgedValues(base, metric.id, gating);
      const [after] = judgedValues(candidate, metric.id, gating);
      return before === undefined || after === undefined ? [] : [{ before, after }];
    });
  if (values.length < 2) return undefined;
  const runs = one.epochs.flat().map(({ sample }) => judgedValues(sample, metric.id, gating));
  return {
    estimate: estimateFromPairs({
      differences: values.map(({ before, after }) => badness(after, metric) - badness(before, metric)),
      runs: runs.map((run) => run.map((value) => badness(value, metric))),
      priorSd: gating.priorTrialSd,
    }),
    baseline: centre(values.map(({ before }) => before)),
    candidate: centre(values.map(({ after }) => after)),
  };
}

function armValues({ metric, paired }: Armed): {
  readonly base: readonly number[];
  readonly candidate: readonly number[];
} {
  return {
    base: paired.pairs.flatMap(({ base }) => shownValues(base, metric.id)),
    candidate: paired.pairs.flatMap(({ candidate }) => shownValues(candidate, metric.id)),
  };
}

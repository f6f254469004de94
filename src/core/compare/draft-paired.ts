/** A timing of interleaved arms: what a row of a confirmed cell is judged by. */
import { centre } from "../stats/centre.ts";
import { badness } from "./badness.ts";
import type { CellCase } from "./cell-case.ts";
import { judgedValues, shownValues } from "./cell-sample.ts";
import { minEffectFor, type TimedMetric } from "./draft-history.ts";
import { type DraftRow, type PairedLook, type RowCase, settled } from "./draft-row.ts";
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
  const { metric, byHistory } = armed;
  const sides = armValues(armed);
  if (sides.candidate.length === 0 && sides.base.length === 0) return byHistory;
  const row = {
    ...rowValues(metric, { candidate: sides.candidate, runs: sides.base.map((value) => [value]) }, context),
    baselineRuns: byHistory?.baselineRuns ?? 0,
    candidateTrials: byHistory?.candidateTrials ?? 0,
    minEffect: minEffectFor(armed, context),
  };
  const hindrance = hindranceOf(metric, found);
  return { ...row, case: hindrance === undefined ? pairedCase(armed, row) : settled("inconclusive", hindrance) };
}

function pairedCase(
  armed: Armed,
  { gated, minEffect }: { readonly gated: boolean; readonly minEffect: number },
): RowCase {
  const { one, paired, byHistory } = armed;
  const [first, all] = [lookOf(armed, PAIRS_A_LOOK), lookOf(armed, Number.POSITIVE_INFINITY)];
  if (all === undefined) return settled("inconclusive", paired.pairs.length < 2 ? "too-few-pairs" : "too-few-samples");
  const history = byHistory?.case.kind === "history" ? byHistory.case.timing : undefined;
  const isUnscreenable = one.epochs.length === 0 || one.cell.trials.length === 0;
  const timing = {
    minEffect,
    isMember: gated && (isUnscreenable || history?.isScreened === true),
    ...(history === undefined ? {} : { screen: history.estimate }),
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

/** Rows that the confirmation decides. */
import type { MetricRow } from "../model/comparison.ts";
import { toSignificant } from "../stats/significant.ts";
import { changeFrom } from "./badness.ts";
import type { ConfirmationOutcome } from "./decide-confirmation.ts";
import type { DraftRow, PairedTiming } from "./draft-row.ts";
import { estimatedChange, gateabilityWarnings, shownValues } from "./finished-row.ts";
import { type AdjustedP, type Judgement, judgeTiming, minDetectable, type TimingCase } from "./judge-timing.ts";
import { PAIRS_A_LOOK } from "./paired-sample.ts";
import { type Look, pairedProof, pairsThatPoint } from "./proof.ts";

interface PairedFinishing {
  readonly confirmation: ConfirmationOutcome | undefined;
  readonly isOutOfTime: boolean;
}

export function pairedRow(draft: DraftRow, timing: PairedTiming, finishing: PairedFinishing): MetricRow {
  const { confirmation } = finishing;
  const look = confirmation?.lookOf.get(draft) ?? (timing.ran > PAIRS_A_LOOK ? 2 : 1);
  const seen = timing.looks[look] ?? timing.looks[2];
  if (seen === undefined) {
    return { ...shownValues(draft), finding: "inconclusive", reason: "too-few-pairs", warnings: [] };
  }
  const { estimate, baseline, candidate } = seen;
  const size = confirmation?.familySize ?? 1;
  const adjusted: AdjustedP = confirmation?.adjusted.get(draft) ?? {
    worse: Math.min(1, estimate.pWorse * size),
    better: Math.min(1, estimate.pBetter * size),
  };
  const timed: TimingCase = {
    estimate,
    minEffect: timing.minEffect,
    proof: pairedProof(estimate, timing.minEffect, look),
  };
  const judgement = judgeTiming(timed, adjusted);
  const detectable = minDetectable(timed, size);
  return {
    ...shownValues({ ...draft, baseline, candidate }),
    ...estimatedChange(estimate, draft),
    pAdjusted: toSignificant(judgement.finding === "improved" ? adjusted.better : adjusted.worse),
    ...(detectable === undefined ? {} : { minDetectable: toSignificant(detectable) }),
    ...settledBy(judgement, { draft, timing, finishing }),
    stage: "confirmation",
    ...screenOf(draft, timing),
    confirmation: { pairs: estimate.differences.length, worse: pairsThatPoint(estimate.differences, 1), look },
    warnings: gateabilityWarnings(detectable, timing.minEffect),
  };
}

function screenOf({ metric }: DraftRow, { screen }: PairedTiming): Pick<MetricRow, "screen"> {
  if (screen === undefined) return {};
  return { screen: { change: toSignificant(changeFrom(screen.estimate, metric)), p: toSignificant(screen.pWorse) } };
}

interface Settling {
  readonly draft: DraftRow;
  readonly timing: PairedTiming;
  readonly finishing: PairedFinishing;
}

/**
 * Only a screened row can block: one that the history had nothing against, and that looks worse now, was not among the
 * tests that share the level. And what is still open when the time is over was not decided.
 */
function settledBy(judgement: Judgement, { draft, timing, finishing }: Settling): Judgement {
  const { confirmation, isOutOfTime } = finishing;
  if (judgement.finding === "regressed" && draft.gated && !timing.isMember) {
    return { finding: "inconclusive", reason: "suspicious" };
  }
  const isCutShort = isOutOfTime && confirmation?.open.has(draft) === true && isShort(timing, confirmation.look);
  return isCutShort ? { finding: "inconclusive", reason: "not-confirmed" } : judgement;
}

function isShort({ ran }: PairedTiming, look: Look): boolean {
  return ran < look * PAIRS_A_LOOK;
}

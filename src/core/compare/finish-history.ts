/** Rows that the history decides. */
import type { MetricRow } from "../model/comparison.ts";
import { toSignificant } from "../stats/significant.ts";
import type { DraftRow, HistoryTiming } from "./draft-row.ts";
import { estimatedChange, gateabilityWarnings, shownValues } from "./finished-row.ts";
import { type AdjustedP, type Judgement, judgeTiming, minDetectable } from "./judge-timing.ts";
import { historyProof } from "./proof.ts";

export interface HistoryFamily {
  readonly size: number;
  readonly adjusted: ReadonlyMap<DraftRow, AdjustedP>;
}

interface HistoryFinishing {
  readonly family: HistoryFamily;
  /** A confirmation ran: the history alone proves no loss then. */
  readonly confirms: boolean;
}

export function historyRow(draft: DraftRow, timing: HistoryTiming, { family, confirms }: HistoryFinishing): MetricRow {
  const { estimate, minEffect, location } = timing;
  const adjusted = adjustedP(draft, timing, family);
  const timed = { estimate, minEffect, proof: historyProof(estimate, { minEffect, location }) };
  const judgement = judgeTiming(timed, adjusted);
  const detectable = minDetectable(timed, family.size);
  return {
    ...shownValues(draft),
    ...estimatedChange(estimate, draft),
    pAdjusted: toSignificant(judgement.finding === "improved" ? adjusted.better : adjusted.worse),
    ...(detectable === undefined ? {} : { minDetectable: toSignificant(detectable) }),
    ...settledBy(judgement, { draft, timing, confirms }),
    stage: "history",
    warnings: gateabilityWarnings(detectable, minEffect),
  };
}

/** A row that does not block is no member: its p stands against the whole family, so that it never looks surer than one. */
function adjustedP(draft: DraftRow, { estimate }: HistoryTiming, family: HistoryFamily): AdjustedP {
  return (
    family.adjusted.get(draft) ?? {
      worse: Math.min(1, estimate.pWorse * family.size),
      better: Math.min(1, estimate.pBetter * family.size),
    }
  );
}

interface Settling {
  readonly draft: DraftRow;
  readonly timing: HistoryTiming;
  readonly confirms: boolean;
}

/** A loss that the base branch has as well is not the candidate's; one that waits for its confirmation is not proven. */
function settledBy(
  judgement: Judgement,
  { draft, timing, confirms }: Settling,
): Judgement & Pick<MetricRow, "inherited"> {
  if (judgement.finding === "regressed" && draft.gated) {
    const { sinceSuspect, minEffect } = timing;
    if (sinceSuspect !== undefined && !isWorseThan(sinceSuspect.estimate, minEffect, timing.location)) {
      return { ...judgement, inherited: { since: sinceSuspect.since } };
    }
  }
  if (confirms && draft.gated && (timing.isScreened || judgement.finding === "regressed")) {
    return { finding: "inconclusive", reason: "not-confirmed" };
  }
  return judgement;
}

/** p under which the candidate counts as worse than a base branch that is slow itself. */
const WORSE_THAN_BRANCH = 0.1;

function isWorseThan(estimate: HistoryTiming["estimate"], minEffect: number, location: boolean): boolean {
  const { blockFloor } = historyProof(estimate, { minEffect, location });
  return estimate.estimate >= blockFloor && estimate.pWorse < WORSE_THAN_BRANCH;
}

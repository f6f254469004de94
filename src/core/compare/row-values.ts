/** The values of a row, before anything is judged. */
import type { Metric } from "../metrics/metric.ts";
import type { GatePolicy } from "../model/config.ts";
import { centre } from "../stats/centre.ts";
import type { DraftRow } from "./draft-row.ts";

/** What of the policy touches one cell. */
export interface CellPolicy {
  readonly workload: string;
  /** Whether its phase gates. */
  readonly gated: boolean;
  readonly policy: GatePolicy;
  /** The p under which a row is screened. */
  readonly screenLevel: number;
}

export interface Sides {
  readonly candidate: readonly number[];
  /** One list a run, none empty. */
  readonly runs: readonly (readonly number[])[];
}

/** The baseline's value is over runs, each the centre of its trials, so that a run counts once. */
export function rowValues(metric: Metric, { candidate, runs }: Sides, context: CellPolicy): Omit<DraftRow, "case"> {
  return {
    metric,
    gated: isBlocking(metric, context),
    ...(runs.length === 0 ? {} : { baseline: centre(runs.map(centre)) }),
    ...(candidate.length === 0 ? {} : { candidate: centre(candidate) }),
    baselineRuns: runs.length,
    candidateTrials: candidate.length,
  };
}

/** Failures block whatever the policy says. */
function isBlocking({ id, gating }: Metric, { gated, policy }: CellPolicy): boolean {
  return gated && (gating?.kind === "failures" || (gating !== undefined && policy.blocking.includes(id)));
}

import type { Metric } from "../metrics/metric.ts";
import type { LaneDifference } from "../model/comparison.ts";
import type { FailureCount } from "../stats/fisher.ts";
import type { Judgement, TimingCase } from "./judge-timing.ts";

/** A row before the family of tests is known: its values, and what there is to judge. */
export interface DraftRow {
  readonly metric: Metric;
  readonly gated: boolean;
  readonly baseline?: number;
  readonly candidate?: number;
  readonly baselineRuns: number;
  readonly candidateTrials: number;
  readonly minEffect?: number;
  readonly case: RowCase;
}

export type RowCase =
  | { readonly kind: "timing"; readonly timing: TimingCase }
  | { readonly kind: "failures"; readonly candidate: FailureCount; readonly baseline: FailureCount }
  | { readonly kind: "settled"; readonly judgement: Judgement; readonly differs?: readonly LaneDifference[] };

/** One cell of the comparison, as drafted. `gated`: its phase gates. */
export interface DraftCell {
  readonly id: string;
  readonly gated: boolean;
  readonly rows: readonly DraftRow[];
}

export function settled(finding: Judgement["finding"], reason: Judgement["reason"]): RowCase {
  return { kind: "settled", judgement: { finding, reason } };
}

import type { Metric } from "../metrics/metric.ts";
import type { LaneDifference, MetricRow } from "../model/comparison.ts";
import type { FailureCount } from "../stats/fisher.ts";
import type { EpochValues, HistoryEstimate } from "./history-estimate.ts";
import type { Judgement } from "./judge-timing.ts";
import type { PairedEstimate } from "./paired-estimate.ts";
import type { Look } from "./proof.ts";

/** A row before the family of tests is known: its values, and what there is to judge. */
export interface DraftRow {
  readonly metric: Metric;
  readonly gated: boolean;
  readonly baseline?: number;
  readonly candidate?: number;
  readonly baselineRuns: number;
  readonly candidateTrials: number;
  readonly minEffect?: number;
  /** Of a cell that the history knows in another lane only. */
  readonly differs?: readonly LaneDifference[];
  readonly case: RowCase;
}

export type RowCase =
  | { readonly kind: "history"; readonly timing: HistoryTiming }
  | { readonly kind: "paired"; readonly timing: PairedTiming }
  | {
      readonly kind: "failures";
      readonly candidate: FailureCount;
      readonly baseline: FailureCount;
      readonly stage: NonNullable<MetricRow["stage"]>;
    }
  | {
      readonly kind: "settled";
      readonly judgement: Judgement;
      readonly differs?: readonly LaneDifference[];
      /** Of a screened row whose arms could not be put to a test: the pairs that ran. It keeps its place in the family. */
      readonly screenedRan?: number;
    };

/** A timing of the candidate's trials and of the history's runs. */
export interface HistoryTiming {
  readonly estimate: HistoryEstimate;
  readonly minEffect: number;
  readonly location: boolean;
  /** Looks bad enough to be measured again in turns with the base build, where there is one. */
  readonly isScreened: boolean;
  /** Against the suspect runs of the base branch since then, where there are some. */
  readonly sinceSuspect?: { readonly estimate: HistoryEstimate; readonly since: string };
  /** What the estimate came from, for the check of the history against itself. */
  readonly source: {
    readonly epochs: readonly EpochValues[];
    readonly orders: readonly number[];
    readonly priorSd: number;
  };
}

/** A timing of interleaved arms. */
export interface PairedTiming {
  readonly minEffect: number;
  /** Belongs to the family of tests: it was screened, or there was no history to screen it by. */
  readonly isMember: boolean;
  /** What the history had said. */
  readonly screen?: HistoryEstimate;
  /** After the pairs of the first look, and after all of them; a look that has fewer than two whole pairs is absent. */
  readonly looks: { readonly [look in Look]?: PairedLook };
  /** Pairs that ran, whole or not. */
  readonly ran: number;
}

export interface PairedLook {
  readonly estimate: PairedEstimate;
  readonly baseline: number;
  readonly candidate: number;
}

/** One cell of the comparison, as drafted. `gated`: its phase gates. */
export interface DraftCell {
  readonly id: string;
  readonly gated: boolean;
  readonly rows: readonly DraftRow[];
}

export function settled(finding: Judgement["finding"], reason: Judgement["reason"]): RowCase {
  return { kind: "settled", judgement: { finding, reason } };
}

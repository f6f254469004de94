import type { ComparedCell } from "../model/comparison.ts";
import type { Cell } from "../model/results.ts";
import type { CellSample } from "./cell-sample.ts";
import type { CellHistory, StoredRun } from "./history.ts";
import type { PairedSample } from "./paired-sample.ts";

/** One cell with what the decision needs to know of it. */
export interface JudgedCell {
  readonly cell: ComparedCell;
  /** Its phase gates. */
  readonly gated: boolean;
  readonly history: CellHistory["kind"];
  /** Absent where the candidate did not measure the cell. */
  readonly sample?: CellSample;
  /** It was measured in turns with the base build. */
  readonly isPaired: boolean;
  /** Of the history's current epoch. */
  readonly runs: number;
}

/** One comparable run of a cell. */
export interface SampledRun {
  readonly run: StoredRun;
  readonly sample: CellSample;
}

/** What one cell is compared from; the next stages of the gate start here as well. */
export interface CellCase {
  readonly cell: Cell;
  readonly id: string;
  readonly gated: boolean;
  readonly history: CellHistory;
  /** The candidate's trials, or, where there are none, its arms of the confirmation. */
  readonly sample?: CellSample;
  /** Comparable runs, oldest first, cut where the base branch changed; the last epoch is the baseline. Empty: no run. */
  readonly epochs: readonly (readonly SampledRun[])[];
  /** Suspect runs of the base branch since then, oldest first. */
  readonly suspects: readonly SampledRun[];
  /** Arms of the confirmation, where they ran. */
  readonly paired?: PairedSample;
}

/** The runs that the baseline comes from. */
export function currentRuns({ epochs }: Pick<CellCase, "epochs">): readonly SampledRun[] {
  return epochs.at(-1) ?? [];
}

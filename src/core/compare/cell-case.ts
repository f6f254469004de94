import type { ComparedCell } from "../model/comparison.ts";
import type { Cell } from "../model/results.ts";
import type { CellSample } from "./cell-sample.ts";
import type { CellHistory } from "./history.ts";

/** One cell with what the decision needs to know of it. */
export interface JudgedCell {
  readonly cell: ComparedCell;
  /** Its phase gates. */
  readonly gated: boolean;
  readonly history: CellHistory["kind"];
  /** Absent where the candidate did not measure the cell. */
  readonly sample?: CellSample;
  readonly runs: number;
}

/** What one cell is compared from; the next stages of the gate start here as well. */
export interface CellCase {
  readonly cell: Cell;
  readonly id: string;
  readonly gated: boolean;
  readonly history: CellHistory;
  readonly sample?: CellSample;
  /** Of each comparable run, oldest first. */
  readonly runs: readonly CellSample[];
}

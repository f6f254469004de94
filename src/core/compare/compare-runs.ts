import { withSummaries } from "../metrics/with-summaries.ts";
import type { ComparedCell, GateWarning } from "../model/comparison.ts";
import type { GatePolicy } from "../model/config.ts";
import type { Cell, ResultsFile } from "../model/results.ts";
import { type CellCase, currentRuns, type JudgedCell } from "./cell-case.ts";
import { type CellCases, cellCases } from "./cell-cases.ts";
import { cellKey } from "./cell-key.ts";
import { draftRows } from "./draft-cell.ts";
import type { DraftCell } from "./draft-row.ts";
import { finishRows } from "./finish-rows.ts";
import { gateWarnings } from "./gate-warnings.ts";
import { historyFrom } from "./history.ts";
import { laneDifferences } from "./lane.ts";
import { screenLevel } from "./screen.ts";
import { serverMoves } from "./server-moves.ts";

export interface ComparisonInput {
  readonly baseline: readonly ResultsFile[];
  readonly candidate: ResultsFile;
  readonly policy: GatePolicy;
  /** Absent: those of the policy, else every phase in the data. */
  readonly gatedPhases?: readonly string[];
}

/** Every row of the comparison, before the run as a whole is decided. */
export interface ComparedRuns {
  readonly cells: readonly JudgedCell[];
  readonly warnings: readonly GateWarning[];
  /** The most of any cell. */
  readonly baselineRuns: number;
  /** What looked bad was measured again beside the base build: the history only chose what. */
  readonly isConfirming: boolean;
}

/** Every cell as it is compared, and its rows before the family of tests is known. */
export interface Drafted extends CellCases {
  /** With summaries. */
  readonly candidate: ResultsFile;
  /** One a case, in their order. */
  readonly drafts: readonly DraftCell[];
}

export function compareRuns(input: ComparisonInput): ComparedRuns {
  const { candidate, cases, cuts, drafts } = draftRuns(input);
  const { rows, confirmation } = finishRows(drafts, candidate);
  const isConfirming = confirmation !== undefined;
  const cells = cases.map((one, index) => judgedCell(one, comparedCell(one, rows[index] ?? [])));
  return {
    cells,
    warnings: gateWarnings({ cells, cases, cuts, drafts, candidate, policy: input.policy, isConfirming }),
    baselineRuns: cells.reduce((most, { runs, sample }) => (sample === undefined ? most : Math.max(most, runs)), 0),
    isConfirming,
  };
}

export function draftRuns(input: ComparisonInput): Drafted {
  const { policy, gatedPhases } = input;
  const candidate = withSummaries(input.candidate);
  const { cases, cuts } = cellCases({ candidate, history: historyFrom(input.baseline), policy, gatedPhases });
  const level = screenLevel(gatedGroups(cases));
  const drafts = cases.map((one) => {
    const { id, cell, gated, history } = one;
    const context = { workload: cell.workload, gated, policy, screenLevel: level };
    const differs =
      history.kind === "other-lane"
        ? laneDifferences(history.newest, { cell, fingerprint: candidate.environment.fingerprint })
        : [];
    return { id, gated, rows: draftRows(one, differs, context) };
  });
  return { candidate, cases, cuts, drafts };
}

/** Server configurations that gate: phase × model. */
export function gatedGroups(cases: readonly CellCase[]): number {
  return new Set(cases.filter(({ gated }) => gated).map(({ cell }) => JSON.stringify([cell.phase, cell.model]))).size;
}

function judgedCell(one: CellCase, cell: ComparedCell): JudgedCell {
  return {
    cell,
    gated: one.gated,
    history: one.history.kind,
    ...(one.sample === undefined ? {} : { sample: one.sample }),
    isPaired: one.paired !== undefined,
    // What was measured in turns from the start asked no history.
    runs: one.paired !== undefined && one.cell.trials.length === 0 ? 0 : currentRuns(one).length,
  };
}

function comparedCell(one: CellCase, metrics: ComparedCell["metrics"]): ComparedCell {
  const moves = serverMoves(one);
  return { ...heading(one.cell), metrics, ...(moves.length === 0 ? {} : { serverMoves: moves }) };
}

function heading(cell: Cell): Omit<ComparedCell, "metrics"> {
  return {
    ...cellKey(cell),
    ...(cell.phaseTitle === undefined ? {} : { phaseTitle: cell.phaseTitle }),
    ...(cell.modelLabel === undefined ? {} : { modelLabel: cell.modelLabel }),
  };
}

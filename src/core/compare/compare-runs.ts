import { withSummaries } from "../metrics/with-summaries.ts";
import type { ComparedCell, GateWarning } from "../model/comparison.ts";
import type { GatePolicy } from "../model/config.ts";
import type { Cell, ResultsFile } from "../model/results.ts";
import type { CellCase, JudgedCell } from "./cell-case.ts";
import { cellKey, cellsById } from "./cell-key.ts";
import { cellSample } from "./cell-sample.ts";
import { baselineOnlyRows, comparedRows, newRows, otherLaneRows } from "./draft-cell.ts";
import { type DraftRow, settled } from "./draft-row.ts";
import { finishRows } from "./finish-rows.ts";
import { gateWarnings } from "./gate-warnings.ts";
import { type AcceptedRecord, acceptedHistory, historyOf, newestRecord } from "./history.ts";
import { laneDifferences } from "./lane.ts";

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
}

export function compareRuns(input: ComparisonInput): ComparedRuns {
  const candidate = withSummaries(input.candidate);
  const history = acceptedHistory(input.baseline);
  const cases = [...measuredCases(candidate, history, input), ...missingCases(candidate, history, input)];
  const drafts = cases.map((one) => ({ id: one.id, gated: one.gated, rows: draftRows(one, candidate, input.policy) }));
  const rows = finishRows(drafts);
  const cells = cases.map(
    (one, index): JudgedCell => ({
      cell: { ...heading(one.cell), metrics: rows[index] ?? [] },
      gated: one.gated,
      history: one.history.kind,
      ...(one.sample === undefined ? {} : { sample: one.sample }),
      runs: one.runs.length,
    }),
  );
  return {
    cells,
    warnings: gateWarnings({ cells, cases, candidate }),
    baselineRuns: cells.reduce((most, { runs, sample }) => (sample === undefined ? most : Math.max(most, runs)), 0),
  };
}

function measuredCases(
  candidate: ResultsFile,
  history: readonly AcceptedRecord[],
  input: ComparisonInput,
): readonly CellCase[] {
  return [...cellsById(candidate)].map(([id, cell]) => {
    const known = historyOf(history, id, { cell, fingerprint: candidate.environment.fingerprint });
    const runs = known.kind === "comparable" ? known.cells.map(cellSample) : [];
    return { id, cell, gated: isGated(cell, input), history: known, sample: cellSample(cell), runs };
  });
}

/** Cells of gated phases that the newest record has and the candidate has not: leaving one out must not look like a pass. */
function missingCases(
  candidate: ResultsFile,
  history: readonly AcceptedRecord[],
  input: ComparisonInput,
): readonly CellCase[] {
  const { fingerprint } = candidate.environment;
  const newest = newestRecord(history, fingerprint);
  const measured = cellsById(candidate);
  return [...(newest?.cells ?? [])]
    .filter(([id, cell]) => !measured.has(id) && isGated(cell, input))
    .map(([id, cell]) => {
      const known = historyOf(history, id, {
        cell,
        fingerprint: newest?.results.environment.fingerprint ?? fingerprint,
      });
      const runs = known.kind === "comparable" ? known.cells.map(cellSample) : [];
      return { id, cell, gated: true, history: known, runs };
    });
}

function isGated({ phase }: Cell, { gatedPhases, policy }: ComparisonInput): boolean {
  return (gatedPhases ?? policy.phases)?.includes(phase) ?? true;
}

function draftRows(one: CellCase, candidate: ResultsFile, policy: GatePolicy): readonly DraftRow[] {
  const { cell, sample, history, runs } = one;
  const context = { workload: cell.workload, gated: one.gated, policy };
  if (sample === undefined) return baselineOnlyRows(runs, context, settled("missing", "not-measured"));
  if (history.kind === "unknown") return newRows(sample, context);
  if (history.kind === "comparable") return comparedRows(sample, runs, context);
  const differs = laneDifferences(history.newest, { cell, fingerprint: candidate.environment.fingerprint });
  return otherLaneRows(sample, differs, context);
}

function heading(cell: Cell): Omit<ComparedCell, "metrics"> {
  return {
    ...cellKey(cell),
    ...(cell.phaseTitle === undefined ? {} : { phaseTitle: cell.phaseTitle }),
    ...(cell.modelLabel === undefined ? {} : { modelLabel: cell.modelLabel }),
  };
}

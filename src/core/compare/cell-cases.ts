/** Each cell with what it is compared with: its lane's runs, its epochs, its arms. */
import type { GatePolicy } from "../model/config.ts";
import type { Cell, ResultsFile } from "../model/results.ts";
import type { CellCase, SampledRun } from "./cell-case.ts";
import { cellKey, cellsById } from "./cell-key.ts";
import { type CellSample, cellSample, mergedSample } from "./cell-sample.ts";
import { byEpoch, type FoundCut, findCuts } from "./epochs.ts";
import { type CellHistory, type CellRun, type History, historyOf, newestRecord } from "./history.ts";
import { type PairedSample, pairedSample } from "./paired-sample.ts";

export interface CaseInput {
  /** With summaries. */
  readonly candidate: ResultsFile;
  readonly history: History;
  readonly policy: GatePolicy;
  readonly gatedPhases: readonly string[] | undefined;
}

export interface CellCases {
  readonly cases: readonly CellCase[];
  /** The newest cut of each server configuration that nobody declared. */
  readonly cuts: readonly FoundCut[];
}

/** A cell of the candidate, or one that it has not though it should. */
interface Known {
  readonly id: string;
  readonly cell: Cell;
  readonly history: CellHistory;
  readonly isMeasured: boolean;
}

export function cellCases(input: CaseInput): CellCases {
  const known = [...measured(input), ...missing(input)];
  const runsOf = new Map(known.map((one) => [one, acceptedRuns(one.history)]));
  const cutsOf = new Map<string, readonly FoundCut[]>();
  for (const group of new Set(known.map(configurationOf))) {
    const cells = known.filter((one) => configurationOf(one) === group);
    cutsOf.set(group, findCuts(cells.map((one) => ({ key: cellKey(one.cell), runs: runsOf.get(one) ?? [] }))));
  }
  const cases = known.map((one): CellCase => {
    const { id, cell, history } = one;
    const paired = one.isMeasured ? pairedSample(cell) : undefined;
    return {
      id,
      cell,
      gated: isGated(cell, input),
      history,
      epochs: byEpoch(runsOf.get(one) ?? [], cutsOf.get(configurationOf(one)) ?? []),
      suspects: history.kind === "comparable" ? sampledRuns(history.suspect) : [],
      ...(one.isMeasured ? { sample: candidateSample(cell, paired) } : {}),
      ...(paired === undefined ? {} : { paired }),
    };
  });
  return { cases, cuts: [...cutsOf.values()].flatMap((cuts) => cuts.slice(-1)) };
}

/** What changes as a whole when the base branch does. */
function configurationOf({ cell }: Known): string {
  return JSON.stringify([cell.phase, cell.model]);
}

function measured({ candidate, history }: CaseInput): readonly Known[] {
  const { fingerprint } = candidate.environment;
  return [...cellsById(candidate)].map(([id, cell]) => ({
    id,
    cell,
    history: historyOf(history, id, { cell, fingerprint }),
    isMeasured: true,
  }));
}

/** Cells of gated phases that the newest record has and the candidate has not: leaving one out must not look like a pass. */
function missing(input: CaseInput): readonly Known[] {
  const { candidate, history } = input;
  const newest = newestRecord(history, candidate.environment.fingerprint);
  if (newest === undefined) return [];
  const present = cellsById(candidate);
  const { fingerprint } = newest.results.environment;
  return [...newest.cells]
    .filter(([id, cell]) => !present.has(id) && isGated(cell, input))
    .map(([id, cell]) => ({ id, cell, history: historyOf(history, id, { cell, fingerprint }), isMeasured: false }));
}

function isGated({ phase }: Cell, { gatedPhases, policy }: CaseInput): boolean {
  return (gatedPhases ?? policy.phases)?.includes(phase) ?? true;
}

function acceptedRuns(history: CellHistory): readonly SampledRun[] {
  return history.kind === "comparable" ? sampledRuns(history.accepted) : [];
}

function sampledRuns(runs: readonly CellRun[]): readonly SampledRun[] {
  return runs.map(({ run, cell }) => ({ run, sample: cellSample(cell) }));
}

/** A run that was measured in turns from the start has arms and no trials. Failures are those of both. */
function candidateSample(cell: Cell, paired: PairedSample | undefined): CellSample {
  const own = cellSample(cell);
  if (paired === undefined) return own;
  const shown = cell.trials.length > 0 ? own : mergedSample(paired.pairs.map(({ candidate }) => candidate));
  const { failed, total } = paired.failures.candidate;
  const failures = { failed: own.failures.failed + failed, total: own.failures.total + total };
  return { ...shown, failures };
}

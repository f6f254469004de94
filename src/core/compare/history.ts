import { withSummaries } from "../metrics/with-summaries.ts";
import type { Cell, RecordStatus, ResultsFile } from "../model/results.ts";
import { cellsById } from "./cell-key.ts";
import { type LanedCell, sameLane } from "./lane.ts";

/** Runs that feed a baseline at most: older ones say little about the machine of today. */
const WINDOW = 20;

/** A record of the baseline, with summaries. */
export interface StoredRun {
  readonly results: ResultsFile;
  readonly cells: ReadonlyMap<string, Cell>;
  /** Its place among all accepted records, oldest first; a suspect one has that of the next accepted one. */
  readonly order: number;
  /** How many explicit epochs had begun by then: accepted regressions of the base branch. */
  readonly epoch: number;
}

/** What a baseline holds, oldest first. */
export interface History {
  /** Feed the baseline. */
  readonly accepted: readonly StoredRun[];
  /** Runs of the base branch that were slower than the accepted ones: they feed nothing, and tell what is inherited. */
  readonly suspect: readonly StoredRun[];
}

export function historyFrom(baseline: readonly ResultsFile[]): History {
  const runs: Record<RecordStatus, StoredRun[]> = { accepted: [], suspect: [], rejected: [] };
  let epoch = 0;
  let name: string | undefined;
  for (const results of byAge(baseline)) {
    const { status } = results;
    if (status === "rejected") continue;
    if (status === "accepted" && results.epoch !== undefined && results.epoch !== name) {
      name = results.epoch;
      epoch += 1;
    }
    const summarised = withSummaries(results);
    runs[status].push({ results: summarised, cells: cellsById(summarised), order: runs.accepted.length, epoch });
  }
  return runs;
}

function byAge(baseline: readonly ResultsFile[]): readonly ResultsFile[] {
  return [...baseline].sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt) || byContent(a, b));
}

/** Two records of one moment: whatever order they were handed in, they stand in one. */
function byContent(a: ResultsFile, b: ResultsFile): number {
  const [first, second] = [a, b].map((record) => JSON.stringify(record));
  return first === second ? 0 : (first ?? "") < (second ?? "") ? -1 : 1;
}

/**
 * The record that says which cells there should be: the newest of the candidate's own environment, since a store may
 * serve several machines with several sets of cells; the newest of all where that environment has none.
 */
export function newestRecord({ accepted }: History, fingerprint: string): StoredRun | undefined {
  return accepted.findLast(({ results }) => results.environment.fingerprint === fingerprint) ?? accepted.at(-1);
}

/** One run's measurement of a cell. */
export interface CellRun {
  readonly run: StoredRun;
  readonly cell: Cell;
}

/** What the history knows of one cell. */
export type CellHistory =
  | { readonly kind: "unknown" }
  | { readonly kind: "other-lane"; readonly newest: LanedCell }
  | {
      readonly kind: "comparable";
      /** Of the lane, within the window, oldest first; never empty. */
      readonly accepted: readonly CellRun[];
      /** Suspect runs of the lane since the last accepted one: the state of the base branch today. */
      readonly suspect: readonly CellRun[];
    };

export function historyOf(history: History, id: string, candidate: LanedCell): CellHistory {
  const known = runsWith(history.accepted, id);
  const newest = known.at(-1);
  if (newest === undefined) return { kind: "unknown" };
  const accepted = known.filter((one) => sameLane(laned(one), candidate)).slice(-WINDOW);
  const last = accepted.at(-1);
  if (last === undefined) return { kind: "other-lane", newest: laned(newest) };
  const suspect = runsWith(history.suspect, id).filter(
    (one) => one.run.order > last.run.order && sameLane(laned(one), candidate),
  );
  return { kind: "comparable", accepted, suspect };
}

function runsWith(runs: readonly StoredRun[], id: string): readonly CellRun[] {
  return runs.flatMap((run) => {
    const cell = run.cells.get(id);
    return cell === undefined ? [] : [{ run, cell }];
  });
}

function laned({ run, cell }: CellRun): LanedCell {
  return { cell, fingerprint: run.results.environment.fingerprint };
}

import { withSummaries } from "../metrics/with-summaries.ts";
import type { Cell, ResultsFile } from "../model/results.ts";
import { cellsById } from "./cell-key.ts";
import { type LanedCell, sameLane } from "./lane.ts";

/** Runs that feed a baseline at most: older ones say little about the machine of today. */
const WINDOW = 20;

/** A record that may feed a baseline, with summaries. */
export interface AcceptedRecord {
  readonly results: ResultsFile;
  readonly cells: ReadonlyMap<string, Cell>;
}

/** Accepted records, oldest first; suspect and rejected ones never feed a baseline. */
export function acceptedHistory(baseline: readonly ResultsFile[]): readonly AcceptedRecord[] {
  return baseline
    .filter(({ status }) => status === "accepted")
    .map(withSummaries)
    .map((results) => ({ results, cells: cellsById(results) }))
    .sort((a, b) => Date.parse(a.results.createdAt) - Date.parse(b.results.createdAt));
}

/**
 * The record that says which cells there should be: the newest of the candidate's own environment, since a store may
 * serve several machines with several sets of cells; the newest of all where that environment has none.
 */
export function newestRecord(history: readonly AcceptedRecord[], fingerprint: string): AcceptedRecord | undefined {
  return history.findLast(({ results }) => results.environment.fingerprint === fingerprint) ?? history.at(-1);
}

/** What the history knows of one cell. */
export type CellHistory =
  | { readonly kind: "unknown" }
  | { readonly kind: "other-lane"; readonly newest: LanedCell }
  | { readonly kind: "comparable"; readonly records: readonly AcceptedRecord[]; readonly cells: readonly Cell[] };

export function historyOf(history: readonly AcceptedRecord[], id: string, candidate: LanedCell): CellHistory {
  const known = history.flatMap((record) => {
    const cell = record.cells.get(id);
    return cell === undefined ? [] : [{ record, cell, fingerprint: record.results.environment.fingerprint }];
  });
  const newest = known.at(-1);
  if (newest === undefined) return { kind: "unknown" };
  const comparable = known.filter((one) => sameLane(one, candidate)).slice(-WINDOW);
  if (comparable.length === 0) return { kind: "other-lane", newest };
  return {
    kind: "comparable",
    records: comparable.map(({ record }) => record),
    cells: comparable.map(({ cell }) => cell),
  };
}

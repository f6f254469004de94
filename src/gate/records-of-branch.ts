import type { ResultsFile } from "../core/model/results.ts";

/**
 * The records of one branch. Runs of another one that a job recorded say nothing of it; a record without a branch, or one
 * that somebody added by hand, was meant to be compared with.
 */
export function recordsOf(records: readonly ResultsFile[], branch: string | undefined): readonly ResultsFile[] {
  if (branch === undefined) return records;
  return records.filter(({ source }) => {
    const recorded = source?.runId !== undefined && source.ref?.startsWith("refs/heads/") === true;
    return !recorded || source.ref === `refs/heads/${branch}`;
  });
}

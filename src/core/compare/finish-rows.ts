import type { MetricRow } from "../model/comparison.ts";
import type { ResultsFile } from "../model/results.ts";
import { holm } from "../stats/holm.ts";
import { toSignificant } from "../stats/significant.ts";
import { type ConfirmationMember, type ConfirmationOutcome, decideConfirmation } from "./decide-confirmation.ts";
import type { DraftCell, DraftRow } from "./draft-row.ts";
import { type HistoryFamily, historyRow } from "./finish-history.ts";
import { pairedRow } from "./finish-paired.ts";
import { changeOf, shownValues } from "./finished-row.ts";
import { judgeFailures } from "./judge-failures.ts";
import { laneSentence } from "./lane.ts";

export interface FinishedRows {
  /** A list of rows for each cell, in the order given. */
  readonly rows: readonly (readonly MetricRow[])[];
  /** Absent where no confirmation ran. */
  readonly confirmation?: ConfirmationOutcome;
}

/** Judges every row, now that all of them are known. */
export function finishRows(cells: readonly DraftCell[], candidate: ResultsFile): FinishedRows {
  const drafts = cells.flatMap(({ rows }) => rows);
  const confirmation = isConfirmed(drafts, candidate) ? decideConfirmation(confirmationMembers(drafts)) : undefined;
  const context: Finishing = {
    family: blockingFamily(drafts),
    failureTests: Math.max(1, cells.filter((cell) => cell.gated && cell.rows.some(isErrorTest)).length),
    isOutOfTime: candidate.confirmEnded === "time",
    confirmation,
  };
  return {
    rows: cells.map(({ rows }) => rows.map((row) => finishRow(row, context))),
    ...(confirmation === undefined ? {} : { confirmation }),
  };
}

/** The screened rows: those with arms, those whose arms came to nothing, and those that none has reached yet. */
export function confirmationMembers(drafts: readonly DraftRow[]): readonly ConfirmationMember[] {
  return drafts.flatMap(memberOf);
}

function memberOf(row: DraftRow): readonly ConfirmationMember[] {
  const { case: rowCase } = row;
  switch (rowCase.kind) {
    case "paired":
      return rowCase.timing.isMember ? [{ row, ran: rowCase.timing.ran, timing: rowCase.timing }] : [];
    case "settled":
      return rowCase.screenedRan === undefined ? [] : [{ row, ran: rowCase.screenedRan }];
    case "history":
      return rowCase.timing.isScreened ? [{ row, ran: 0 }] : [];
    case "failures":
      return [];
  }
}

interface Finishing {
  readonly family: HistoryFamily;
  readonly failureTests: number;
  readonly isOutOfTime: boolean;
  readonly confirmation: ConfirmationOutcome | undefined;
}

function isConfirmed(drafts: readonly DraftRow[], { method }: ResultsFile): boolean {
  return method === "confirm" || method === "paired" || drafts.some((row) => row.case.kind === "paired");
}

/** The tests that share one level: every blocking timing with an estimate, over all cells. */
function blockingFamily(rows: readonly DraftRow[]): HistoryFamily {
  const members = rows.flatMap((row) =>
    row.gated && row.case.kind === "history" ? [{ row, estimate: row.case.timing.estimate }] : [],
  );
  const worse = holm(members.map(({ estimate }) => estimate.pWorse));
  const better = holm(members.map(({ estimate }) => estimate.pBetter));
  const adjusted = new Map(
    members.map(({ row }, index) => [row, { worse: worse[index] ?? 1, better: better[index] ?? 1 }] as const),
  );
  return { size: Math.max(1, members.length), adjusted };
}

function isErrorTest(row: DraftRow): boolean {
  return row.metric.id === "error_rate" && row.case.kind === "failures";
}

function finishRow(draft: DraftRow, context: Finishing): MetricRow {
  const { case: rowCase } = draft;
  const { family, confirmation, failureTests, isOutOfTime } = context;
  switch (rowCase.kind) {
    case "history":
      return historyRow(draft, rowCase.timing, { family, confirms: confirmation !== undefined });
    case "paired":
      return pairedRow(draft, rowCase.timing, { confirmation, isOutOfTime });
    case "failures": {
      const { finding, reason, pAdjusted } = judgeFailures(rowCase.candidate, rowCase.baseline, failureTests);
      const p = pAdjusted === undefined ? {} : { pAdjusted: toSignificant(pAdjusted) };
      const shown = { ...shownValues(draft), ...changeOf(draft) };
      return { ...shown, ...p, finding, reason, stage: rowCase.stage, warnings: [] };
    }
    case "settled": {
      const { judgement, differs } = rowCase;
      return {
        ...shownValues(draft),
        ...changeOf(draft),
        ...judgement,
        ...(judgement.finding === "regressed" ? { stage: "history" as const } : {}),
        ...(differs === undefined ? { warnings: [] } : { warnings: [laneSentence(differs)], differs }),
      };
    }
  }
}

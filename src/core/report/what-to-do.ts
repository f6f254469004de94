/** The one thing to do next. */
import type { ComparedCell, Comparison, Reason } from "../model/comparison.ts";
import type { ResultsFile } from "../model/results.ts";
import {
  distinct,
  hinderedRows,
  missingCells,
  purposeRows,
  regressions,
  rowOf,
  suspicious,
  warnedMissingCells,
} from "./comment-scope.ts";
import { isFirstBaseline } from "./confirmation.ts";
import type { ReportInput } from "./input.ts";
import { code } from "./markdown.ts";
import { readyWaivers } from "./ready-waiver.ts";
import { measuredMinutes, reproduceCommand } from "./reproduce.ts";
import type { Words } from "./text.ts";

/** A command longer than this would not be one anybody pastes. */
const LONGEST_COMMAND = 2000;

/** Empty where nothing has to be done. */
export function whatToDo(input: ReportInput, words: Words): string {
  const { comparison, failure } = input;
  if (failure !== undefined || comparison === undefined) return "";
  if (isFirstBaseline(comparison)) return words.t("todo.first-baseline");
  const parts = [
    reproduceText(comparison, input, words),
    settleText(comparison, input.candidate, words),
    hindranceText(comparison, words),
    moreRuns(comparison, words),
    readyWaivers(input).length === 0 ? "" : words.t("todo.waiver"),
  ];
  const [first = "", ...rest] = parts.filter((text) => text !== "");
  return [first, ...rest.map(asSentence)].join(" ");
}

/** What follows a full stop begins with a capital, though the words alone do not. */
function asSentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The cells that the headline is about. */
function toMeasureAgain(comparison: Comparison): readonly ComparedCell[] {
  const ranks = [
    [...regressions(comparison).map(({ cell }) => cell), ...missingCells(comparison)],
    suspicious(comparison).map(({ cell }) => cell),
    warnedMissingCells(comparison),
    failingCells(comparison),
    hinderedRows(comparison).flatMap(({ cell, row }) => (MEASURE_AGAIN.includes(row.reason) ? [cell] : [])),
    purposeRows(comparison).map(({ cell }) => cell),
  ];
  return distinct(ranks.find((cells) => cells.length > 0) ?? []);
}

/** Reasons that another measurement of the same can cure. */
const MEASURE_AGAIN: readonly Reason[] = ["no-valid-trial", "too-few-ok", "too-few-pairs"];

/** Whose requests kept the run from a verdict, or a first run from being a baseline. */
function failingCells({ verdict, exitReason, cause, cells }: Comparison): readonly ComparedCell[] {
  const isAboutErrors = (verdict === "fail" && exitReason === "errors") || cause === "too-many-errors";
  return isAboutErrors ? cells.filter((cell) => (rowOf(cell, "error_rate")?.candidate ?? 0) > 0) : [];
}

/** What lifts the hindrance of a run that could not be judged; of several the first. */
function hindranceText(comparison: Comparison, words: Words): string {
  const reasons = comparison.verdict === "inconclusive" ? hinderedRows(comparison).map(({ row }) => row.reason) : [];
  if (reasons.includes("not-comparable")) return words.t("todo.not-comparable");
  return reasons.includes("different-work") ? words.t("todo.different-work") : "";
}

function reproduceText(comparison: Comparison, { candidate, context }: ReportInput, words: Words): string {
  const cells = toMeasureAgain(comparison);
  if (cells.length === 0) return "";
  const command = code(reproduceCommand(cells, { comparison, context }), LONGEST_COMMAND);
  const minutes = measuredMinutes(cells, candidate);
  if (minutes === undefined) return words.t("todo.reproduce", { command });
  const hasGpu = (candidate.environment.gpus ?? []).length > 0;
  const time = words.t(hasGpu ? "todo.gpu-minutes" : "todo.minutes", { count: wholeMinutes(minutes) });
  return words.t("todo.reproduce-in", { command, time });
}

/** What would settle a suspicion depends on what left it open. */
function settleText(comparison: Comparison, candidate: ResultsFile, words: Words): string {
  if (comparison.verdict !== "inconclusive") return "";
  const rows = suspicious(comparison).map(({ row }) => row);
  const isUnconfirmed = rows.some(({ reason }) => reason === "not-confirmed") || isShortOfPairs(comparison);
  if (isUnconfirmed) {
    const isOutOfTime = comparison.warnings.some(({ kind }) => kind === "confirmation-time");
    if (isOutOfTime) return words.t("todo.settle-time");
    return words.t(hasVoidArms(candidate) ? "todo.settle-starts" : "todo.settle-again");
  }
  if (rows.length === 0) return "";
  // Trials count against the history only.
  return words.t(rows.every(({ stage }) => stage === "confirmation") ? "todo.settle-again" : "todo.settle");
}

/** Arms that do not count: the job's log has their servers' words. */
function hasVoidArms({ cells }: ResultsFile): boolean {
  return cells.some(({ confirmation = [] }) => confirmation.some(({ trial }) => trial.valid === false));
}

function isShortOfPairs(comparison: Comparison): boolean {
  return hinderedRows(comparison).some(({ row }) => row.reason === "too-few-pairs");
}

function moreRuns(comparison: Comparison, words: Words): string {
  const learning = comparison.warnings.find(({ kind, cell }) => kind === "few-runs" && cell === undefined);
  const { runs = 0, wanted = 0 } = learning?.values ?? {};
  const missing = Number(wanted) - Number(runs);
  return learning === undefined || missing <= 0 ? "" : words.t("todo.more-runs", { count: missing });
}

export function wholeMinutes(minutes: number): number {
  return Math.max(1, Math.round(minutes));
}

/** The pull request comment as its template takes it: strings and flags only, every one safe Markdown. */
import type { Comparison } from "../model/comparison.ts";
import { acceptedText, inheritedText } from "./accepted-losses.ts";
import {
  checksSummary,
  checkTables,
  type Detail,
  legend,
  quietSummary,
  quietTable,
  reportedSummary,
  reportedTable,
  whyTable,
} from "./check-folds.ts";
import { headline } from "./comment-headline.ts";
import { lead } from "./comment-lead.ts";
import { missingCells, placedCellText, regressions, rowsOf, warnedMissingCells } from "./comment-scope.ts";
import { changeTables, measuredTables } from "./comment-tables.ts";
import { isCompared, isPaired } from "./confirmation.ts";
import { failureText } from "./failures.ts";
import type { ReportInput } from "./input.ts";
import { code, codeBlock } from "./markdown.ts";
import { type WaiverFold, waiverFold } from "./ready-waiver.ts";
import { serverSideText } from "./server-side.ts";
import { type SettingsFold, settingsFold } from "./settings-fold.ts";
import type { Words } from "./text.ts";
import { restText, undecidedText } from "./the-rest.ts";
import { toldInput } from "./told-input.ts";
import { noteTexts } from "./warning-texts.ts";
import { whatGotWorse } from "./what-got-worse.ts";
import { whatToDo, wholeMinutes } from "./what-to-do.ts";

export interface CommentView {
  readonly headline: string;
  readonly outcome: string;
  /** Empty where there is nothing to say. */
  readonly evidence: string;
  /** Of a job that could not be done: the message, fenced. */
  readonly failure: string;
  readonly tables: readonly string[];
  readonly paragraphs: readonly Paragraph[];
  readonly waiver: WaiverFold | null;
  readonly checks: ChecksFold | null;
  readonly why: WhyFold | null;
  readonly settings: SettingsFold | null;
  /** Said where parts were left out for GitHub's limit. */
  readonly shortened: string;
}

interface Paragraph {
  readonly label: string;
  readonly text: string;
}

interface ChecksFold {
  readonly summary: string;
  readonly legend: string;
  readonly tables: readonly string[];
}

interface WhyFold {
  readonly summary: string;
  readonly table: string;
  /** Checks that found nothing, folded once more; empty where there are none. */
  readonly quietSummary: string;
  readonly quiet: string;
  /** What was judged and cannot block, folded alike. */
  readonly reportedSummary: string;
  readonly reported: string;
  /** How to read the columns. */
  readonly method: string;
}

/** `headline` keeps only the first two lines: the last step down before a comment would be too long. */
export type CommentDetail = Detail | "headline";

export function commentView(given: ReportInput, words: Words, detail: CommentDetail = "all"): CommentView {
  const input = toldInput(given);
  const top = { headline: headline(input, words), ...lead(input, words) };
  const shortened = detail === "all" ? "" : words.t("comment.shortened");
  const folds = { waiver: null, checks: null, why: null, settings: null };
  if (detail === "headline") return { ...top, failure: "", tables: [], paragraphs: [], ...folds, shortened };
  const { comparison, failure, candidate } = input;
  const compared = comparison !== undefined && isCompared(comparison) ? comparison : undefined;
  return {
    ...top,
    failure: failure === undefined ? "" : codeBlock(failure.message),
    tables: compared === undefined ? measuredTables(candidate, words) : changeTables(compared, words),
    paragraphs: paragraphs(input, words).filter(({ text }) => text !== ""),
    waiver: failure === undefined ? waiverFold(input, words) : null,
    checks: compared === undefined ? null : checksFold(compared, detail, words),
    why: compared === undefined ? null : whyFold(input, compared, { detail, words }),
    settings: candidate.cells.length === 0 ? null : settingsFold(given, words),
    shortened,
  };
}

function paragraphs(input: ReportInput, words: Words): readonly Paragraph[] {
  const { comparison, failure } = input;
  const saved = words.list((failure?.saved ?? []).map((path) => code(path)));
  const texts: readonly (readonly [string, string])[] = [
    ...(comparison === undefined ? [] : findings(comparison, input, words)),
    ["saved", saved],
    ["todo", whatToDo(input, words)],
    ...(comparison === undefined ? [] : noteTexts(comparison, input.context, words)).map(
      (text) => ["note", text] as const,
    ),
  ];
  return texts.map(([label, text]) => ({ label: words.t(`label.${label}`), text }));
}

function findings(
  comparison: Comparison,
  { candidate, context }: ReportInput,
  words: Words,
): readonly (readonly [string, string])[] {
  return [
    ["worse", whatGotWorse(comparison, candidate, words).join(" ")],
    ["server", serverSideText(comparison, words)],
    ["errors", failureText(comparison, candidate, words)],
    ["missing", missingText(comparison, words)],
    ["accepted", acceptedText(comparison, words)],
    ["inherited", inheritedText(comparison, context, words)],
    ["rest", restText(comparison, words)],
    ["undecided", undecidedText(comparison, words)],
  ];
}

/** Where the headline has not said it all. */
function missingText(comparison: Comparison, words: Words): string {
  const missing = [...missingCells(comparison), ...warnedMissingCells(comparison)];
  const isHeadline =
    missing.length === 1 && regressions(comparison).length === 0 && comparison.verdict !== "inconclusive";
  if (missing.length === 0 || isHeadline) return "";
  return `${missing.map((cell) => placedCellText(cell, comparison, words)).join("; ")}.`;
}

function checksFold(comparison: Comparison, detail: Detail, words: Words): ChecksFold | null {
  const tables = checkTables(comparison, detail, words);
  if (tables.length === 0) return null;
  return { summary: checksSummary(comparison, words), legend: legend(comparison, words), tables };
}

interface Telling {
  readonly detail: Detail;
  readonly words: Words;
}

function whyFold(input: ReportInput, comparison: Comparison, { detail, words }: Telling): WhyFold | null {
  const rows = whyTable(comparison, detail, words);
  const quiet = quietTable(comparison, detail, words);
  const reported = reportedTable(comparison, detail, words);
  if (`${rows}${quiet}${reported}` === "") return null;
  return {
    summary: `${words.t("folds.why")}${minutesText(input, comparison, words)}`,
    table: rows,
    quietSummary: quietSummary(comparison, words),
    quiet,
    reportedSummary: reportedSummary(comparison, words),
    reported,
    method: methodText(comparison, words),
  };
}

/** " · 71 minutes measured, 18 of them for the confirmation", or nothing. */
function minutesText(input: ReportInput, comparison: Comparison, words: Words): string {
  const { gpuMinutes, confirmationMinutes } = input.context;
  if (gpuMinutes === undefined) return "";
  const minutes = words.t("folds.minutes", { count: wholeMinutes(gpuMinutes) });
  if (confirmationMinutes === undefined || isPaired(input, comparison)) return ` · ${minutes}`;
  const confirmation = words.count(wholeMinutes(confirmationMinutes));
  return ` · ${words.t("folds.minutes-confirmation", { minutes, confirmation })}`;
}

function methodText(comparison: Comparison, words: Words): string {
  const isConfirmed = rowsOf(comparison.cells).some(({ row }) => row.stage === "confirmation");
  return [words.t("folds.method"), ...(isConfirmed ? [words.t("folds.method-confirmation")] : [])].join(" ");
}

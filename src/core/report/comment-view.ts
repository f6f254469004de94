/** The pull request comment as its template takes it: strings and flags only, every one safe Markdown. */
import { metricCatalogue } from "../metrics/catalogue.ts";
import type { Comparison } from "../model/comparison.ts";
import { checksSummary, checkTables, type Detail, quietSummary, quietTable, whyTable } from "./check-folds.ts";
import { headline } from "./comment-headline.ts";
import { lead } from "./comment-lead.ts";
import { distinct, gatedRows, missingCells, placedCellText, regressions } from "./comment-scope.ts";
import { changeTables, measuredTables } from "./comment-tables.ts";
import { failureText } from "./failures.ts";
import type { ReportInput } from "./input.ts";
import { code, codeBlock } from "./markdown.ts";
import { metricName } from "./metric-name.ts";
import { warningTexts } from "./reasons.ts";
import { type SettingsFold, settingsFold } from "./settings-fold.ts";
import type { Words } from "./text.ts";
import { restText, undecidedText } from "./the-rest.ts";
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
  /** How to read the columns. */
  readonly method: string;
}

/** `headline` keeps only the first two lines: the last step down before a comment would be too long. */
export type CommentDetail = Detail | "headline";

export function commentView(input: ReportInput, words: Words, detail: CommentDetail = "all"): CommentView {
  const { outcome, evidence } = lead(input, words);
  const top = { headline: headline(input, words), outcome, evidence };
  const shortened = detail === "all" ? "" : words.t("comment.shortened");
  const nothing = { failure: "", tables: [], paragraphs: [], checks: null, why: null, settings: null, shortened };
  if (detail === "headline") return { ...top, ...nothing };
  const { comparison, failure } = input;
  const isCompared = comparison !== undefined && comparison.baselineRuns > 0;
  return {
    ...top,
    ...nothing,
    failure: failure === undefined ? "" : codeBlock(failure.message),
    tables: isCompared ? changeTables(comparison, words) : measuredTables(input.candidate, words),
    paragraphs: paragraphs(input, words).filter(({ text }) => text !== ""),
    checks: isCompared ? checksFold(comparison, detail, words) : null,
    why: isCompared ? whyFold(input, comparison, { detail, words }) : null,
    settings: input.candidate.cells.length === 0 ? null : settingsFold(input, words),
  };
}

function paragraphs(input: ReportInput, words: Words): readonly Paragraph[] {
  const { comparison, candidate, failure } = input;
  const saved = words.list((failure?.saved ?? []).map((path) => code(path)));
  const texts: readonly (readonly [string, string])[] = [
    ["worse", comparison === undefined ? "" : whatGotWorse(comparison, candidate, words).join(" ")],
    ["errors", comparison === undefined ? "" : failureText(comparison, candidate, words)],
    ["missing", comparison === undefined ? "" : missingText(comparison, words)],
    ["rest", comparison === undefined ? "" : restText(comparison, words)],
    ["undecided", comparison === undefined ? "" : undecidedText(comparison, words)],
    ["saved", saved],
    ["todo", whatToDo(input, words)],
    ...warningTexts(comparison?.warnings ?? [], words).map((text) => ["note", text] as const),
  ];
  return texts.map(([label, text]) => ({ label: words.t(`label.${label}`), text }));
}

function missingText(comparison: Comparison, words: Words): string {
  const missing = missingCells(comparison).map((cell) => placedCellText(cell, comparison, words));
  const isHeadline = missing.length === 1 && regressions(comparison).length === 0;
  return missing.length === 0 || isHeadline ? "" : `${missing.join("; ")}.`;
}

function checksFold(comparison: Comparison, detail: Detail, words: Words): ChecksFold | null {
  const tables = checkTables(comparison, detail, words);
  const gated = distinct(gatedRows(comparison).map(({ row }) => row.metric));
  const blocking = metricCatalogue.filter(({ id }) => gated.includes(id)).map(({ id }) => metricName(id, words));
  if (tables.length === 0) return null;
  return {
    summary: checksSummary(comparison, words),
    legend: words.t("folds.legend", { metrics: blocking.join(", ") }),
    tables,
  };
}

function whyFold({ context }: ReportInput, comparison: Comparison, { detail, words }: Telling): WhyFold | null {
  const rows = whyTable(comparison, detail, words);
  const quiet = quietTable(comparison, detail, words);
  if (rows === "" && quiet === "") return null;
  const { gpuMinutes } = context;
  const minutes = gpuMinutes === undefined ? "" : ` · ${words.t("folds.minutes", { count: wholeMinutes(gpuMinutes) })}`;
  return {
    summary: `${words.t("folds.why")}${minutes}`,
    table: rows,
    quietSummary: quietSummary(comparison, words),
    quiet,
    method: words.t("folds.method"),
  };
}

interface Telling {
  readonly detail: Detail;
  readonly words: Words;
}

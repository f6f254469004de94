/** The first ten seconds of the comment: what happened, and what it means for this pull request. */
import type { Comparison } from "../model/comparison.ts";
import { wouldBlock } from "../verdict/exit-code.ts";
import { toleratedHeadline } from "./accepted-losses.ts";
import { rowSentence } from "./change-text.ts";
import {
  type CheckedRow,
  cellText,
  gatedRows,
  hinderedRows,
  missingCells,
  purposeRows,
  regressions,
  rowsOf,
  suspicious,
  warnedMissingCells,
  worstFirst,
} from "./comment-scope.ts";
import { isFirstBaseline } from "./confirmation.ts";
import { headlineTails } from "./headline-tails.ts";
import type { ReportInput } from "./input.ts";
import { reasonText } from "./reasons.ts";
import { learningText } from "./sensitivity.ts";
import type { Words } from "./text.ts";
import { unjudgedHeadline } from "./the-rest.ts";

/** Without the "###". */
export function headline(input: ReportInput, words: Words): string {
  const { comparison, failure, context } = input;
  if (failure !== undefined) return words.t("comment.headline.error");
  if (comparison === undefined) return words.t("comment.headline.not-compared");
  if (comparison.verdict === "error") return words.t("comment.headline.error");
  return `${verdictHeadline(comparison, input, words)}${headlineTails(comparison, context, words)}`;
}

function verdictHeadline(comparison: Comparison, input: ReportInput, words: Words): string {
  const dryRun = isBlockedButForDryRun(input, comparison) ? words.t("comment.headline.dry-run") : undefined;
  switch (comparison.verdict) {
    case "fail":
      return `${dryRun ?? "❌"} ${failHeadline(comparison, words)}`;
    case "inconclusive":
      return `${dryRun ?? "🟡"} ${inconclusiveHeadline(comparison, words)}`;
    case "pass":
      return passHeadline(comparison, input, words);
    case "error":
      return words.t("comment.headline.error");
  }
}

/** A dry run that would have stopped the merge. One that would not reads as any other. */
export function isBlockedButForDryRun({ policy }: ReportInput, comparison: Comparison): boolean {
  return policy?.dryRun === true && comparison.verdict !== "error" && wouldBlock(comparison, policy);
}

function failHeadline(comparison: Comparison, words: Words): string {
  const [worst] = regressions(comparison);
  if (worst !== undefined) return rowSentence(worst, words);
  const [missing] = missingCells(comparison);
  if (missing !== undefined) return words.t("comment.headline.missing", { cell: cellText(missing, words) });
  const [failing] = worstErrors(comparison);
  return failing === undefined ? words.t("comment.headline.fail") : rowSentence(failing, words);
}

function inconclusiveHeadline(comparison: Comparison, words: Words): string {
  const { cause } = comparison;
  const unsettled = unsettledHeadline(comparison, words);
  if (unsettled !== undefined) return unsettled;
  const learning = cause === "not-confirmed" ? undefined : learningText(comparison, words);
  if (learning !== undefined) return words.t("comment.headline.learning", { learning });
  if (cause === "too-many-errors") {
    const [row] = worstErrors(comparison);
    if (row !== undefined) return rowSentence(row, words);
  }
  if (cause === "nothing-judgeable" && gatedRows(comparison).length === 0)
    return words.t("comment.headline.nothing-gates");
  const [hindered] = hinderingTheVerdict(comparison);
  if (hindered !== undefined) return hinderedHeadline(hindered, comparison, words);
  return cause === undefined || cause === "suspicious" || cause === "not-confirmed"
    ? words.t("comment.headline.undecided")
    : words.t(`comment.headline.${cause}`);
}

/** The row that looks worse, and what kept it from being proven. */
function unsettledHeadline(comparison: Comparison, words: Words): string | undefined {
  const { cause, warnings } = comparison;
  if (cause !== "suspicious" && cause !== "not-confirmed") return undefined;
  const ofCause = ({ row }: CheckedRow) => (row.reason === "not-confirmed") === (cause === "not-confirmed");
  const row = suspicious(comparison).find(ofCause);
  if (row === undefined) return undefined;
  const isOutOfTime = warnings.some(({ kind }) => kind === "confirmation-time");
  const why = cause === "suspicious" ? "suspicious" : isOutOfTime ? "out-of-time" : "unconfirmed";
  return words.t(`comment.headline.${why}`, { row: rowSentence(row, words) });
}

function hinderingTheVerdict(comparison: Comparison): readonly CheckedRow[] {
  const { cause } = comparison;
  const hindered = hinderedRows(comparison);
  if (cause === "different-work" || cause === "nothing-judgeable") return hindered;
  return cause === "not-confirmed" ? hindered.filter(({ row }) => row.reason === "too-few-pairs") : [];
}

/** "`chat` on Llama and 3 more: not comparable because …": the first, and how many share its reason. */
function hinderedHeadline({ cell, row }: CheckedRow, comparison: Comparison, words: Words): string {
  const reason = reasonText(row, words);
  const others = hinderedRows(comparison).filter((other) => reasonText(other.row, words) === reason).length - 1;
  const more = others === 0 ? "" : words.t("rest.more", { count: others });
  return words.t("comment.row", { cell: `${cellText(cell, words)}${more}`, change: reason });
}

/**
 * What was left out leads, then a purpose metric that is much worse (DESIGN §8.7), then a middle that could not be
 * judged, though none of these blocks; then losses that were accepted or are main's own; then an improvement; else quiet.
 */
function passHeadline(comparison: Comparison, { context }: ReportInput, words: Words): string {
  if (isFirstBaseline(comparison)) return words.t("comment.headline.first-baseline");
  const learning = learningText(comparison, words);
  const tail = learning === undefined ? "" : ` · ${words.t("comment.learning-tail", { learning })}`;
  const warning = notBlockingHeadline(comparison, words);
  if (warning !== undefined) return `⚠️ ${warning}${tail}`;
  const tolerated = toleratedHeadline(comparison, context, words);
  if (tolerated !== undefined) return `✅ ${tolerated}${tail}`;
  const [best] = worstFirst(rowsOf(comparison.cells).filter(({ row }) => row.gated && row.finding === "improved"));
  return `✅ ${best === undefined ? words.t("comment.headline.pass") : rowSentence(best, words)}${tail}`;
}

function notBlockingHeadline(comparison: Comparison, words: Words): string | undefined {
  const [missing, ...others] = warnedMissingCells(comparison);
  if (missing !== undefined) {
    const more = others.length === 0 ? "" : words.t("rest.more", { count: others.length });
    const row = words.t("comment.headline.missing", { cell: `${cellText(missing, words)}${more}` });
    return words.t("comment.headline.not-blocking", { row });
  }
  const [purpose] = worstFirst(purposeRows(comparison));
  const row = purpose === undefined ? unjudgedHeadline(comparison, words) : rowSentence(purpose, words);
  return row === undefined ? undefined : words.t("comment.headline.not-blocking", { row });
}

function worstErrors(comparison: Comparison): readonly CheckedRow[] {
  return rowsOf(comparison.cells)
    .filter(({ row }) => row.metric === "error_rate" && (row.candidate ?? 0) > 0)
    .sort((a, b) => (b.row.candidate ?? 0) - (a.row.candidate ?? 0));
}

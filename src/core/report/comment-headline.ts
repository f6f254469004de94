/** The first ten seconds of the comment: what happened, and what it means for this pull request. */

import { metricById } from "../metrics/catalogue.ts";
import type { Comparison } from "../model/comparison.ts";
import { rowSentence } from "./change-text.ts";
import {
  type CheckedRow,
  cellText,
  checkCount,
  distinct,
  gatedRows,
  hinderedRows,
  missingCells,
  purposeRows,
  regressions,
  rowsOf,
  suspicious,
  worstFirst,
} from "./comment-scope.ts";
import type { ReportInput } from "./input.ts";
import { detectableText } from "./numbers.ts";
import { reasonText } from "./reasons.ts";
import type { Words } from "./text.ts";

/** Without the "###". */
export function headline(input: ReportInput, words: Words): string {
  const { comparison, failure } = input;
  if (failure !== undefined) return words.t("comment.headline.error");
  if (comparison === undefined) return words.t("comment.headline.not-compared");
  switch (comparison.verdict) {
    case "fail":
      return `❌ ${failHeadline(comparison, words)}`;
    case "inconclusive":
      return `🟡 ${inconclusiveHeadline(comparison, words)}`;
    case "pass":
      return passHeadline(comparison, words);
    case "error":
      return words.t("comment.headline.error");
  }
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
  const learning = learningText(comparison, words);
  if (learning !== undefined && comparison.cause !== "suspicious")
    return words.t("comment.headline.learning", { learning });
  const { cause } = comparison;
  if (cause === "suspicious") {
    const [row] = suspicious(comparison);
    if (row !== undefined) return words.t("comment.headline.suspicious", { row: rowSentence(row, words) });
  }
  if (cause === "too-many-errors") {
    const [row] = worstErrors(comparison);
    if (row !== undefined) return rowSentence(row, words);
  }
  const [hindered] = cause === "different-work" || cause === "nothing-judgeable" ? hinderedRows(comparison) : [];
  if (hindered !== undefined) return hinderedHeadline(hindered, comparison, words);
  return words.t(`comment.headline.${cause ?? "no-power"}`);
}

/** "`chat` on Llama and 3 more: not comparable because …": the first, and how many share its reason. */
function hinderedHeadline({ cell, row }: CheckedRow, comparison: Comparison, words: Words): string {
  const reason = reasonText(row, words);
  const others = hinderedRows(comparison).filter((other) => reasonText(other.row, words) === reason).length - 1;
  const more = others === 0 ? "" : words.t("rest.more", { count: others });
  return words.t("comment.row", { cell: `${cellText(cell, words)}${more}`, change: reason });
}

/** A purpose metric that is much worse leads even where it does not block (DESIGN §8.7); then an improvement; else quiet. */
function passHeadline(comparison: Comparison, words: Words): string {
  if (comparison.exitReason === "first-baseline") return words.t("comment.headline.first-baseline");
  const learning = learningText(comparison, words);
  const tail = learning === undefined ? "" : ` · ${words.t("comment.learning-tail", { learning })}`;
  const [purpose] = worstFirst(purposeRows(comparison));
  if (purpose !== undefined)
    return `⚠️ ${words.t("comment.headline.not-blocking", { row: rowSentence(purpose, words) })}${tail}`;
  const [best] = worstFirst(rowsOf(comparison.cells).filter(({ row }) => row.gated && row.finding === "improved"));
  return `✅ ${best === undefined ? words.t("comment.headline.pass") : rowSentence(best, words)}${tail}`;
}

function worstErrors(comparison: Comparison): readonly CheckedRow[] {
  return rowsOf(comparison.cells)
    .filter(({ row }) => row.metric === "error_rate" && (row.candidate ?? 0) > 0)
    .sort((a, b) => (b.row.candidate ?? 0) - (a.row.candidate ?? 0));
}

/** "1 of 5 runs: would see ≥ 27%"; absent once the run as a whole has history enough, and where none of it is comparable. */
export function learningText(comparison: Comparison, words: Words): string | undefined {
  const warning = comparison.warnings.find(({ kind, cell }) => kind === "few-runs" && cell === undefined);
  if (warning === undefined || checkCount(comparison) === 0) return undefined;
  const { runs = comparison.baselineRuns, wanted = 0 } = warning.values ?? {};
  const text = words.t("comment.runs-of", { runs: words.count(Number(runs)), count: Number(wanted) });
  const seen = detectable(comparison);
  return seen === undefined
    ? text
    : words.t("comment.runs-would-see", { runs: text, change: detectableText(seen, words) });
}

/** What every check of the middle (throughput, ITL P50) could have seen: the least sensitive of them; a ratio. */
export function detectable(comparison: Comparison): number | undefined {
  const seen = gatedRows(comparison).flatMap(({ row }) => (isLocation(row.metric) ? (row.minDetectable ?? []) : []));
  return seen.length === 0 ? undefined : Math.max(...seen);
}

/** The metrics that `detectable` speaks of. */
export function locationMetrics(comparison: Comparison): readonly string[] {
  return distinct(gatedRows(comparison).map(({ row }) => row.metric)).filter(isLocation);
}

function isLocation(metric: string): boolean {
  const gating = metricById(metric)?.gating;
  return gating?.kind === "timing" && gating.location;
}

/** The second line: whether the pull request is blocked, how many checks there were, and what they were compared with. */
import type { Comparison } from "../model/comparison.ts";
import { blocks } from "../verdict/exit-code.ts";
import { rowSentence } from "./change-text.ts";
import { failEvidence, passEvidence, undecidedEvidence } from "./comment-evidence.ts";
import { isBlockedButForDryRun } from "./comment-headline.ts";
import {
  acceptedRows,
  checkCount,
  gatedRows,
  inheritedRows,
  missingCells,
  purposeRows,
  regressions,
  rowsOf,
  suspicious,
  warnedMissingCells,
  worstFirst,
} from "./comment-scope.ts";
import { isFirstBaseline } from "./confirmation.ts";
import type { ReportInput } from "./input.ts";
import { learningText, unjudgedLocations } from "./sensitivity.ts";
import type { Words } from "./text.ts";

export interface Lead {
  /** Printed bold. */
  readonly outcome: string;
  /** How it was decided; empty where there is nothing to say. */
  readonly evidence: string;
}

export function lead(input: ReportInput, words: Words): Lead {
  const { comparison, failure } = input;
  if (failure !== undefined) return { outcome: words.t("comment.lead.error"), evidence: "" };
  if (comparison === undefined) return { outcome: words.t("comment.lead.not-judged"), evidence: "" };
  if (isFirstBaseline(comparison) && comparison.verdict === "pass") {
    return { outcome: words.t("comment.lead.first-baseline"), evidence: words.t("comment.lead.first-baseline-next") };
  }
  switch (comparison.verdict) {
    case "fail":
      return {
        outcome: failOutcome(input, comparison, words),
        evidence: sentences(
          failEvidence(input, comparison, words),
          learningSentence(comparison, words),
          purposeText(comparison, words),
        ),
      };
    case "inconclusive":
      return {
        outcome: undecidedOutcome(input, comparison, words),
        evidence: undecidedEvidence(input, comparison, words),
      };
    case "pass":
      return {
        outcome: passOutcome(comparison, words),
        evidence: sentences(passEvidence(input, comparison, words), purposeText(comparison, words)),
      };
    case "error":
      return { outcome: words.t("comment.lead.error"), evidence: "" };
  }
}

function sentences(...texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join(" ");
}

function failOutcome(input: ReportInput, comparison: Comparison, words: Words): string {
  const what = whatFailed(comparison, words);
  if (isBlockedButForDryRun(input, comparison)) return words.t("comment.lead.dry-run", { what });
  const isBlocked = input.policy === undefined || blocks(comparison, input.policy);
  return words.t(isBlocked ? "comment.lead.blocked" : "comment.lead.not-blocked", { what });
}

function whatFailed(comparison: Comparison, words: Words): string {
  const regressed = regressions(comparison).length;
  const missing = missingCells(comparison).length;
  const parts = [
    ...(regressed === 0
      ? []
      : [`${words.t("comment.regressions", { count: regressed })} ${inChecks(comparison, words)}`]),
    ...(missing === 0 ? [] : [words.t("comment.missing", { count: missing })]),
  ];
  return parts.length === 0 ? words.t("comment.lead.errors") : parts.join(", ");
}

function undecidedOutcome(input: ReportInput, comparison: Comparison, words: Words): string {
  const what = undecided(comparison, words);
  if (isBlockedButForDryRun(input, comparison)) return words.t("comment.lead.dry-run-by-policy", { what });
  const isBlocked = input.policy !== undefined && blocks(comparison, input.policy);
  return words.t(isBlocked ? "comment.lead.blocked-by-policy" : "comment.lead.not-blocked", { what });
}

function undecided(comparison: Comparison, words: Words): string {
  const doubtful = suspicious(comparison).length;
  if (doubtful > 0) return `${words.t("comment.suspicious", { count: doubtful })} ${inChecks(comparison, words)}`;
  if (learningText(comparison, words) === undefined) return words.t("comment.no-verdict");
  return words.t("comment.too-early", { count: checkCount(comparison) });
}

/** Nobody is told that it is safe to merge what was not measured. */
function passOutcome(comparison: Comparison, words: Words): string {
  const what = passText(comparison, words);
  const missing = warnedMissingCells(comparison).length;
  if (missing === 0) {
    const isWhole = unjudgedLocations(comparison).length === 0;
    return words.t(isWhole ? "comment.lead.passed" : "comment.lead.not-blocked", { what });
  }
  return words.t("comment.lead.not-blocked", { what: `${words.t("comment.missing", { count: missing })}, ${what}` });
}

function passText(comparison: Comparison, words: Words): string {
  const improved = gatedRows(comparison).filter(({ row }) => row.finding === "improved").length;
  const parts = [
    words.t(noLossKey(comparison)),
    ...(improved === 0 ? [] : [words.t("comment.improvements", { count: improved })]),
  ];
  return `${words.list(parts)} ${inChecks(comparison, words)}`;
}

function noLossKey(comparison: Comparison): string {
  if (acceptedRows(comparison).length + inheritedRows(comparison).length > 0) return "comment.no-new-regressions";
  const hasUngatedLoss = rowsOf(comparison.cells).some(({ row }) => row.finding === "regressed" && !row.gated);
  return hasUngatedLoss ? "comment.no-blocking-regressions" : "comment.no-regressions";
}

function learningSentence(comparison: Comparison, words: Words): string {
  const learning = learningText(comparison, words);
  return learning === undefined ? "" : `${words.t("comment.headline.learning", { learning })}.`;
}

/** What workloads are there to show, much worse without blocking; the worst one is the headline where all else passed. */
function purposeText(comparison: Comparison, words: Words): string {
  const isHeadline = comparison.verdict === "pass" && warnedMissingCells(comparison).length === 0;
  const rows = worstFirst(purposeRows(comparison)).slice(isHeadline ? 1 : 0);
  if (rows.length === 0) return "";
  const [first, ...others] = rows.map((row) => rowSentence(row, words));
  const more = others.length === 0 ? "" : words.t("rest.more", { count: others.length });
  return words.t("comment.purpose-too", { row: `${first ?? ""}${more}` });
}

function inChecks(comparison: Comparison, words: Words): string {
  return words.t("comment.in-checks", { count: checkCount(comparison) });
}

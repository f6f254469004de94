/** The second line: whether the pull request is blocked, how many checks there were, and what they were compared with. */
import type { Comparison, MetricRow } from "../model/comparison.ts";
import { blocks } from "../verdict/exit-code.ts";
import { rowSentence } from "./change-text.ts";
import { detectable, learningText, locationMetrics } from "./comment-headline.ts";
import {
  checkCount,
  gatedRows,
  missingCells,
  purposeRows,
  regressions,
  rowsOf,
  suspicious,
  worstFirst,
} from "./comment-scope.ts";
import type { ReportInput } from "./input.ts";
import { md } from "./markdown.ts";
import { metricName } from "./metric-name.ts";
import { detectableText, intervalText, percentText, probabilityText } from "./numbers.ts";
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
  if (comparison.exitReason === "first-baseline") {
    return { outcome: words.t("comment.lead.first-baseline"), evidence: words.t("comment.lead.first-baseline-next") };
  }
  switch (comparison.verdict) {
    case "fail": {
      const isBlocked = input.policy === undefined || blocks(comparison, input.policy);
      const what = whatFailed(comparison, words);
      return {
        outcome: words.t(isBlocked ? "comment.lead.blocked" : "comment.lead.not-blocked", { what }),
        evidence: [
          failEvidence(input, comparison, words),
          learningSentence(comparison, words),
          purposeText(comparison, words),
        ]
          .filter((text) => text !== "")
          .join(" "),
      };
    }
    case "inconclusive": {
      const blocks = input.policy?.onInconclusive === "fail";
      const what = undecided(comparison, words);
      return {
        outcome: words.t(blocks ? "comment.lead.blocked-by-policy" : "comment.lead.not-blocked", { what }),
        evidence: undecidedEvidence(input, comparison, words),
      };
    }
    case "pass":
      return {
        outcome: words.t("comment.lead.passed", { what: passText(comparison, words) }),
        evidence: [comparedText(input, comparison, words), purposeText(comparison, words)]
          .filter((text) => text !== "")
          .join(" "),
      };
    case "error":
      return { outcome: words.t("comment.lead.error"), evidence: "" };
  }
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

function passText(comparison: Comparison, words: Words): string {
  const improved = gatedRows(comparison).filter(({ row }) => row.finding === "improved").length;
  const hasUngatedLoss = rowsOf(comparison.cells).some(({ row }) => row.finding === "regressed" && !row.gated);
  const parts = [
    words.t(hasUngatedLoss ? "comment.no-blocking-regressions" : "comment.no-regressions"),
    ...(improved === 0 ? [] : [words.t("comment.improvements", { count: improved })]),
  ];
  return `${words.list(parts)} ${inChecks(comparison, words)}`;
}

function undecided(comparison: Comparison, words: Words): string {
  const doubtful = suspicious(comparison).length;
  if (doubtful > 0) return `${words.t("comment.suspicious", { count: doubtful })} ${inChecks(comparison, words)}`;
  if (learningText(comparison, words) === undefined) return words.t("comment.no-verdict");
  return words.t("comment.too-early", { count: checkCount(comparison) });
}

/** Of a suspicious row what there is to go by; else what the comparison was. */
function undecidedEvidence(input: ReportInput, comparison: Comparison, words: Words): string {
  const [worst] = suspicious(comparison);
  if (worst === undefined || worst.row.interval === undefined) return comparedText(input, comparison, words);
  const runs = words.t("comment.with-runs", { count: worst.row.baselineRuns, baseline: ofBaseline(input, words) });
  const { pAdjusted } = worst.row;
  const p = pAdjusted === undefined ? [] : [`p = ${probabilityText(pAdjusted)}`.replace("= <", "<")];
  return words.t("comment.compared-worst", { runs, details: [confidenceText(worst.row, words), ...p].join(", ") });
}

function learningSentence(comparison: Comparison, words: Words): string {
  const learning = learningText(comparison, words);
  return learning === undefined ? "" : `${words.t("comment.headline.learning", { learning })}.`;
}

/** What workloads are there to show, much worse without blocking; the worst one is the headline where all else passed. */
function purposeText(comparison: Comparison, words: Words): string {
  const rows = worstFirst(purposeRows(comparison)).slice(comparison.verdict === "pass" ? 1 : 0);
  if (rows.length === 0) return "";
  const [first, ...others] = rows.map((row) => rowSentence(row, words));
  const more = others.length === 0 ? "" : words.t("rest.more", { count: others.length });
  return words.t("comment.purpose-too", { row: `${first ?? ""}${more}` });
}

function inChecks(comparison: Comparison, words: Words): string {
  return words.t("comment.in-checks", { count: checkCount(comparison) });
}

/** Why the worst row is believed: "slower in 3 of 3 pairs, 90% CI …", "worse in all 3 trials, …". */
function failEvidence(input: ReportInput, comparison: Comparison, words: Words): string {
  const [worst] = regressions(comparison);
  if (worst === undefined || worst.row.interval === undefined) return comparedText(input, comparison, words);
  const { row } = worst;
  const details = [agreementText(row, words), confidenceText(row, words)].filter((text) => text !== "");
  if (row.stage === "confirmation" && row.confirmation !== undefined) {
    return words.t("comment.confirmed", { baseline: baselineName(input, words), details: details.join(", ") });
  }
  const runs = words.t("comment.with-runs", { count: row.baselineRuns, baseline: ofBaseline(input, words) });
  return words.t("comment.compared-worst", { runs, details: details.join(", ") });
}

function agreementText({ stage, confirmation, candidateTrials, reason }: MetricRow, words: Words): string {
  if (stage === "confirmation" && confirmation !== undefined) {
    return words.t("comment.pairs", { count: confirmation.worse, pairs: words.count(confirmation.pairs) });
  }
  // The history stage calls a row regressed only where every trial is worse; a gross one may have had a single trial.
  return reason === "significant" && candidateTrials > 1
    ? words.t("comment.all-trials", { count: candidateTrials })
    : "";
}

function confidenceText({ interval }: MetricRow, words: Words): string {
  if (interval === undefined) return "";
  const confidence = percentText(interval.confidence, words);
  return words.t("comment.interval", { confidence, interval: intervalText(interval, words) });
}

/** "Compared 3 trials with 5 runs of main; would have seen a loss of ≥ 8% (Throughput, ITL P50)." */
function comparedText(input: ReportInput, comparison: Comparison, words: Words): string {
  const { baselineRuns } = comparison;
  if (baselineRuns === 0) return "";
  const trials = Math.max(0, ...gatedRows(comparison).map(({ row }) => row.candidateTrials));
  const runs = words.t("comment.with-runs", { count: baselineRuns, baseline: ofBaseline(input, words) });
  const seen = detectable(comparison);
  const learning = learningText(comparison, words) !== undefined;
  const compared = words.t("comment.compared", { trials: words.t("comment.trials", { count: trials }), runs });
  if (seen === undefined || learning) return `${compared}.`;
  const metrics = locationMetrics(comparison).map((metric) => metricName(metric, words));
  return words.t("comment.compared-would-see", {
    compared,
    change: detectableText(seen, words),
    metrics: metrics.join(", "),
  });
}

function baselineName({ context }: ReportInput, words: Words): string {
  return context.baselineLabel === undefined ? words.t("comment.baseline") : md(context.baselineLabel, 60);
}

function ofBaseline({ context }: ReportInput, words: Words): string {
  return context.baselineLabel === undefined
    ? words.t("comment.of-baseline")
    : words.t("comment.of-label", { label: md(context.baselineLabel, 60) });
}

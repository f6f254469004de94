/** Why the verdict is to be believed: what was compared with what, how often, and how sure it is. */
import type { Comparison, MetricRow } from "../model/comparison.ts";
import { baselineName, ofBaseline } from "./baseline-name.ts";
import { gatedRows, regressions, suspicious } from "./comment-scope.ts";
import { clearedCells, isPaired, pairsText } from "./confirmation.ts";
import type { ReportInput } from "./input.ts";
import { metricName } from "./metric-name.ts";
import { detectableText, intervalText, percentText, probabilityText } from "./numbers.ts";
import { detectable, learningText, locationMetrics } from "./sensitivity.ts";
import type { Words } from "./text.ts";
import { exceededTexts } from "./waiver-warnings.ts";

/** Why the worst row is believed: "slower in 3 of 3 pairs, 90% CI …", "worse in all 3 trials, …"; and what it was allowed. */
export function failEvidence(input: ReportInput, comparison: Comparison, words: Words): string {
  const [worst] = regressions(comparison);
  return [evidenceOf(worst?.row, { input, comparison, words }), ...exceededTexts(comparison, words)]
    .filter((text) => text !== "")
    .join(" ");
}

/** Of a suspicious row what there is to go by; else what the comparison was. */
export function undecidedEvidence(input: ReportInput, comparison: Comparison, words: Words): string {
  const [worst] = suspicious(comparison);
  return [evidenceOf(worst?.row, { input, comparison, words }), outOfTimeText(comparison, words)]
    .filter((text) => text !== "")
    .join(" ");
}

export function passEvidence(input: ReportInput, comparison: Comparison, words: Words): string {
  return [comparedText(input, comparison, words), clearedText(input, comparison, words)]
    .filter((text) => text !== "")
    .join(" ");
}

interface Telling {
  readonly input: ReportInput;
  readonly comparison: Comparison;
  readonly words: Words;
}

function evidenceOf(row: MetricRow | undefined, telling: Telling): string {
  const { input, comparison, words } = telling;
  if (row === undefined) return comparedText(input, comparison, words);
  if (row.interval !== undefined) return rowEvidence(row, telling);
  return countedText(row, telling) ?? comparedText(input, comparison, words);
}

/** Of failures that the arms of a confirmation had a part in. */
function countedText({ stage }: MetricRow, { input, comparison, words }: Telling): string | undefined {
  if (stage !== "confirmation") return undefined;
  const key = isPaired(input, comparison) ? "comment.counted-in-turns" : "comment.counted-with-turns";
  return words.t(key, { baseline: baselineName(input.context, words) });
}

function rowEvidence(row: MetricRow, { input, comparison, words }: Telling): string {
  const p = row.finding === "regressed" ? "" : probability(row);
  const details = [agreementText(row, words), confidenceText(row, words), p].filter((text) => text !== "").join(", ");
  if (row.stage === "confirmation" && row.confirmation !== undefined) {
    const key = isPaired(input, comparison) ? "comment.in-turns-details" : "comment.confirmed";
    return words.t(key, { baseline: baselineName(input.context, words), details });
  }
  const runs = words.t("comment.with-runs", { count: row.baselineRuns, baseline: ofBaseline(input.context, words) });
  return words.t("comment.compared-worst", { runs, details });
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

function probability({ pAdjusted }: MetricRow): string {
  return pAdjusted === undefined ? "" : `p = ${probabilityText(pAdjusted)}`.replace("= <", "<");
}

/** "Compared 3 trials with 5 runs of main; would have seen a loss of ≥ 8% (Throughput, ITL P50)." */
function comparedText(input: ReportInput, comparison: Comparison, words: Words): string {
  const compared = whatWasCompared(input, comparison, words);
  if (compared === undefined) return "";
  const seen = detectable(comparison);
  const learning = learningText(comparison, words) !== undefined;
  if (seen === undefined || learning) return `${compared}.`;
  const metrics = locationMetrics(comparison).map((metric) => metricName(metric, words));
  return words.t("comment.compared-would-see", {
    compared,
    change: detectableText(seen, words),
    metrics: metrics.join(", "),
  });
}

function whatWasCompared(input: ReportInput, comparison: Comparison, words: Words): string | undefined {
  const { context } = input;
  if (isPaired(input, comparison)) {
    const pairs = pairsText(comparison, words);
    if (pairs === undefined) return undefined;
    return words.t("comment.in-turns", { baseline: baselineName(context, words), pairs });
  }
  const { baselineRuns } = comparison;
  if (baselineRuns === 0) return undefined;
  const trials = Math.max(0, ...gatedRows(comparison).map(({ row }) => row.candidateTrials));
  if (trials === 0) return undefined;
  const runs = words.t("comment.with-runs", { count: baselineRuns, baseline: ofBaseline(context, words) });
  return words.t("comment.compared", { trials: words.t("comment.trials", { count: trials }), runs });
}

/** "Against the history 2 workloads looked slower; re-measured in turns with the main build, that did not hold up." */
function clearedText({ context }: ReportInput, comparison: Comparison, words: Words): string {
  const count = clearedCells(comparison).length;
  return count === 0 ? "" : words.t("comment.cleared", { count, baseline: baselineName(context, words) });
}

function outOfTimeText({ cause, warnings }: Comparison, words: Words): string {
  const warning = warnings.find(({ kind }) => kind === "confirmation-time");
  const minutes = Number(warning?.values?.["minutes"]);
  if (cause !== "not-confirmed" || !Number.isFinite(minutes)) return "";
  return words.t("comment.out-of-time", { count: minutes });
}

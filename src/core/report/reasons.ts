/** Why a row was found as it was, in the reader's language. */
import type { LaneDifference, MetricRow } from "../model/comparison.ts";
import { isNotGateable } from "./comment-scope.ts";
import { lookedWorse } from "./confirmation.ts";
import { code, md } from "./markdown.ts";
import { detectableText, fineChangeText } from "./numbers.ts";
import { isLost } from "./sensitivity.ts";
import type { Words } from "./text.ts";

/** "no change seen, would see ≥ 8%": the reason code's sentence with the row's own numbers. */
export function reasonText(row: MetricRow, words: Words): string {
  const reason = screenedText(row, words) ?? ownReason(row, words);
  const said = [reason, toleranceText(row, words)].filter((text) => text !== "").join("; ");
  return isBlindBesides(row) ? `${said}; ${notGateableText(row, words)}` : said;
}

/** Of a row that had looked worse: both estimates, for the reader wonders where the first one went. */
function screenedText(row: MetricRow, words: Words): string | undefined {
  const { screen, change, finding, stage } = row;
  if (screen === undefined || change === undefined || finding === "regressed" || !lookedWorse(row)) return undefined;
  return words.t(row.reason === "not-confirmed" ? "reason.screened-open" : "reason.screened", {
    screen: fineChangeText(screen.change, words),
    change: fineChangeText(change, words),
    reason:
      finding === "unchanged"
        ? words.t("reason.unchanged")
        : ownReason({ ...row, stage: stage ?? "confirmation" }, words),
  });
}

function ownReason(row: MetricRow, words: Words): string {
  const { reason, finding, stage } = row;
  if (reason === "not-comparable") return notComparable(row.differs ?? [], words);
  if (isLost(row)) return words.t("reason.no-value");
  if (reason === "noise") return noiseText(row, words);
  if (reason === "trials-disagree" && stage === "confirmation") return words.t("reason.pairs-disagree");
  // A comparison of another tool may have reasons of its own.
  if (reason !== "significant") return words.has(`reason.${reason}`) ? words.t(`reason.${reason}`) : md(reason);
  const kind = finding === "improved" ? "improved" : stage === "confirmation" ? "confirmed" : "regressed";
  return words.t(`reason.significant-${kind}`);
}

/** Why a proven loss does not block. */
function toleranceText({ finding, gated, waiver, inherited }: MetricRow, words: Words): string {
  if (finding !== "regressed" || !gated) return "";
  if (waiver !== undefined) return words.t("reason.accepted");
  return inherited === undefined ? "" : words.t("reason.inherited");
}

function noiseText(row: MetricRow, words: Words): string {
  const { minDetectable, stage, candidateTrials, interval } = row;
  if (minDetectable !== undefined) {
    const change = detectableText(minDetectable, words);
    if (isNotGateable(row)) return words.t("reason.not-gateable", { change });
    const isOffZero = interval !== undefined && (interval.low > 0 || interval.high < 0);
    return words.t(isOffZero ? "reason.noise-not-proven" : "reason.noise-would-see", { change });
  }
  // The gate judges no tail from one trial, and has nothing it could have seen.
  return words.t(stage !== undefined && candidateTrials === 1 ? "reason.noise-one-trial" : "reason.noise");
}

/** Whatever else is said of a row that could only see what nobody would miss: a loss that it did see is no such case. */
function isBlindBesides(row: MetricRow): boolean {
  return row.finding !== "regressed" && row.reason !== "noise" && isNotGateable(row);
}

function notGateableText({ minDetectable = 0 }: MetricRow, words: Words): string {
  return words.t("reason.not-gateable", { change: detectableText(minDetectable, words) });
}

function notComparable(differences: readonly LaneDifference[], words: Words): string {
  if (differences.length === 0) return words.t("reason.not-comparable");
  return words.t("reason.not-comparable-because", { differences: differencesText(differences, words) });
}

/** "`--max-batch-size` 8 → 24, environment gpu-a → gpu-b". */
export function differencesText(differences: readonly LaneDifference[], words: Words): string {
  const shown = differences.map(({ what, name, baseline, candidate }) => {
    if (what === "schedule") return words.t("lane.schedule");
    if (what === "environment" && baseline === undefined) return words.t("lane.environment");
    const side = (value: string | undefined) => (value === undefined || value === "" ? "∅" : md(value, 60));
    const subject = name === undefined ? words.t(`lane.${what}`) : code(name, 60);
    return `${subject} ${side(baseline)} → ${side(candidate)}`;
  });
  return shown.join(", ");
}

/** Why a row was found as it was, and what weakens the run, in the reader's language. */
import type { GateWarning, LaneDifference, MetricRow } from "../model/comparison.ts";
import { isNotGateable, workloadText } from "./comment-scope.ts";
import { code, md } from "./markdown.ts";
import { detectableText } from "./numbers.ts";
import type { Words } from "./text.ts";

/** "no change seen, would see ≥ 8%": the reason code's sentence with the row's own numbers. */
export function reasonText(row: MetricRow, words: Words): string {
  const { reason, finding, stage } = row;
  if (reason === "not-comparable") return notComparable(row.differs ?? [], words);
  if (reason === "noise") return noiseText(row, words);
  // A comparison of another tool may have reasons of its own.
  if (reason !== "significant") return words.has(`reason.${reason}`) ? words.t(`reason.${reason}`) : md(reason);
  const kind = finding === "improved" ? "improved" : stage === "confirmation" ? "confirmed" : "regressed";
  return words.t(`reason.significant-${kind}`);
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

function notComparable(differences: readonly LaneDifference[], words: Words): string {
  if (differences.length === 0) return words.t("reason.not-comparable");
  const shown = differences.map(({ what, name, baseline, candidate }) => {
    if (what === "schedule") return words.t("lane.schedule");
    if (what === "environment" && baseline === undefined) return words.t("lane.environment");
    const side = (value: string | undefined) => (value === undefined || value === "" ? "∅" : md(value, 60));
    const subject = name === undefined ? words.t(`lane.${what}`) : code(name, 60);
    return `${subject} ${side(baseline)} → ${side(candidate)}`;
  });
  return words.t("reason.not-comparable-because", { differences: shown.join(", ") });
}

/** Each kind once, with the workloads it is about. Losses of purpose and the whole run's learning stand in the headline. */
export function warningTexts(warnings: readonly GateWarning[], words: Words): readonly string[] {
  const kinds = [...new Set(warnings.filter((warning) => !isInHeadline(warning)).map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const alike = warnings.filter((warning) => warning.kind === kind);
    return [warningText(kind, alike, words)];
  });
}

function isInHeadline({ kind, cell }: GateWarning): boolean {
  return kind === "purpose-worse" || (kind === "few-runs" && cell === undefined);
}

function warningText(kind: GateWarning["kind"], alike: readonly GateWarning[], words: Words): string {
  const cells = words.list([...new Set(alike.flatMap(({ cell }) => (cell === undefined ? [] : [workloadText(cell)])))]);
  const values = alike[0]?.values ?? {};
  switch (kind) {
    case "few-runs":
      return words.t("warning.young-cells", { cells });
    case "host-differs": {
      const host = (side: string) => code(String(values[side] ?? "?"), 60);
      return words.t("warning.host-differs", { baseline: host("baseline"), candidate: host("candidate") });
    }
    case "load-bound":
      return words.t("warning.load-bound", { cells });
    case "one-boot":
      return words.t("warning.one-boot", { cells });
    case "purpose-worse":
      return words.t("warning.purpose-worse", { cells });
    case "summary-only":
      return words.t("warning.summary-only");
    case "missing":
    case "baseline-slowed":
    case "unstable-history":
    case "waiver-stale":
    case "waiver-exceeded":
    case "confirmation-time":
      return words.t(`warning.${kind}`, { cells });
  }
}

/** What weakens the run, in the reader's language: the notes under the comment. */
import type { Comparison, GateWarning, Reason } from "../model/comparison.ts";
import { sinceText } from "./accepted-losses.ts";
import { theBaseline } from "./baseline-name.ts";
import {
  cellText,
  distinct,
  gatedRows,
  isSuspicious,
  placedCellText,
  sameCell,
  workloadText,
} from "./comment-scope.ts";
import type { ReportContext } from "./input.ts";
import { code, md } from "./markdown.ts";
import { shareText } from "./numbers.ts";
import { differencesText } from "./reasons.ts";
import { rowName } from "./row-name.ts";
import type { Words } from "./text.ts";
import { exceededTexts, staleTexts } from "./waiver-warnings.ts";

interface Telling {
  readonly comparison: Comparison;
  readonly context: ReportContext;
  readonly words: Words;
}

/** By whose rules it was judged, then each kind of warning once, with what it is about. What leads the comment is not said again. */
export function noteTexts(comparison: Comparison, context: ReportContext, words: Words): readonly string[] {
  const kinds = distinct(comparison.warnings.map(({ kind }) => kind));
  return [
    ...policyTexts(context, words),
    ...obstacleTexts(context, words),
    ...dryRunTexts(context, words),
    ...otherLaneTexts(comparison, words),
    ...kinds.flatMap((kind) => warningTexts(kind, { comparison, context, words })),
  ];
}

function policyTexts({ policyNotice, ...context }: ReportContext, words: Words): readonly string[] {
  if (policyNotice === undefined || policyNotice.kind === "changed") return [];
  const baseline = theBaseline(context, words);
  return policyNotice.kind === "new"
    ? [words.t("warning.policy-new", { baseline })]
    : [words.t("warning.policy-unread", { baseline, why: md(policyNotice.why, 400).replace(/\.$/, "") })];
}

/** The config promises a confirmation, and there was none. */
function obstacleTexts({ noConfirmation }: ReportContext, words: Words): readonly string[] {
  if (noConfirmation === undefined) return [];
  const [why = ""] = noConfirmation.split("\n");
  return [words.t("warning.no-confirmation", { why: md(why, 400).replace(/\.$/, "") })];
}

/** What a gate that blocks nobody yet would have done so far. */
function dryRunTexts({ dryRuns }: ReportContext, words: Words): readonly string[] {
  if (dryRuns === undefined) return [];
  const wouldBlock = words.count(dryRuns.wouldBlock);
  return [words.t("warning.dry-runs", { wouldBlock, count: dryRuns.runs })];
}

function warningTexts(kind: GateWarning["kind"], telling: Telling): readonly string[] {
  const { comparison, context, words } = telling;
  const alike = comparison.warnings.filter((warning) => warning.kind === kind);
  const cells = words.list(distinct(alike.flatMap(({ cell }) => (cell === undefined ? [] : [workloadText(cell)]))));
  const value = (name: string) => alike[0]?.values?.[name];
  switch (kind) {
    case "few-runs":
      // Of the whole run it stands in the headline.
      return alike.every(({ cell }) => cell === undefined) ? [] : [words.t("warning.young-cells", { cells })];
    case "host-differs": {
      const host = (side: string) => code(String(value(side) ?? "?"), 60);
      return [words.t("warning.host-differs", { baseline: host("baseline"), candidate: host("candidate") })];
    }
    case "load-bound":
    case "one-boot":
      return [words.t(`warning.${kind}`, { cells })];
    case "summary-only":
      return [words.t("warning.summary-only")];
    case "baseline-slowed":
      return slowedTexts(alike, telling);
    case "unstable-history":
      return [
        words.t("warning.unstable-history", {
          baseline: theBaseline(context, words),
          count: Number(value("alarms") ?? 0),
          runs: words.count(Number(value("runs") ?? 0)),
        }),
      ];
    case "waiver-stale":
      return staleTexts(comparison, words);
    case "waiver-exceeded":
      // Beside the loss in a run that failed.
      return comparison.verdict === "fail" ? [] : exceededTexts(comparison, words);
    case "confirmation-time":
      return comparison.cause === "not-confirmed" || !isOpen(comparison) ? [] : [words.t("warning.confirmation-time")];
    case "void-trials":
      return voidTexts(alike, telling);
    case "missing":
    case "purpose-worse":
      return [];
  }
}

/** Whether a suspicion was left. */
function isOpen(comparison: Comparison): boolean {
  return gatedRows(comparison).some(({ row }) => isSuspicious(row) || UNMEASURED.includes(row.reason));
}

/** Time that ran out before there was anything to judge by. */
const UNMEASURED: readonly Reason[] = ["too-few-pairs", "no-valid-trial"];

/** Cells beyond these are in results.json. */
const MOST_VOID = 3;

/** "`chat` on Llama: 1 of 3 trials does not count: server exited with code 1." */
function voidTexts(alike: readonly GateWarning[], { comparison, words }: Telling): readonly string[] {
  const texts = alike.flatMap(({ cell, values }) => {
    if (cell === undefined) return [];
    const known = comparison.cells.find((each) => sameCell(each, cell));
    const reason = values?.["reason"];
    return [
      words.t("warning.void-trials", {
        cell: known === undefined ? cellText(cell, words) : placedCellText(known, comparison, words),
        count: wholeNumber(values?.["trials"], 1),
        of: words.t("warning.void-of", { count: wholeNumber(values?.["of"], 1) }),
        why: reason === undefined || reason === "" ? "" : `: ${md(String(reason)).replace(/\.$/, "")}`,
      }),
    ];
  });
  const more = texts.length - MOST_VOID;
  return more <= 0 ? texts : [...texts.slice(0, MOST_VOID), words.t("warning.more-void", { count: more })];
}

function wholeNumber(value: string | number | undefined, otherwise: number): number {
  const number = Number(value ?? otherwise);
  return Number.isFinite(number) ? number : otherwise;
}

/** What is known only under other conditions, and was therefore measured beside the base build. */
function otherLaneTexts(comparison: Comparison, words: Words): readonly string[] {
  const byDifference = new Map<string, string[]>();
  for (const cell of comparison.cells) {
    const row = cell.metrics.find(
      ({ gated, stage, differs = [] }) => gated && stage === "confirmation" && differs.length > 0,
    );
    if (row === undefined) continue;
    const differences = differencesText(row.differs ?? [], words);
    byDifference.set(differences, [...(byDifference.get(differences) ?? []), placedCellText(cell, comparison, words)]);
  }
  return [...byDifference].map(([differences, cells]) => {
    const more = cells.length > MOST_CELLS ? words.t("rest.more", { count: cells.length - MOST_CELLS }) : "";
    return words.t("warning.other-lane", { cells: `${cells.slice(0, MOST_CELLS).join("; ")}${more}`, differences });
  });
}
const MOST_CELLS = 3;

/** Moments beyond these say nothing new. */
const MOST_CUTS = 3;

/** "main itself became slower (ITL P50 of `chat` on Llama by 6% since `4f2c9d1`). Earlier runs are left out …" */
function slowedTexts(alike: readonly GateWarning[], { comparison, context, words }: Telling): readonly string[] {
  const cuts = alike.slice(-MOST_CUTS).map((warning) =>
    words.t("warning.slowed-row", {
      row: rowName(warning, comparison, words),
      change: shareText(Number(warning.values?.["change"] ?? 0), words),
      since: sinceText(String(warning.values?.["since"] ?? "?")),
    }),
  );
  return [words.t("warning.baseline-slowed", { baseline: theBaseline(context, words), cuts: cuts.join("; ") })];
}

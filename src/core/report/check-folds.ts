/** What the comment folds away: every check, and why each was found as it was. */

import { metricCatalogue } from "../metrics/catalogue.ts";
import type { ComparedCell, Comparison, MetricRow } from "../model/comparison.ts";
import { isBlockingLoss } from "../verdict/decide.ts";
import { markedChange, markOf } from "./change-text.ts";
import {
  acceptedRows,
  type CheckedRow,
  cellText,
  checkCount,
  distinct,
  gatedRows,
  groupsOf,
  inheritedRows,
  isSuspicious,
  modelText,
  rowOf,
  rowsOf,
  shortPhase,
  worstFirst,
} from "./comment-scope.ts";
import { groupTitle } from "./comment-tables.ts";
import { lookedWorse } from "./confirmation.ts";
import { metricName, metricWithUnit } from "./metric-name.ts";
import { changeText, detectableText, intervalText, percentText, probabilityText } from "./numbers.ts";
import { reasonText } from "./reasons.ts";
import { table } from "./table.ts";
import type { Words } from "./text.ts";

/**
 * How much is told: all; without the rows that only report; without the reasons of checks that found nothing; without
 * those checks; only what decided.
 */
export type Detail = "all" | "gated" | "brief" | "changed" | "decisive";

/** Decisive rows beyond these repeat each other. */
const MOST_DECISIVE = 20;

/** Metrics of the tables besides those that gate. */
const ALSO_SHOWN = new Set(["ttft_p50", "ttft_p95", "ttft_p99", "e2e_p50", "error_rate"]);

/** A table for each phase × workload, metric × model. */
export function checkTables(comparison: Comparison, detail: Detail, words: Words): readonly string[] {
  const blocking = gatedRows(comparison).map(({ row }) => row.metric);
  const offered = new Set([...blocking, ...ALSO_SHOWN]);
  return groupsOf(comparison.cells).flatMap((group) => {
    const metrics = metricCatalogue
      .map(({ id }) => id)
      .filter((id) => offered.has(id) && group.cells.some((cell) => isTold(rowOf(cell, id), detail)));
    if (metrics.length === 0) return [];
    return [
      table({
        header: [groupTitle(group, comparison), ...group.cells.map(modelText)],
        rows: metrics.map((metric) => [
          metricWithUnit(metric, words),
          ...group.cells.map((cell) => found(rowOf(cell, metric), words)),
        ]),
      }),
    ];
  });
}

function isTold(row: MetricRow | undefined, detail: Detail): boolean {
  if (row === undefined) return false;
  if (detail === "decisive") return isNews(row);
  return detail !== "changed" || isNews(row) || row.finding === "improved";
}

function isNews(row: MetricRow): boolean {
  return row.gated && (row.finding === "regressed" || row.finding === "missing" || isSuspicious(row));
}

/** The change and its mark; the legend over the tables explains the marks. */
function found(row: MetricRow | undefined, words: Words): string {
  const text = markedChange(row, words);
  if (row === undefined || !row.gated || markOf(row) !== "") return text;
  return row.finding === "inconclusive" || row.finding === "invalid" ? `❔ ${text}` : text;
}

/** What blocks, and the marks; those that are seldom needed only where they stand in a table. */
export function legend(comparison: Comparison, words: Words): string {
  const gated = distinct(gatedRows(comparison).map(({ row }) => row.metric));
  const blocking = metricCatalogue.filter(({ id }) => gated.includes(id)).map(({ id }) => metricName(id, words));
  const more = [
    ...(acceptedRows(comparison).length === 0 ? [] : [words.t("folds.legend-accepted")]),
    ...(inheritedRows(comparison).length === 0 ? [] : [words.t("folds.legend-inherited")]),
  ];
  const marks = words.t("folds.legend", { more: more.map((text) => `${text}, `).join("") });
  return blocking.length === 0 ? marks : `${words.t("folds.blocking", { metrics: blocking.join(", ") })} ${marks}`;
}

/** "120 checks · three phases": what the fold is headed with, as HTML. */
export function checksSummary(comparison: Comparison, words: Words): string {
  const count = checkCount(comparison);
  const checks = count === 0 ? words.t("folds.unchecked") : words.t("folds.checks", { count });
  const phases = distinct(comparison.cells.map(({ phase }) => phase)).length;
  return phases < 2 ? checks : `${checks} · ${words.t("folds.phases", { count: phases })}`;
}

/** One row for each check with something to say, the telling ones first: estimate, interval, p, sizes, reason. */
export function whyTable(comparison: Comparison, detail: Detail, words: Words): string {
  const { blocking, open, rest } = tellingRows(comparison);
  const shown =
    detail === "decisive" ? [...blocking, ...open].slice(0, MOST_DECISIVE) : [...blocking, ...open, ...rest];
  return reasonsTable(shown, comparison, { words });
}

/** What blocks; what is worse and does not, or may be; whatever else was not simply found unchanged. */
function tellingRows(comparison: Comparison): Readonly<Record<"blocking" | "open" | "rest", readonly CheckedRow[]>> {
  const rows = gatedRows(comparison);
  const news = worstFirst(rows.filter(({ row }) => isNews(row)));
  const blocks = ({ row }: CheckedRow) => isBlockingLoss(row) || row.finding === "missing";
  return {
    blocking: news.filter(blocks),
    open: news.filter((checked) => !blocks(checked)),
    rest: [
      ...rowsOf(comparison.cells).filter(({ row }) => isReportedLoss(row)),
      ...rows.filter(({ row }) => !isNews(row) && !isQuiet(row)),
    ],
  };
}

/** Found unchanged, and nobody had thought otherwise. */
function isQuiet(row: MetricRow): boolean {
  return row.finding === "unchanged" && !lookedWorse(row);
}

function isReportedLoss({ gated, finding, metric }: MetricRow): boolean {
  return !gated && finding === "regressed" && ALSO_SHOWN.has(metric);
}

/** The checks that found nothing; empty where details have to be left out. */
export function quietTable(comparison: Comparison, detail: Detail, words: Words): string {
  if (detail !== "all" && detail !== "gated") return "";
  return reasonsTable(quietRows(comparison), comparison, { words });
}

export function quietSummary(comparison: Comparison, words: Words): string {
  return words.t("folds.quiet", { count: quietRows(comparison).length });
}

function quietRows(comparison: Comparison): readonly CheckedRow[] {
  return gatedRows(comparison).filter(({ row }) => isQuiet(row));
}

/** What was judged besides and cannot block; empty where details have to be left out. */
export function reportedTable(comparison: Comparison, detail: Detail, words: Words): string {
  return detail === "all" ? reasonsTable(reportedRows(comparison), comparison, { words, compact: true }) : "";
}

export function reportedSummary(comparison: Comparison, words: Words): string {
  return words.t("folds.reported", { count: reportedRows(comparison).length });
}

/** Worse first, then as they stand. */
function reportedRows(comparison: Comparison): readonly CheckedRow[] {
  const judged = rowsOf(comparison.cells).filter(({ row }) => !row.gated && wasJudged(row) && !isReportedLoss(row));
  const worse = judged.filter(({ row }) => row.finding === "regressed");
  return [...worstFirst(worse), ...judged.filter(({ row }) => row.finding !== "regressed")];
}

/** Put to a test, or kept from one by what its reason says. */
function wasJudged({ stage, finding, reason }: MetricRow): boolean {
  return stage !== undefined || (finding === "inconclusive" && reason !== "not-judged");
}

function reasonsTable(
  rows: readonly CheckedRow[],
  comparison: Comparison,
  { words, compact = false }: { readonly words: Words; readonly compact?: boolean },
): string {
  if (rows.length === 0) return "";
  const named = distinct(comparison.cells.map(({ phase }) => phase)).length > 1;
  return table({
    header: ["check", "change", "interval", "p", "min-effect", "would-see", "why"].map((column) =>
      words.t(`why.${column}`),
    ),
    textColumns: [0, 6],
    compact,
    rows: rows.map((checked) => whyRow(checked, named, words)),
  });
}

function whyRow({ cell, row }: CheckedRow, phaseNamed: boolean, words: Words): readonly string[] {
  const place = phaseNamed ? `${phaseOf(cell)}, ${cellText(cell, words)}` : cellText(cell, words);
  const { change, interval, pAdjusted, minEffect, minDetectable } = row;
  return [
    `${place}: ${metricName(row.metric, words)}`,
    change === undefined ? "–" : changeText(change, words),
    interval === undefined ? "–" : intervalText(interval, words),
    pAdjusted === undefined ? "–" : probabilityText(pAdjusted),
    minEffect === undefined ? "–" : percentText(minEffect, words),
    minDetectable === undefined ? "–" : `≥ ${detectableText(minDetectable, words)}`,
    reasonText(row, words),
  ];
}

function phaseOf({ phaseTitle, phase }: ComparedCell): string {
  return shortPhase(phaseTitle ?? phase);
}

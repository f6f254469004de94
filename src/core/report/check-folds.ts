/** What the comment folds away: every check, and why each was found as it was. */

import { metricCatalogue } from "../metrics/catalogue.ts";
import type { ComparedCell, Comparison, MetricRow } from "../model/comparison.ts";
import { cellChange } from "./change-text.ts";
import {
  type CheckedRow,
  cellText,
  checkCount,
  distinct,
  gatedRows,
  groupsOf,
  isSuspicious,
  modelText,
  rowOf,
  rowsOf,
  shortPhase,
  worstFirst,
} from "./comment-scope.ts";
import { groupTitle } from "./comment-tables.ts";
import { metricName, metricWithUnit } from "./metric-name.ts";
import { changeText, detectableText, intervalText, percentText, probabilityText } from "./numbers.ts";
import { reasonText } from "./reasons.ts";
import { table } from "./table.ts";
import type { Words } from "./text.ts";

/** How much is told: all; without the reasons of checks that found nothing; without those checks; only what decided. */
export type Detail = "all" | "brief" | "changed" | "decisive";

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
  return detail === "all" || detail === "brief" || isNews(row) || (detail === "changed" && row.finding === "improved");
}

function isNews(row: MetricRow): boolean {
  return row.gated && (row.finding === "regressed" || row.finding === "missing" || isSuspicious(row));
}

/** The change and its mark; the legend over the tables explains the marks. */
function found(row: MetricRow | undefined, words: Words): string {
  const text = cellChange(row, words);
  if (row === undefined) return text;
  switch (row.finding) {
    case "regressed":
    case "missing":
      return row.gated ? `❌ **${text}**` : `⚠️ ${text}`;
    case "improved":
      return `✅ ${text}`;
    case "inconclusive":
    case "invalid":
      if (isSuspicious(row)) return `⚠️ ${text}`;
      return row.gated ? `❔ ${text}` : text;
    case "unchanged":
    case "new":
      return text;
  }
}

/** "120 checks · three phases": what the fold is headed with, as HTML. */
export function checksSummary(comparison: Comparison, words: Words): string {
  const checks = words.t("folds.checks", { count: checkCount(comparison) });
  const phases = distinct(comparison.cells.map(({ phase }) => phase)).length;
  return phases < 2 ? checks : `${checks} · ${words.t("folds.phases", { count: phases })}`;
}

/** One row for each check with something to say, the telling ones first: estimate, interval, p, sizes, reason. */
export function whyTable(comparison: Comparison, detail: Detail, words: Words): string {
  const rows = gatedRows(comparison);
  const news = worstFirst(rows.filter(({ row }) => isNews(row)));
  const changed = rows.filter(({ row }) => !isNews(row) && row.finding !== "unchanged");
  const ungated = rowsOf(comparison.cells).filter(
    ({ row }) => !row.gated && row.finding === "regressed" && ALSO_SHOWN.has(row.metric),
  );
  const shown = detail === "decisive" ? news.slice(0, MOST_DECISIVE) : [...news, ...ungated, ...changed];
  return reasonsTable(shown, comparison, words);
}

/** The checks that found nothing; empty where details have to be left out. */
export function quietTable(comparison: Comparison, detail: Detail, words: Words): string {
  const quiet = gatedRows(comparison).filter(({ row }) => row.finding === "unchanged");
  return detail === "all" ? reasonsTable(quiet, comparison, words) : "";
}

export function quietSummary(comparison: Comparison, words: Words): string {
  return words.t("folds.quiet", {
    count: gatedRows(comparison).filter(({ row }) => row.finding === "unchanged").length,
  });
}

function reasonsTable(rows: readonly CheckedRow[], comparison: Comparison, words: Words): string {
  if (rows.length === 0) return "";
  const named = distinct(comparison.cells.map(({ phase }) => phase)).length > 1;
  return table({
    header: ["check", "change", "interval", "p", "min-effect", "would-see", "why"].map((column) =>
      words.t(`why.${column}`),
    ),
    textColumns: [0, 6],
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

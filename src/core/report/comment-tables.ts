/** Metric × model tables of the comment: what changed in the workloads that matter. */

import { metricCatalogue } from "../metrics/catalogue.ts";
import type { ComparedCell, Comparison, MetricRow } from "../model/comparison.ts";
import type { Cell, ResultsFile } from "../model/results.ts";
import { isBlockingLoss } from "../verdict/decide.ts";
import { markedChange } from "./change-text.ts";
import {
  acceptedRows,
  type CellGroup,
  distinct,
  type GroupTitle,
  groupsOf,
  inheritedRows,
  isSuspicious,
  modelText,
  purposeRows,
  regressions,
  rowOf,
  suspicious,
  workloadText,
  worstFirst,
} from "./comment-scope.ts";
import { md } from "./markdown.ts";
import { measuredValue } from "./measured.ts";
import { metricScale, metricWithUnit } from "./metric-name.ts";
import { tableNumber } from "./numbers.ts";
import { table } from "./table.ts";
import type { Words } from "./text.ts";

/** Tables beyond the second cost the reader his ten seconds; the rest is one row a workload. */
const WHOLE_TABLES = 2;

/** The middle of every table, changed or not: is the server slower as a whole? */
const ALWAYS = ["output_throughput", "itl_p50"];

/** Of the workloads with something decisive, worst first. */
export function changeTables(comparison: Comparison, words: Words): readonly string[] {
  const decisive = decisiveCells(comparison);
  const groups = groupsOf(comparison.cells);
  const affected = distinct(decisive.flatMap((cell) => groups.filter(({ cells }) => cells.includes(cell))));
  if (affected.length <= WHOLE_TABLES) return affected.map((group) => groupTable(group, comparison, words));
  const [worst, ...others] = affected;
  return worst === undefined ? [] : [groupTable(worst, comparison, words), othersTable(others, comparison, words)];
}

/** Cells with a blocking regression; else the suspicious; else what is worse and does not block; else the improved. */
function decisiveCells(comparison: Comparison): readonly ComparedCell[] {
  const gated = comparison.cells.flatMap((cell) =>
    cell.metrics.filter((row) => row.gated).map((row) => ({ cell, row })),
  );
  const improved = worstFirst(gated.filter(({ row }) => row.finding === "improved"));
  const ranks = [
    [...regressions(comparison), ...gated.filter(({ row }) => row.finding === "missing")],
    suspicious(comparison),
    purposeRows(comparison),
    [...acceptedRows(comparison), ...inheritedRows(comparison)],
    improved,
  ];
  return distinct((ranks.find((rows) => rows.length > 0) ?? []).map(({ cell }) => cell));
}

function groupTable(group: CellGroup, comparison: Comparison, words: Words): string {
  const metrics = shownMetrics(group.cells, comparison);
  return table({
    header: [groupTitle(group, comparison), ...group.cells.map(modelText)],
    rows: metrics.map((metric) => [
      metricWithUnit(metric, words),
      ...group.cells.map((cell) => markedChange(rowOf(cell, metric), words)),
    ]),
  });
}

/** Throughput and ITL P50, and whatever changed on any model. */
function shownMetrics(cells: readonly ComparedCell[], comparison: Comparison): readonly string[] {
  const purposes = purposeRows(comparison)
    .filter(({ cell }) => cells.includes(cell))
    .map(({ row }) => row.metric);
  const changed = cells.flatMap(({ metrics }) => metrics.filter(isNews).map(({ metric }) => metric));
  const shown = new Set([...ALWAYS, ...changed, ...purposes]);
  const known = new Set(cells.flatMap(({ metrics }) => metrics.map(({ metric }) => metric)));
  return metricCatalogue.map(({ id }) => id).filter((id) => shown.has(id) && known.has(id));
}

/** Rows a reader wants even without asking: those that gate, and of the others only the ones that got worse by proof. */
function isNews(row: MetricRow): boolean {
  const { gated, finding, metric } = row;
  if (finding === "regressed") return gated || HEADLINE.has(metric);
  if (finding === "improved") return gated;
  return gated && isSuspicious(row);
}

/** Not gated by default, and still what users feel first. */
const HEADLINE = new Set(["ttft_p50", "ttft_p95", "e2e_p50", "error_rate"]);

/** "Phase 5 — Continuous Batching · `chunked_prefill`"; without the phase where there is only one and it has no title. */
export function groupTitle(
  group: GroupTitle,
  { cells }: { readonly cells: readonly { readonly phase: string }[] },
): string {
  const phases = distinct(cells.map(({ phase }) => phase));
  const named = phases.length > 1 || group.phaseTitle !== group.phase;
  return named ? `${md(group.phaseTitle, 80)} · ${workloadText(group)}` : workloadText(group);
}

/** One row for each further workload: its worst metric. */
function othersTable(groups: readonly CellGroup[], comparison: Comparison, words: Words): string {
  const models = distinct(comparison.cells.map(({ model }) => model));
  const isOnePhase = distinct(comparison.cells.map(({ phase }) => phase)).length === 1;
  const headers = models.map((model) => modelText(comparison.cells.find((cell) => cell.model === model) ?? { model }));
  return table({
    header: [words.t("comment.also"), words.t("comment.metric"), ...headers],
    textColumns: [0, 1],
    rows: groups.map((group) => {
      const metric = worstMetric(group);
      const cells = models.map((model) => group.cells.find((cell) => cell.model === model));
      return [
        isOnePhase ? workloadText(group) : groupTitle(group, comparison),
        metricWithUnit(metric, words),
        ...cells.map((cell) => markedChange(cell === undefined ? undefined : rowOf(cell, metric), words)),
      ];
    }),
  });
}

function worstMetric({ cells }: CellGroup): string {
  const rows = cells.flatMap((cell) => cell.metrics.filter((row) => row.gated).map((row) => ({ cell, row })));
  const ranks = [
    rows.filter(({ row }) => isBlockingLoss(row)),
    rows.filter(({ row }) => row.finding === "regressed"),
    rows.filter(({ row }) => row.finding !== "unchanged"),
  ];
  const [worst] = worstFirst(ranks.find((ranked) => ranked.length > 0) ?? []);
  return worst?.row.metric ?? "output_throughput";
}

/** Columns where there is nothing to compare with. */
const MEASURED = ["output_throughput", "ttft_p50", "ttft_p99", "itl_p50", "itl_p99", "e2e_p50"];

/** What was measured, one row a cell, a table for each phase. */
export function measuredTables(candidate: ResultsFile, words: Words): readonly string[] {
  const metrics = MEASURED.filter((metric) =>
    candidate.cells.some((cell) => measuredValue(cell, metric) !== undefined),
  );
  if (metrics.length === 0) return [];
  return distinct(candidate.cells.map(({ phase }) => phase)).map((phase) => {
    const cells = candidate.cells.filter((cell) => cell.phase === phase);
    const title = cells[0]?.phaseTitle;
    return table({
      header: [
        title === undefined || title === phase ? words.t("comment.workload") : md(title, 80),
        words.t("comment.model"),
        ...metrics.map((metric) => metricWithUnit(metric, words)),
      ],
      textColumns: [0, 1],
      rows: cells.map((cell) => [
        workloadText(cell),
        modelText(cell),
        ...metrics.map((metric) => measured(cell, metric)),
      ]),
    });
  });
}

function measured(cell: Cell, metric: string): string {
  const value = measuredValue(cell, metric);
  return value === undefined ? "–" : tableNumber(value, metricScale(metric));
}

/** A comparison as the comment walks it: cells in groups of phase × workload, rows with the cell they belong to, worst first. */
import { metricById } from "../metrics/catalogue.ts";
import type { ComparedCell, Comparison, MetricRow, Reason } from "../model/comparison.ts";
import type { CellKey } from "../model/results.ts";
import { isBlockingLoss } from "../verdict/decide.ts";
import { code, md } from "./markdown.ts";
import type { Words } from "./text.ts";

export interface CheckedRow {
  readonly cell: ComparedCell;
  readonly row: MetricRow;
}

/** One table of the comment: a workload in a phase, its models side by side. */
export interface CellGroup<T extends TitledCell = ComparedCell> extends GroupTitle {
  readonly cells: readonly T[];
}

export interface GroupTitle extends Pick<CellKey, "phase" | "workload" | "point"> {
  readonly phaseTitle: string;
}

type TitledCell = CellKey & { readonly phaseTitle?: string };

export function groupsOf<T extends TitledCell>(cells: readonly T[]): readonly CellGroup<T>[] {
  const groups = new Map<string, CellGroup<T> & { cells: T[] }>();
  for (const cell of cells) {
    const { phase, workload, point } = cell;
    const key = JSON.stringify([phase, workload, point]);
    const group = groups.get(key);
    if (group === undefined) {
      const titled = { phase, phaseTitle: cell.phaseTitle ?? phase, workload, cells: [cell] };
      groups.set(key, point === undefined ? titled : { ...titled, point });
    } else {
      group.cells.push(cell);
    }
  }
  return [...groups.values()];
}

export function rowsOf(cells: readonly ComparedCell[]): readonly CheckedRow[] {
  return cells.flatMap((cell) => cell.metrics.map((row) => ({ cell, row })));
}

/** What can block the pull request. */
export function gatedRows(comparison: Comparison): readonly CheckedRow[] {
  return rowsOf(comparison.cells).filter(({ row }) => row.gated);
}

/** How many checks a reader is told of: blocking rows that were put to a test. */
export function checkCount(comparison: Comparison): number {
  return gatedRows(comparison).filter(({ row }) => row.stage !== undefined).length;
}

/** What stops the pull request. */
export function regressions(comparison: Comparison): readonly CheckedRow[] {
  return worstFirst(rowsOf(comparison.cells).filter(({ row }) => isBlockingLoss(row)));
}

/** Proven losses that would block, had they not been accepted. */
export function acceptedRows(comparison: Comparison): readonly CheckedRow[] {
  return worstFirst(gatedRows(comparison).filter(({ row }) => row.finding === "regressed" && row.waiver !== undefined));
}

/** Proven losses that the base branch has as well. */
export function inheritedRows(comparison: Comparison): readonly CheckedRow[] {
  return worstFirst(
    gatedRows(comparison).filter(
      ({ row }) => row.finding === "regressed" && row.waiver === undefined && row.inherited !== undefined,
    ),
  );
}

/** Rows that `purpose-worse` warnings speak of, but for losses that are accepted or inherited, which are told as such. */
export function purposeRows(comparison: Comparison): readonly CheckedRow[] {
  return comparison.warnings
    .filter(({ kind }) => kind === "purpose-worse")
    .flatMap(({ cell: key, metric }) => {
      const cell = key === undefined ? undefined : comparison.cells.find((each) => sameCell(each, key));
      const row = cell === undefined || metric === undefined ? undefined : rowOf(cell, metric);
      if (cell === undefined || row === undefined) return [];
      return row.waiver === undefined && row.inherited === undefined ? [{ cell, row }] : [];
    });
}

/** Looks worse and is not proven: what keeps a run from a verdict. */
export function isSuspicious({ finding, reason }: MetricRow): boolean {
  return finding === "inconclusive" && SUSPICIOUS.includes(reason);
}
const SUSPICIOUS: readonly Reason[] = ["suspicious", "trials-disagree", "not-confirmed", "some-failures"];

export function suspicious(comparison: Comparison): readonly CheckedRow[] {
  return worstFirst(gatedRows(comparison).filter(({ row }) => isSuspicious(row)));
}

/** Could not be put to a test at all: another lane, other work, no whole pairs. The first such row of each cell. */
export function hinderedRows(comparison: Comparison): readonly CheckedRow[] {
  return comparison.cells.flatMap((cell) => {
    const row = cell.metrics.find(({ gated, reason }) => gated && HINDRANCES.includes(reason));
    return row === undefined ? [] : [{ cell, row }];
  });
}
const HINDRANCES: readonly Reason[] = [
  "not-comparable",
  "no-valid-trial",
  "too-few-pairs",
  "too-few-ok",
  "failures-bias",
  "different-work",
  "different-chunking",
];

/** Cells of the baseline that the candidate lacks altogether, where that blocks. */
export function missingCells(comparison: Comparison): readonly ComparedCell[] {
  return comparison.cells.filter(({ metrics }) => metrics.some(({ gated, finding }) => gated && finding === "missing"));
}

/** The same where it is told and does not block: `on-missing: warn`. */
export function warnedMissingCells({ warnings, cells }: Comparison): readonly ComparedCell[] {
  const keys = warnings.flatMap(({ kind, cell }) => (kind === "missing" && cell !== undefined ? [cell] : []));
  return cells.filter((cell) => keys.some((key) => sameCell(cell, key)));
}

/** Cells of gated phases that the baseline does not have. */
export function newCells(comparison: Comparison): readonly ComparedCell[] {
  return comparison.cells.filter(({ metrics }) => metrics.some((row) => row.gated && row.reason === "no-baseline"));
}

/**
 * By the change in units of what each metric's gate is built to catch, so that ITL P50 +15 % (3 × 5 %) stands before
 * the noisier ITL P99 +30 % (1.5 × 20 %). Failed requests stand before anything slow, and a slower step before the
 * throughput that it costs.
 */
export function worstFirst(rows: readonly CheckedRow[]): readonly CheckedRow[] {
  return [...rows].sort((a, b) => weight(b.row) - weight(a.row));
}

function weight({ metric, change, minEffect }: MetricRow): number {
  if (metric === "error_rate") return Number.MAX_SAFE_INTEGER;
  const size = Math.abs(Math.log(Math.max(1e-9, 1 + (change ?? 0))));
  const weighed = size / Math.log(1 + (minEffect ?? 0.05));
  return metricById(metric)?.better === "higher" ? RATE_SHARE * weighed : weighed;
}

/** ITL ×1.15 is throughput ÷1.15: among near equals the latency is the cause and the rate its effect. */
const RATE_SHARE = 0.8;

/** A row that would only see more than this many times its min-effect is no gate at all (GS §1.8). */
const GATEABLE_FACTOR = 4;

export function isNotGateable({ minDetectable, minEffect }: MetricRow): boolean {
  return minDetectable !== undefined && minEffect !== undefined && minDetectable > GATEABLE_FACTOR * minEffect;
}

export function rowOf(cell: ComparedCell, metric: string): MetricRow | undefined {
  return cell.metrics.find((row) => row.metric === metric);
}

export function sameCell(a: CellKey, b: CellKey): boolean {
  return cellKey(a) === cellKey(b);
}

/** The order of a point's keys says nothing, and no point is an empty one: a waiver's cell is written by hand. */
function cellKey({ phase, model, workload, point = {} }: CellKey): string {
  return JSON.stringify([phase, model, workload, Object.entries(point).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

export function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}

/** The model as tables head it. */
export function modelText({ modelLabel, model }: { readonly modelLabel?: string; readonly model: string }): string {
  return md(modelLabel ?? model, 60);
}

/** `chunked_prefill`, with the point of a sweep where there is one. */
export function workloadText({ workload, point }: Pick<CellKey, "workload" | "point">): string {
  const values = Object.entries(point ?? {}).map(([name, value]) => md(`${name}=${value}`, 60));
  return [code(workload, 80), ...values].join(" · ");
}

/** "`chunked_prefill` on Qwen3". */
export function cellText(cell: CellKey & { readonly modelLabel?: string }, words: Words): string {
  return words.t("comment.cell", { workload: workloadText(cell), model: modelText(cell) });
}

/** The same, with its phase where a list may hold cells of several: "`chunked_prefill` on Qwen3 (Phase 5)". */
export function placedCellText(cell: ComparedCell, { cells }: Comparison, words: Words): string {
  const text = cellText(cell, words);
  if (distinct(cells.map(({ phase }) => phase)).length === 1) return text;
  return words.t("comment.cell-of-phase", { cell: text, phase: shortPhase(cell.phaseTitle ?? cell.phase) });
}

/** "Phase 5" of "Phase 5 — Continuous Batching": what a sentence has room for. */
export function shortPhase(title: string): string {
  return md(title.split(/\s[—–-]\s/)[0] ?? title, 60);
}

/** Ready rows for `.github/serving-gate-waivers.yml`: all but the two answers that only a person can give. */
import { metricById } from "../metrics/catalogue.ts";
import type { ComparedCell, Comparison, MetricRow } from "../model/comparison.ts";
import type { CellKey } from "../model/results.ts";
import { worsening } from "../verdict/apply-waivers.ts";

export interface WaiverRowOptions {
  /** The candidate's. */
  readonly createdAt: string;
  readonly lifetimeDays?: number;
}

/**
 * YAML, a line for each regression that blocks; empty where none does. `issue: …` and `reason: …` are refused by
 * `parseWaivers` until somebody fills them in. No row where no ceiling can be told: failures after none.
 */
export function waiverRows(comparison: Comparison, { createdAt, lifetimeDays = 30 }: WaiverRowOptions): string {
  const expires = dayAfter(createdAt, lifetimeDays);
  const rows = comparison.cells.flatMap((cell) =>
    cell.metrics.filter(isBlocking).flatMap((row) => waiverRow(cell, row, expires)),
  );
  return rows.join("");
}

function isBlocking(row: MetricRow): boolean {
  const { gated, finding, waiver, inherited } = row;
  return gated && finding === "regressed" && waiver === undefined && inherited === undefined && !isAsBefore(row);
}

/** No ceiling would say what is accepted: all failed, as they did in the baseline. */
function isAsBefore({ metric, baseline, candidate }: MetricRow): boolean {
  return metric === "error_rate" && baseline !== undefined && candidate !== undefined && candidate <= baseline;
}

function waiverRow(cell: ComparedCell, row: MetricRow, expires: string): string[] {
  const percent = ceilingPercent(row);
  if (percent === undefined || metricById(row.metric)?.gating === undefined || !hasNames(cell)) return [];
  return [
    `- { cell: ${cellText(cell)}, metric: ${row.metric}, ceiling: ${percent}%, expires: ${expires}, issue: …, reason: … }\n`,
  ];
}

/** A comparison's file may hold anything; the waivers' file takes no blank name and no NUL. */
function hasNames({ phase, model, workload }: CellKey): boolean {
  return [phase, model, workload].every((name) => name.trim() !== "" && !name.includes("\0"));
}

/** Beyond it the file takes no ceiling. */
const HIGHEST_PERCENT = 10_000;

/**
 * The worse end of the interval, so that the next run of the same code does not land past it: the smallest whole
 * percent that covers it once it is read back as a ratio.
 */
function ceilingPercent(row: MetricRow): number | undefined {
  const { interval } = row;
  const isHigherBetter = metricById(row.metric)?.better === "higher";
  const worseEnd = interval === undefined ? 0 : isHigherBetter ? -interval.low : interval.high;
  const loss = Math.max(worsening(row), worseEnd);
  const rounded = Math.ceil(loss * 100);
  // 0.07 * 100 is a little over 7.
  const percent = Math.max(1, (rounded - 1) / 100 >= loss ? rounded - 1 : rounded);
  return percent <= HIGHEST_PERCENT ? percent : undefined;
}

const MS_PER_DAY = 24 * 60 * 60 * 1000;

function dayAfter(createdAt: string, days: number): string {
  return new Date(Date.parse(createdAt) + days * MS_PER_DAY).toISOString().slice(0, 10);
}

function cellText({ phase, model, workload, point = {} }: CellKey): string {
  const parameters = Object.entries(point).map(([name, value]) => `${yamlText(name)}: ${yamlValue(value)}`);
  const place = `phase: ${yamlText(phase)}, model: ${yamlText(model)}, workload: ${yamlText(workload)}`;
  return parameters.length === 0 ? `{ ${place} }` : `{ ${place}, point: { ${parameters.join(", ")} } }`;
}

function yamlValue(value: string | number): string {
  return typeof value === "number" ? String(value) : yamlText(value);
}

/** Words that some reader of YAML takes for something else than text. */
const RESERVED = /^(null|true|false|yes|no|on|off|y|n)$/i;

/**
 * Plain where it cannot be misread, else in double quotes as JSON has it. Whatever is not seen on a page is escaped too,
 * and so are the brackets that a guard against deep nesting would count.
 */
function yamlText(text: string): string {
  if (/^[A-Za-z][\w./-]*$/.test(text) && !RESERVED.test(text)) return text;
  return JSON.stringify(text).replace(/(?! )[\p{C}\p{Z}[{]/gu, escaped);
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

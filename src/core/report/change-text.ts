/** One row in words and in a table cell. */
import type { MetricRow } from "../model/comparison.ts";
import { type CheckedRow, cellText, isSuspicious } from "./comment-scope.ts";
import { metricName, metricScale } from "./metric-name.ts";
import { changeText, proseNumber, prosePair, tableNumber, tablePair } from "./numbers.ts";
import type { Words } from "./text.ts";

/** "`chunked_prefill` on Qwen3: ITL P99 191 → 262 ms (+37%)". */
export function rowSentence({ cell, row }: CheckedRow, words: Words): string {
  return words.t("comment.row", { cell: cellText(cell, words), change: changeSentence(row, words) });
}

/** "ITL P99 191 → 262 ms (+37%)", in Russian with a verb. */
export function changeSentence(row: MetricRow, words: Words): string {
  const { metric, baseline, candidate } = row;
  if (metric === "error_rate") return errorSentence(row, words);
  const name = metricName(metric, words);
  if (baseline === undefined || candidate === undefined) return name;
  const [from, to] = prosePair(baseline, candidate, { scale: metricScale(metric), words });
  const change = row.change === undefined ? "" : ` (${changeText(row.change, words)})`;
  const verb = candidate < baseline ? "fell" : "rose";
  const family = metric.replace(/_(p\d+|mean|std)$/, "");
  // Languages with genders and habits of speech have a verb of their own for some metrics.
  const form = words.has(`comment.${verb}.${family}`) ? family : "default";
  return words.t(`comment.${verb}.${form}`, { metric: name, from: fromText(from, words), to, change });
}

function errorSentence({ baseline, candidate = 0 }: MetricRow, words: Words): string {
  const scale = metricScale("error_rate");
  if (candidate >= 1) return words.t("comment.all-failed");
  const to = proseNumber(candidate, scale, words);
  if (baseline === undefined) return words.t("comment.errors-now", { to });
  return words.t("comment.errors", { from: proseNumber(baseline, scale, words), to });
}

/** Russian says «со 191» but «с 262»: the preposition follows how the first group of digits is read («ста…»). */
function fromText(number: string, words: Words): string {
  const leading = Number(/^\d+/.exec(number)?.[0] ?? "0");
  return words.t(leading >= 100 && leading < 200 ? "comment.from-hundred" : "comment.from", { number });
}

/** "191 → 262 (+37%)" for a table, without unit. */
export function cellChange(row: MetricRow | undefined, words: Words): string {
  if (row === undefined) return "–";
  const { metric, baseline, candidate, change } = row;
  const scale = metricScale(metric);
  if (baseline === undefined && candidate === undefined) return "–";
  if (baseline === undefined) return tableNumber(candidate ?? 0, scale);
  if (candidate === undefined) return `${tableNumber(baseline, scale)} → –`;
  const pair = tablePair(baseline, candidate, scale);
  return change === undefined || scale.unit === "%" ? pair : `${pair} (${changeText(change, words)})`;
}

/** The cell as the comment shows it: what blocks is bold. */
export function markedChange(row: MetricRow | undefined, words: Words): string {
  const text = cellChange(row, words);
  const mark = row === undefined ? "" : markOf(row);
  if (mark === "") return text;
  return mark === MARKS.blocks ? `${mark} **${text}**` : `${mark} ${text}`;
}

/** The comment's legend explains them. */
const MARKS = { blocks: "❌", accepted: "👁️", inherited: "🕗", doubtful: "⚠️", improved: "✅" } as const;

/** Empty for a row that is no news. */
export function markOf(row: MetricRow): string {
  switch (row.finding) {
    case "regressed":
      if (!row.gated) return MARKS.doubtful;
      if (row.waiver !== undefined) return MARKS.accepted;
      return row.inherited === undefined ? MARKS.blocks : MARKS.inherited;
    case "missing":
      return row.gated ? MARKS.blocks : MARKS.doubtful;
    case "improved":
      return MARKS.improved;
    case "inconclusive":
      return isSuspicious(row) ? MARKS.doubtful : "";
    case "unchanged":
    case "new":
    case "invalid":
      return "";
  }
}

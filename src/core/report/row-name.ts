/** The row that a warning is about, in a sentence. */
import { metricById } from "../metrics/catalogue.ts";
import type { Comparison, GateWarning } from "../model/comparison.ts";
import { cellText, sameCell } from "./comment-scope.ts";
import { code } from "./markdown.ts";
import { metricName } from "./metric-name.ts";
import type { Words } from "./text.ts";

/** "ITL P99 of `chunked_prefill` on Qwen3"; this run may not have measured the cell at all. */
export function rowName({ cell: key, metric = "?" }: GateWarning, { cells }: Comparison, words: Words): string {
  const name = metricById(metric) === undefined ? code(metric, 60) : metricName(metric, words);
  if (key === undefined) return name;
  const cell = cells.find((each) => sameCell(each, key)) ?? key;
  return words.t("comment.row-name", { metric: name, cell: cellText(cell, words) });
}

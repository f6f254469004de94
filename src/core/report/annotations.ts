import type { Comparison } from "../model/comparison.ts";
import type { GatePolicy } from "../model/config.ts";
import type { CellKey } from "../model/results.ts";
import { isBlockingLoss } from "../verdict/decide.ts";
import { blocks } from "../verdict/exit-code.ts";
import { warnedMissingCells } from "./comment-scope.ts";
import { metricName, metricScale } from "./metric-name.ts";
import { changeText, prosePair } from "./numbers.ts";
import type { Words } from "./text.ts";

/** A row of a comparison that blocks, with the cell it belongs to. */
export interface BlockingRegression extends CellKey {
  readonly metric: string;
  readonly change?: number;
  readonly baseline?: number;
  readonly candidate?: number;
}

/** In the comparison's order. Numbers are those of the row, without rounding. */
export function blockingRegressions(comparison: Comparison): readonly BlockingRegression[] {
  return comparison.cells.flatMap(({ phase, model, workload, point, metrics }) =>
    metrics.filter(isBlockingLoss).map(({ metric, change, baseline, candidate }) => ({
      phase,
      model,
      workload,
      ...(point === undefined ? {} : { point }),
      metric,
      ...(change === undefined ? {} : { change }),
      ...(baseline === undefined ? {} : { baseline }),
      ...(candidate === undefined ? {} : { candidate }),
    })),
  );
}

export interface Annotation {
  readonly level: "error" | "warning";
  readonly message: string;
}

/** GitHub shows ten of a kind; the tenth says how many there are besides. */
const mostOfAKind = 10;

/** What stands beside the check: a line for each regression, else what kept the gate from a clear answer, else what it left out. */
export function annotations(
  comparison: Comparison,
  { words, policy }: { readonly words: Words; readonly policy: GatePolicy },
): readonly Annotation[] {
  if (comparison.verdict === "pass") return notMeasured(comparison, words);
  const level = blocks(comparison, policy) ? "error" : "warning";
  const lines = blockingRegressions(comparison).map((row) => regressionLine(row, words));
  if (lines.length === 0) return [{ level, message: comparison.reason }];
  return atMostTen(lines, words).map((message) => ({ level, message }));
}

/** With `on-missing: warn`. */
function notMeasured(comparison: Comparison, words: Words): readonly Annotation[] {
  const cells = warnedMissingCells(comparison).map(placeText);
  return cells.length === 0
    ? []
    : [{ level: "warning", message: words.t("annotation.missing", { cells: cells.join("; ") }) }];
}

function atMostTen(lines: readonly string[], words: Words): readonly string[] {
  const shown = lines.length > mostOfAKind ? lines.slice(0, mostOfAKind - 1) : lines;
  const rest = lines.length - shown.length;
  const more = rest === 0 ? [] : [words.t("annotation.more", { count: rest })];
  return [...shown, ...more];
}

/** "phase-5 · chunked_prefill · Qwen/Qwen3-4B: ITL P99 191 → 262 ms (+37%)" */
function regressionLine(row: BlockingRegression, words: Words): string {
  const { metric, baseline, candidate, change } = row;
  const place = placeText(row);
  const name = metricName(metric, words);
  if (baseline === undefined || candidate === undefined) return `${place}: ${name}`;
  const values = prosePair(baseline, candidate, { scale: metricScale(metric), words }).join(" → ");
  return `${place}: ${name} ${values}${change === undefined ? "" : ` (${changeText(change, words)})`}`;
}

function placeText({ phase, workload, model }: CellKey): string {
  return [phase, workload, model].join(" · ");
}

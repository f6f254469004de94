import type { Comparison, MetricRow } from "../model/comparison.ts";
import type { GatePolicy } from "../model/config.ts";
import type { CellKey } from "../model/results.ts";
import { blocks } from "../verdict/exit-code.ts";
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
    metrics.filter(isBlockingRegression).map(({ metric, change, baseline, candidate }) => ({
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

function isBlockingRegression(row: MetricRow): boolean {
  return row.gated && row.finding === "regressed";
}

export interface Annotation {
  readonly level: "error" | "warning";
  readonly message: string;
}

/** GitHub shows ten of a kind; the tenth says how many there are besides. */
const mostOfAKind = 10;

/** What stands beside the check: a line for each regression, else what kept the gate from a clear answer. */
export function annotations(
  comparison: Comparison,
  { words, policy }: { readonly words: Words; readonly policy: GatePolicy },
): readonly Annotation[] {
  if (comparison.verdict === "pass") return [];
  const level = blocks(comparison, policy) ? "error" : "warning";
  const lines = blockingRegressions(comparison).map((row) => regressionLine(row, words));
  if (lines.length === 0) return [{ level, message: comparison.reason }];
  const shown = lines.length > mostOfAKind ? lines.slice(0, mostOfAKind - 1) : lines;
  const rest = lines.length - shown.length;
  const more = rest === 0 ? [] : [words.t("annotation.more", { count: rest })];
  return [...shown, ...more].map((message) => ({ level, message }));
}

/** "phase-5 · chunked_prefill · Qwen/Qwen3-4B: ITL P99 191 → 262 ms (+37%)" */
function regressionLine(row: BlockingRegression, words: Words): string {
  const { phase, workload, model, metric, baseline, candidate, change } = row;
  const place = [phase, workload, model].join(" · ");
  const name = metricName(metric, words);
  if (baseline === undefined || candidate === undefined) return `${place}: ${name}`;
  const values = prosePair(baseline, candidate, { scale: metricScale(metric), words }).join(" → ");
  return `${place}: ${name} ${values}${change === undefined ? "" : ` (${changeText(change, words)})`}`;
}

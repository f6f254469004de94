/** What the checks could have seen, and how much history that rests on. */
import { metricById } from "../metrics/catalogue.ts";
import type { Comparison } from "../model/comparison.ts";
import { distinct, gatedRows } from "./comment-scope.ts";
import { detectableText } from "./numbers.ts";
import type { Words } from "./text.ts";

/** "1 of 5 runs: would see ≥ 27%"; absent once the run as a whole has history enough, and where none of it is compared with. */
export function learningText(comparison: Comparison, words: Words): string | undefined {
  const warning = comparison.warnings.find(({ kind, cell }) => kind === "few-runs" && cell === undefined);
  if (warning === undefined || !gatedRows(comparison).some(({ row }) => row.stage === "history")) return undefined;
  const { runs = comparison.baselineRuns, wanted = 0 } = warning.values ?? {};
  const text = words.t("comment.runs-of", { runs: words.count(Number(runs)), count: Number(wanted) });
  const seen = detectable(comparison);
  return seen === undefined
    ? text
    : words.t("comment.runs-would-see", { runs: text, change: detectableText(seen, words) });
}

/** What every check of the middle (throughput, ITL P50) could have seen: the least sensitive of them; a ratio. */
export function detectable(comparison: Comparison): number | undefined {
  const seen = gatedRows(comparison).flatMap(({ row }) => (isLocation(row.metric) ? (row.minDetectable ?? []) : []));
  return seen.length === 0 ? undefined : Math.max(...seen);
}

/** The metrics that `detectable` speaks of. */
export function locationMetrics(comparison: Comparison): readonly string[] {
  return distinct(gatedRows(comparison).map(({ row }) => row.metric)).filter(isLocation);
}

function isLocation(metric: string): boolean {
  const gating = metricById(metric)?.gating;
  return gating?.kind === "timing" && gating.location;
}

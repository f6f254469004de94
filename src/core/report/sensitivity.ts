/** What the checks could have seen, and how much history that rests on. */
import { metricById } from "../metrics/catalogue.ts";
import type { Comparison, MetricRow, Reason } from "../model/comparison.ts";
import { type CheckedRow, distinct, gatedRows } from "./comment-scope.ts";
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
  const seen = testedLocations(comparison).flatMap(({ row }) => row.minDetectable ?? []);
  return seen.length === 0 ? undefined : Math.max(...seen);
}

/** The metrics that `detectable` speaks of: none that was not put to a test. */
export function locationMetrics(comparison: Comparison): readonly string[] {
  return distinct(testedLocations(comparison).map(({ row }) => row.metric));
}

function testedLocations(comparison: Comparison): readonly CheckedRow[] {
  return gatedRows(comparison).filter(({ row }) => isLocation(row.metric) && row.minDetectable !== undefined);
}

/** Throughput and ITL P50 that the baseline has and that nothing was said of: a pass without them is a weaker one. */
export function unjudgedLocations(comparison: Comparison): readonly CheckedRow[] {
  return gatedRows(comparison).filter(({ row }) => isLocation(row.metric) && isUnjudged(row));
}

function isUnjudged({ baseline, finding, reason }: MetricRow): boolean {
  return baseline !== undefined && finding === "inconclusive" && UNJUDGED.includes(reason);
}
const UNJUDGED: readonly Reason[] = [
  "too-few-samples",
  "too-few-ok",
  "failures-bias",
  "different-work",
  "different-chunking",
];

/** The candidate answers and has not got it, or has 0 of it: no number of samples would cure that. */
export function isLost({ reason, baseline, candidate }: MetricRow): boolean {
  return reason === "too-few-samples" && baseline !== undefined && baseline !== 0 && (candidate ?? 0) === 0;
}

function isLocation(metric: string): boolean {
  const gating = metricById(metric)?.gating;
  return gating?.kind === "timing" && gating.location;
}

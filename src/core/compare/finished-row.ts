/** The parts of a finished row that every test has. */
import type { MetricRow } from "../model/comparison.ts";
import { toSignificant } from "../stats/significant.ts";
import { changeFrom } from "./badness.ts";
import type { DraftRow } from "./draft-row.ts";
import { type Estimate, estimateInterval } from "./estimate.ts";
import { CONFIDENCE } from "./judge-timing.ts";

type Shown = Pick<
  MetricRow,
  "metric" | "gated" | "baseline" | "candidate" | "minEffect" | "baselineRuns" | "candidateTrials" | "differs"
>;

export function shownValues(draft: DraftRow): Shown {
  const { metric, gated, baseline, candidate, minEffect, baselineRuns, candidateTrials, differs } = draft;
  return {
    metric: metric.id,
    gated,
    ...(baseline === undefined ? {} : { baseline: toSignificant(baseline) }),
    ...(candidate === undefined ? {} : { candidate: toSignificant(candidate) }),
    ...(minEffect === undefined ? {} : { minEffect: toSignificant(minEffect) }),
    baselineRuns,
    candidateTrials,
    ...(differs === undefined ? {} : { differs }),
  };
}

export function changeOf({ baseline, candidate }: DraftRow): { readonly change?: number } {
  if (baseline === undefined || candidate === undefined || !(baseline > 0)) return {};
  return { change: toSignificant(candidate / baseline - 1) };
}

/** The change of an estimate, and its interval. */
export function estimatedChange(
  estimate: Estimate,
  { metric }: DraftRow,
): { readonly change: number; readonly interval: NonNullable<MetricRow["interval"]> } {
  const { low, high } = estimateInterval(estimate, CONFIDENCE);
  const ends = [changeFrom(low, metric), changeFrom(high, metric)].sort((a, b) => a - b).map(toSignificant);
  return {
    change: toSignificant(changeFrom(estimate.estimate, metric)),
    interval: { low: ends[0] ?? 0, high: ends[1] ?? 0, confidence: CONFIDENCE },
  };
}

/** Times the minimum effect: a row that can only see more than this guards nothing. */
const GATEABLE = 4;

export function gateabilityWarnings(detectable: number | undefined, minEffect: number): readonly string[] {
  if (detectable === undefined) return ["not gateable with one trial: a tail needs two or more"];
  if (detectable <= GATEABLE * minEffect) return [];
  return [`not gateable on this machine: would only see a worsening of ${Math.ceil(detectable * 100)}% or more`];
}

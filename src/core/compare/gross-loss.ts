import { metricById } from "../metrics/catalogue.ts";
import type { ComparedCell, MetricRow } from "../model/comparison.ts";
import { cellName } from "./cell-key.ts";
import { type ComparisonInput, compareRuns } from "./compare-runs.ts";
import { isBlockingLocation } from "./gate-warnings.ts";

/** Times slower from which more trials would only cost GPU time. */
const GROSS = 2;

/**
 * After the first trial: a sentence about a blocking loss of throughput, or of the middle of a latency, of more than twice,
 * beyond anything its history knows; undefined where there is none. The history's rules for one trial decide.
 */
export function grossLoss(input: ComparisonInput): string | undefined {
  for (const { cell } of compareRuns(input).cells) {
    const row = cell.metrics.find(isGross);
    if (row !== undefined) return sentence(cell, row);
  }
  return undefined;
}

function isGross(row: MetricRow): boolean {
  const { finding, inherited, metric, baseline, candidate } = row;
  if (!isBlockingLocation(row) || finding !== "regressed" || inherited !== undefined) return false;
  if (baseline === undefined || candidate === undefined) return false;
  const times = metricById(metric)?.better === "higher" ? baseline / candidate : candidate / baseline;
  return times > GROSS;
}

function sentence(cell: ComparedCell, { metric, baseline, candidate }: MetricRow): string {
  const figures = `${baseline?.toPrecision(3)} → ${candidate?.toPrecision(3)}`;
  return `${metric} of ${cellName(cell)} is worse by more than ${GROSS} times (${figures}): the other trials are not measured`;
}

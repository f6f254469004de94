/** Rows that count failures: error_rate and mismatch_rate. */
import type { Metric } from "../metrics/metric.ts";
import type { FailureCount } from "../stats/fisher.ts";
import { type CellCase, currentRuns } from "./cell-case.ts";
import { type CellSample, cellSample, shownByRun, shownValues } from "./cell-sample.ts";
import { type DraftRow, type RowCase, settled } from "./draft-row.ts";
import type { Pair } from "./paired-sample.ts";
import { type CellPolicy, rowValues } from "./row-values.ts";

/** Candidate failures against those of the whole baseline; where arms of a confirmation ran, they are counted on both sides. */
export function draftFailures(metric: Metric, one: CellCase, context: CellPolicy): DraftRow {
  const runs = currentRuns(one).map(({ sample }) => sample);
  const isErrors = metric.id === "error_rate";
  const count = isErrors ? ({ failures }: CellSample) => failures : mismatches;
  // Of the trials alone: the case's sample has the arms' failures in it.
  const own = [count(cellSample(one.cell))];
  const arms = isErrors ? one.paired?.failures : armMismatches(one.paired?.pairs ?? []);
  const candidate = pooled([...own, ...(arms === undefined ? [] : [arms.candidate])]);
  const baseline = pooled([...runs.map(count), ...(arms === undefined ? [] : [arms.base])]);
  const shown = rowValues(
    metric,
    {
      candidate: one.sample === undefined ? [] : shownValues(one.sample, metric.id),
      runs: shownByRun(runs, metric.id),
    },
    context,
  );
  if (candidate.total === 0) return { ...shown, case: uncounted(shown) };
  return {
    ...shown,
    ...(baseline.total === 0 ? {} : { baseline: baseline.failed / baseline.total }),
    candidate: candidate.failed / candidate.total,
    case: { kind: "failures", candidate, baseline, stage: one.paired === undefined ? "history" : "confirmation" },
  };
}

/** Of a rate that came without counts only the plain cases can be told. */
function uncounted({ candidate, baseline }: { candidate?: number; baseline?: number }): RowCase {
  if (candidate === undefined) return settled("inconclusive", "too-few-samples");
  if (candidate >= 1) return settled("regressed", "all-failed");
  if (candidate === 0) return settled("unchanged", (baseline ?? 0) === 0 ? "equal" : "no-more-failures");
  return candidate <= (baseline ?? 0)
    ? settled("unchanged", "no-more-failures")
    : settled("inconclusive", "some-failures");
}

function mismatches({ trials }: CellSample): FailureCount {
  let failed = 0;
  let total = 0;
  for (const { summary, counts } of trials) {
    const rate = summary?.["mismatch_rate"];
    if (rate === undefined || counts === undefined) continue;
    const answered = counts.requests - counts.failed;
    failed += Math.round(rate * answered);
    total += answered;
  }
  return { failed, total };
}

function armMismatches(pairs: readonly Pair[]): { readonly base: FailureCount; readonly candidate: FailureCount } {
  return {
    base: pooled(pairs.map(({ base }) => mismatches(base))),
    candidate: pooled(pairs.map(({ candidate }) => mismatches(candidate))),
  };
}

function pooled(counts: readonly FailureCount[]): FailureCount {
  return {
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
    total: counts.reduce((sum, { total }) => sum + total, 0),
  };
}

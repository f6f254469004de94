/** What a results file says of one cell, over its trials. */
import type { Cell, Trial, TrialCounts } from "../model/results.ts";

/** Trials that count: all but those marked invalid. */
export function validTrials({ trials }: Cell): readonly Trial[] {
  return trials.filter(({ valid }) => valid !== false);
}

/** The geometric mean over trials, as the comparison has it; arithmetic where a value is 0. Absent where no trial has it. */
export function measuredValue(cell: Cell, metric: string): number | undefined {
  const values = validTrials(cell).flatMap(({ summary }) => summary?.[metric] ?? []);
  if (values.length === 0) return undefined;
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  return values.every((value) => value > 0) ? Math.exp(mean(values.map((value) => Math.log(value)))) : mean(values);
}

/** Summed over the trials; absent where no trial tells. */
export function measuredCounts(cell: Cell): TrialCounts | undefined {
  const counts = validTrials(cell).flatMap(({ counts: each }) => each ?? []);
  if (counts.length === 0) return undefined;
  return counts.reduce((sum, each) => ({
    requests: sum.requests + each.requests,
    failed: sum.failed + each.failed,
    outputTokens: sum.outputTokens + each.outputTokens,
    gaps: sum.gaps + each.gaps,
  }));
}

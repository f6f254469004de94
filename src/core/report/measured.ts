/** What a results file says of one cell, over its trials. */
import type { Cell, ResultsFile, Trial, TrialCounts } from "../model/results.ts";

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

/** A cell that was only measured in turns with the base build has its candidate's arms for trials. */
export function withArmsAsTrials(results: ResultsFile): ResultsFile {
  const cells = results.cells.map((cell) =>
    cell.trials.length === 0 && cell.confirmation !== undefined ? { ...cell, trials: candidateArms(cell) } : cell,
  );
  return { ...results, cells };
}

/** The candidate's trials and its arms of the confirmation: every request it was sent. */
export function withArms(cell: Cell): Cell {
  const arms = candidateArms(cell).filter((arm) => !cell.trials.includes(arm));
  return { ...cell, trials: [...cell.trials, ...arms] };
}

/** Of valid arms; 0 where none ran. */
export function wholePairs({ confirmation = [] }: Cell): number {
  const valid = confirmation.filter(({ trial }) => trial.valid !== false);
  const candidates = valid.filter(({ arm }) => arm === "candidate").length;
  return Math.min(candidates, valid.length - candidates);
}

function candidateArms({ confirmation = [] }: Cell): readonly Trial[] {
  return confirmation.filter(({ arm }) => arm === "candidate").map(({ trial }) => trial);
}

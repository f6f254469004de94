import { type ComparisonInput, compareRuns } from "../compare/compare-runs.ts";
import { COMPARISON_SCHEMA, type Comparison } from "../model/comparison.ts";
import type { Waiver } from "../model/waiver.ts";
import { applyWaivers } from "./apply-waivers.ts";
import { decide } from "./decide.ts";
import { verdictSentence } from "./verdict-sentence.ts";

export interface JudgedInput extends ComparisonInput {
  /** Losses that were accepted; those of the base branch. */
  readonly waivers?: readonly Waiver[];
}

/** The whole gate on data at hand: every row judged, and the run decided. The same input gives the same comparison. */
export function judgeRun(input: JudgedInput): Comparison {
  const compared = compareRuns(input);
  const waived = applyWaivers(compared.cells, input.waivers ?? [], input.candidate.createdAt);
  const { onInconclusive, onMissing, dryRun } = input.policy;
  const decision = decide({ ...compared, cells: waived.cells }, input.policy);
  return {
    schema: COMPARISON_SCHEMA,
    ...decision,
    reason: verdictSentence(decision, { ...compared, cells: waived.cells }),
    policy: { onInconclusive, onMissing, dryRun },
    baselineRuns: compared.baselineRuns,
    cells: waived.cells.map(({ cell }) => cell),
    warnings: [...compared.warnings, ...waived.warnings],
  };
}

import { type ComparisonInput, compareRuns } from "../compare/compare-runs.ts";
import { COMPARISON_SCHEMA, type Comparison } from "../model/comparison.ts";
import { decide } from "./decide.ts";
import { verdictSentence } from "./verdict-sentence.ts";

/** The whole gate on data at hand: every row judged, and the run decided. The same input gives the same comparison. */
export function judgeRun(input: ComparisonInput): Comparison {
  const compared = compareRuns(input);
  const decision = decide(compared.cells, input.policy);
  return {
    schema: COMPARISON_SCHEMA,
    ...decision,
    reason: verdictSentence(decision, compared),
    baselineRuns: compared.baselineRuns,
    cells: compared.cells.map(({ cell }) => cell),
    warnings: compared.warnings,
  };
}

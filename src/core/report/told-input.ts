/** What a report is told, so that no part of it has to ask again which missing cells block and what stands for trials. */
import type { Comparison } from "../model/comparison.ts";
import type { GatePolicy } from "../model/config.ts";
import type { ReportInput } from "./input.ts";
import { withArmsAsTrials } from "./measured.ts";

export function toldInput(input: ReportInput): ReportInput {
  const { comparison, policy } = input;
  const told = { ...input, candidate: withArmsAsTrials(input.candidate) };
  return comparison === undefined || missingBlocks(comparison, policy)
    ? told
    : { ...told, comparison: missingUngated(comparison) };
}

/** A comparison does not carry its policy, which may be unknown here: the verdict says most of it. */
function missingBlocks({ verdict, exitReason, warnings }: Comparison, policy: GatePolicy | undefined): boolean {
  if (verdict !== "fail") return false;
  if (exitReason === "missing") return true;
  return policy === undefined ? !warnings.some(({ kind }) => kind === "missing") : policy.onMissing === "fail";
}

function missingUngated(comparison: Comparison): Comparison {
  const cells = comparison.cells.map((cell) => ({
    ...cell,
    metrics: cell.metrics.map((row) => (row.finding === "missing" ? { ...row, gated: false } : row)),
  }));
  return { ...comparison, cells };
}

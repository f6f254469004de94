import type { GatePolicy } from "../model/config.ts";

/**
 * The smallest harmful change the gate is built to catch in one row, a ratio. What the policy names is taken as it
 * stands, the metric's entry before the workload's (it knows the metric's scale); only the default is stretched by the
 * metric's factor, since tails move more by themselves.
 */
export function minEffectOf(
  { minEffect }: GatePolicy,
  row: { readonly metric: string; readonly workload: string; readonly factor: number },
): number {
  return minEffect.byMetric[row.metric] ?? minEffect.byWorkload[row.workload] ?? minEffect.default * row.factor;
}

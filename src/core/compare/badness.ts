import type { Metric } from "../metrics/metric.ts";

/** ln of a value above 0, turned so that more is worse. */
export function badness(value: number, { better }: Pick<Metric, "better">): number {
  return better === "higher" ? -Math.log(value) : Math.log(value);
}

/** Log-badness of a change back to candidate ÷ baseline − 1. */
export function changeFrom(logBadness: number, { better }: Pick<Metric, "better">): number {
  return Math.exp(better === "higher" ? -logBadness : logBadness) - 1;
}

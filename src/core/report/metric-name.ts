/** Metrics as reports name and scale them. The metric's family has the name (`metric.*`), its statistic the suffix. */
import { metricById } from "../metrics/catalogue.ts";
import { type Scale, unitText } from "./numbers.ts";
import type { Words } from "./text.ts";

/** "ITL P99", "Throughput", "Latency P50". */
export function metricName(metric: string, words: Words): string {
  const { family, statistic } = partsOf(metric);
  const key = `metric.${family}`;
  const name = words.has(key) ? words.t(key) : family;
  if (statistic === undefined) return name;
  return `${name} ${statistic.startsWith("p") ? statistic.toUpperCase() : words.t(`statistic.${statistic}`)}`;
}

/** "ITL P99, ms": the name with the unit of the numbers beside it. */
export function metricWithUnit(metric: string, words: Words): string {
  const { unit } = metricScale(metric);
  return unit === "" ? metricName(metric, words) : `${metricName(metric, words)}, ${unitText(unit, words)}`;
}

/** Latency is printed in seconds, as the log always had it. */
export function metricScale(metric: string): Scale {
  const unit = metricById(metric)?.unit ?? "ms";
  if (unit === "ratio") return { unit: "%", factor: 100 };
  return /^(response_)?e2e_/.test(metric) ? { unit: "s", factor: 0.001 } : { unit, factor: 1 };
}

function partsOf(metric: string): { readonly family: string; readonly statistic?: string } {
  const match = /^(.+)_(p\d+|mean|std)$/.exec(metric);
  const [, family, statistic] = match ?? [];
  return family === undefined || statistic === undefined ? { family: metric } : { family, statistic };
}

/** Metrics as reports name and scale them. The metric's family has the name (`metric.*`), its statistic the suffix. */
import type { Scale, ShownUnit } from "./numbers.ts";
import { unitText } from "./numbers.ts";
import type { Words } from "./text.ts";

/** Printed unit by family; times in ms unless said otherwise. */
const UNITS: Readonly<Record<string, ShownUnit>> = {
  output_throughput: "tok/s",
  request_throughput: "req/s",
  goodput: "req/s",
  decode_rate: "tok/s",
  request_output_speed: "tok/s",
  e2e: "s",
  makespan: "s",
  time_per_request: "s",
  output_tokens: "tok",
  tokens_per_chunk: "tok",
  error_rate: "%",
  mismatch_rate: "%",
};

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

export function metricScale(metric: string): Scale {
  const { family } = partsOf(metric);
  const unit = UNITS[family] ?? "ms";
  if (unit === "%") return { unit, factor: 100 };
  return { unit, factor: family === "e2e" ? 0.001 : 1 };
}

function partsOf(metric: string): { readonly family: string; readonly statistic?: string } {
  const match = /^(.+)_(p\d+|mean|std)$/.exec(metric);
  const [, family, statistic] = match ?? [];
  return family === undefined || statistic === undefined ? { family: metric } : { family, statistic };
}

/** Every metric there is: one row each. Adding one touches this file, its function and docs/metrics.md. */
import { gatingOf } from "./gating-classes.ts";
import type { Metric, MetricUnit } from "./metric.ts";

interface Family {
  readonly family: string;
  readonly unit: MetricUnit;
  readonly better: Metric["better"];
  readonly formula: string;
  readonly source: string;
  /** Absent: the family is one metric of its own name. */
  readonly statistics?: readonly string[];
}

const families: readonly Family[] = [
  {
    family: "output_throughput",
    unit: "tok/s",
    better: "higher",
    formula: "Σ output tokens ÷ (last token − first send), successful requests",
    source: "vLLM, over the span of the answers",
  },
  {
    family: "request_throughput",
    unit: "req/s",
    better: "higher",
    formula: "successful requests ÷ (last token − first send)",
    source: "vLLM, over the span of the answers",
  },
  {
    family: "ttft",
    unit: "ms",
    better: "lower",
    formula: "first token-bearing chunk − send, per request",
    source: "vLLM; an empty or role-only delta is no token, as in AIPerf",
    statistics: ["p50", "p90", "p95", "p99", "mean", "std"],
  },
  {
    family: "itl",
    unit: "ms",
    better: "lower",
    formula: "gaps between token-bearing chunks, each ÷ the tokens of its chunk and counted once a token, pooled",
    source: "vLLM where a chunk bears one token; per token elsewhere",
    statistics: ["p50", "p95", "p99", "mean", "std"],
  },
  {
    family: "tpot",
    unit: "ms",
    better: "lower",
    formula: "(last token − first token) ÷ (output tokens − tokens in the first chunk), per request",
    source: "vLLM where the first chunk bears one token",
    statistics: ["p50", "p99", "mean", "std"],
  },
  {
    family: "e2e",
    unit: "ms",
    better: "lower",
    formula: "last token − send, per request",
    source: "vLLM",
    statistics: ["p50", "p95", "p99", "mean", "std"],
  },
  {
    family: "response_ttft",
    unit: "ms",
    better: "lower",
    formula: "first token-bearing chunk − scheduled, per request: TTFT with the wait before the send",
    source: "wrk2 and LoadGen's response time; equal to TTFT where nothing waited",
    statistics: ["p50", "p95", "p99"],
  },
  {
    family: "response_e2e",
    unit: "ms",
    better: "lower",
    formula: "last token − scheduled, per request: E2E with the wait before the send",
    source: "wrk2 and LoadGen's response time; equal to E2E where nothing waited",
    statistics: ["p50", "p95", "p99"],
  },
  {
    family: "queue_delay",
    unit: "ms",
    better: "lower",
    formula: "send − scheduled, per request, failed ones too: the client's own lateness",
    source: "Serving Gate",
    statistics: ["p99"],
  },
  {
    family: "stall_max",
    unit: "ms",
    better: "lower",
    formula: "the longest single gap between token-bearing chunks, undivided",
    source: "Serving Gate",
  },
  {
    family: "decode_rate",
    unit: "tok/s",
    better: "higher",
    formula: "(output tokens − tokens in the first chunk) ÷ (last token − first token), per request",
    source: "the inverse of TPOT, per request",
    statistics: ["mean", "std", "p50", "p95"],
  },
  {
    family: "request_output_speed",
    unit: "tok/s",
    better: "higher",
    formula: "output tokens ÷ E2E, per request",
    source: "llmperf's request_output_throughput_token_per_s",
    statistics: ["mean", "std", "p50", "p95"],
  },
  {
    family: "llmperf_itl",
    unit: "ms",
    better: "lower",
    formula: "E2E ÷ token-bearing chunks, per request, TTFT included; the bare id is the mean",
    source: "llmperf's inter_token_latency_s",
    statistics: ["", "std", "p50", "p95"],
  },
  {
    family: "makespan",
    unit: "s",
    better: "lower",
    formula: "last token − first send, successful requests",
    source: "the sweep tables' total time",
  },
  {
    family: "time_per_request",
    unit: "s",
    better: "lower",
    formula: "makespan ÷ successful requests",
    source: "the sweep tables' mean time a request",
  },
  {
    family: "output_tokens",
    unit: "tok",
    better: "neither",
    formula: "Σ output tokens, successful requests",
    source: "the sweep tables' sum of tokens",
  },
  {
    family: "tokens_per_chunk",
    unit: "tok",
    better: "neither",
    formula: "Σ output tokens ÷ Σ token-bearing chunks",
    source: "Serving Gate",
  },
  {
    family: "error_rate",
    unit: "ratio",
    better: "lower",
    formula: "failed ÷ all requests",
    source: "llmperf",
  },
  {
    family: "goodput",
    unit: "req/s",
    better: "higher",
    formula: "successful requests within every SLO ÷ (last token − first send); ITL's SLO is met by the request's TPOT",
    source: "vLLM, inference-perf",
  },
  {
    family: "mismatch_rate",
    unit: "ratio",
    better: "lower",
    formula: "wrong answers ÷ answered requests",
    source: "llmperf's correctness test",
  },
];

/** In the order tables and files show them. */
export const metricCatalogue: readonly Metric[] = families.flatMap(({ family, statistics = [""], ...rest }) =>
  statistics.map((statistic): Metric => {
    const id = statistic === "" ? family : `${family}_${statistic}`;
    const gating = gatingOf[id];
    return {
      id,
      ...rest,
      // The spread of a rate is no merit.
      ...(statistic === "std" ? { better: "lower" as const } : {}),
      labelKey: `metric.${family}`,
      ...(gating === undefined ? {} : { gating }),
    };
  }),
);

const byId = new Map(metricCatalogue.map((metric) => [metric.id, metric]));

export function metricById(id: string): Metric | undefined {
  return byId.get(id);
}

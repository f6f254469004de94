import { mean, sampleStandardDeviation } from "simple-statistics";
import type { MetricSummary, ServiceObjectives, TrialCounts } from "../model/results.ts";
import type { AnsweredTrace, RequestTrace } from "../model/trace.ts";
import { percentile } from "../stats/percentile.ts";
import { toSignificant } from "../stats/significant.ts";
import { isAnswered } from "./answered.ts";
import { type RequestFigures, requestFigures } from "./request-figures.ts";
import { longestGap, tokenLatencies } from "./token-latencies.ts";

export interface TrialSummary {
  /** Every metric that can be computed, and no other. */
  readonly summary: MetricSummary;
  readonly counts: TrialCounts;
}

/** What one trial says of each metric, from the raw requests. Shows what can be computed; what the gate believes is its own matter. */
export function summariseTrial(
  requests: readonly RequestTrace[],
  options: { readonly slo?: ServiceObjectives } = {},
): TrialSummary {
  const answered = requests.filter(isAnswered);
  const figures = answered.map(requestFigures);
  const latencies = tokenLatencies(answered);
  const outputTokens = answered.reduce((sum, trace) => sum + trace.outputTokens, 0);
  const counts = {
    requests: requests.length,
    failed: requests.length - answered.length,
    outputTokens,
    gaps: latencies.length,
  };
  const summary = {
    ...totals(answered, counts),
    ...perRequest(figures),
    ...perToken(latencies, answered),
    ...clientLateness(requests),
    ...chunking(answered, figures),
    ...goodput(answered, figures, options.slo),
    ...mismatches(answered),
  };
  return { summary: finite(summary), counts };
}

type Values = Readonly<Record<string, number | undefined>>;

function totals(answered: readonly AnsweredTrace[], counts: TrialCounts): Values {
  const errorRate = counts.requests === 0 ? undefined : counts.failed / counts.requests;
  if (answered.length === 0) return { error_rate: errorRate };
  const makespan = spanSeconds(answered);
  return {
    error_rate: errorRate,
    output_tokens: counts.outputTokens,
    ...(makespan > 0
      ? {
          output_throughput: counts.outputTokens / makespan,
          request_throughput: answered.length / makespan,
          makespan,
          time_per_request: makespan / answered.length,
        }
      : {}),
  };
}

/** From the first send to the last token. */
function spanSeconds(answered: readonly AnsweredTrace[]): number {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { sentMs, lastTokenMs } of answered) {
    first = Math.min(first, sentMs);
    last = Math.max(last, lastTokenMs);
  }
  return (last - first) / 1000;
}

function perRequest(figures: readonly RequestFigures[]): Values {
  const of = (pick: (figure: RequestFigures) => number | undefined) =>
    Float64Array.from(figures.map(pick).filter((value) => value !== undefined)).sort();
  const family = (name: string, percents: readonly number[], pick: (figure: RequestFigures) => number | undefined) =>
    statistics(name, of(pick), percents);
  const llmperf = family("llmperf_itl", [50, 95], ({ e2eMs, chunks }) => chunks && e2eMs / chunks);
  return {
    ...family("ttft", [50, 90, 95, 99], ({ ttftMs }) => ttftMs),
    ...family("tpot", [50, 99], ({ tpotMs }) => tpotMs),
    ...family("e2e", [50, 95, 99], ({ e2eMs }) => e2eMs),
    ...percentilesOf(
      "response_ttft",
      of(({ responseTtftMs }) => responseTtftMs),
    ),
    ...percentilesOf(
      "response_e2e",
      of(({ responseE2eMs }) => responseE2eMs),
    ),
    ...family("decode_rate", [50, 95], ({ decodeRate }) => decodeRate),
    ...family("request_output_speed", [50, 95], ({ outputSpeed }) => outputSpeed),
    llmperf_itl: llmperf["llmperf_itl_mean"],
    llmperf_itl_std: llmperf["llmperf_itl_std"],
    llmperf_itl_p50: llmperf["llmperf_itl_p50"],
    llmperf_itl_p95: llmperf["llmperf_itl_p95"],
  };
}

/** Of response times only how they are spread is told; mean and deviation are those of the service. */
function percentilesOf(family: string, sorted: Float64Array): Values {
  if (sorted.length === 0) return {};
  return Object.fromEntries([50, 95, 99].map((percent) => [`${family}_p${percent}`, percentile(sorted, percent)]));
}

function perToken(latencies: Float64Array, answered: readonly AnsweredTrace[]): Values {
  return { ...statistics("itl", latencies, [50, 95, 99]), stall_max: longestGap(answered) };
}

function clientLateness(requests: readonly RequestTrace[]): Values {
  const late = Float64Array.from(requests.map(({ sentMs, scheduledMs }) => sentMs - scheduledMs)).sort();
  return late.length === 0 ? {} : { queue_delay_p99: percentile(late, 99) };
}

function chunking(answered: readonly AnsweredTrace[], figures: readonly RequestFigures[]): Values {
  let tokens = 0;
  let chunks = 0;
  figures.forEach((figure, index) => {
    if (figure.chunks === undefined) return;
    chunks += figure.chunks;
    tokens += answered[index]?.outputTokens ?? 0;
  });
  return chunks === 0 ? {} : { tokens_per_chunk: tokens / chunks };
}

/** An ITL objective is met by the mean of the request's own latencies, its TPOT; an answer of one token has none to miss. */
function goodput(
  answered: readonly AnsweredTrace[],
  figures: readonly RequestFigures[],
  slo: ServiceObjectives = {},
): Values {
  const { ttftMs, itlMs, e2eMs } = slo;
  if ((ttftMs ?? itlMs ?? e2eMs) === undefined || answered.length === 0) return {};
  const met = figures.filter(
    (figure) =>
      figure.ttftMs <= (ttftMs ?? Number.POSITIVE_INFINITY) &&
      (figure.tpotMs ?? 0) <= (itlMs ?? Number.POSITIVE_INFINITY) &&
      figure.e2eMs <= (e2eMs ?? Number.POSITIVE_INFINITY),
  );
  return { goodput: met.length / spanSeconds(answered) };
}

/** Only where answers were judged. */
function mismatches(answered: readonly AnsweredTrace[]): Values {
  const judged = answered.filter(({ correct }) => correct !== undefined);
  if (judged.length === 0) return {};
  return { mismatch_rate: judged.filter(({ correct }) => correct === false).length / judged.length };
}

/** Percentiles, mean and sample standard deviation of ascending values, under `family_p50` and so on. */
function statistics(family: string, sorted: Float64Array, percents: readonly number[]): Values {
  if (sorted.length === 0) return {};
  const values = sorted as unknown as readonly number[];
  return {
    ...Object.fromEntries(percents.map((percent) => [`${family}_p${percent}`, percentile(sorted, percent)])),
    [`${family}_mean`]: mean(values),
    ...(sorted.length > 1 ? { [`${family}_std`]: sampleStandardDeviation(values) } : {}),
  };
}

function finite(values: Values): MetricSummary {
  const entries = Object.entries(values).flatMap(([id, value]) =>
    value !== undefined && Number.isFinite(value) ? [[id, toSignificant(value)] as const] : [],
  );
  return Object.fromEntries(entries);
}

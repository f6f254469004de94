import { type ServerValues, serverCounters, serverGauges } from "./server-names.ts";

/** Names without the server's own prefix (`vllm:`, `sglang:`, `llamacpp:`); docs of each are at the servers. */
const counters = new Set([
  "num_preemptions_total",
  "prefix_cache_queries_total",
  "prefix_cache_hits_total",
  "prompt_tokens_total",
  "prompt_tokens_cached_total",
  "generation_tokens_total",
  "request_success_total",
  "iteration_tokens_total_sum",
  "iteration_tokens_total_count",
  "request_queue_time_seconds_sum",
  "request_prefill_time_seconds_sum",
  "request_decode_time_seconds_sum",
  "time_to_first_token_seconds_sum",
  "time_to_first_token_seconds_count",
  "e2e_request_latency_seconds_sum",
  "e2e_request_latency_seconds_count",
  "spec_decode_num_drafts_total",
  "spec_decode_num_draft_tokens_total",
  "spec_decode_num_accepted_tokens_total",
  "cached_tokens_total",
  "evicted_tokens_total",
  "num_retracted_requests_total",
  "queue_time_seconds_sum",
  "prompt_seconds_total",
  "tokens_predicted_total",
  "tokens_predicted_seconds_total",
  "n_decode_total",
]);

/** What still means something when the last request has ended. */
const gauges = new Set(["cache_hit_rate", "spec_accept_length", "n_tokens_max", "n_busy_slots_per_decode"]);

/**
 * What a server counted while a workload was measured, the warm-up left out: counters as the difference, gauges as they
 * stand after it, or, where they were sampled meanwhile, the most of them as `<name>_max`.
 *
 * Only names that say something about serving are kept, so that a results file stays small. One that the server lacks, or
 * that fell (it was started anew), is absent, never 0.
 */
export function serverMetrics(
  before: ServerValues,
  after: ServerValues,
  samples: readonly ServerValues[] = [],
): ServerValues {
  const kept = Object.entries(after).flatMap(([name, value]): [string, number][] => {
    const plainName = name.slice(name.indexOf(":") + 1);
    if (gauges.has(plainName)) return [[name, value]];
    const earlier = before[name];
    if (!isCounter(name, plainName) || earlier === undefined || value < earlier) return [];
    return [[name, rounded(value - earlier)]];
  });
  const counted = Object.fromEntries(kept);
  return { ...counted, ...hitRate(counted), ...peaks(samples) };
}

const ourCounters = new Set<string>(serverCounters);

function isCounter(name: string, plainName: string): boolean {
  return counters.has(plainName) || ourCounters.has(name);
}

function hitRate({ prefix_cache_queries: queries = 0, prefix_cache_hits: hits }: ServerValues): ServerValues {
  return queries > 0 && hits !== undefined ? { prefix_cache_hit_rate: rounded(Math.min(1, hits / queries)) } : {};
}

function peaks(samples: readonly ServerValues[]): ServerValues {
  const found = serverGauges.flatMap((name): [string, number][] => {
    const values = samples.flatMap((sample) => sample[name] ?? []);
    return values.length === 0 ? [] : [[`${name}_max`, rounded(Math.max(...values))]];
  });
  return Object.fromEntries(found);
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

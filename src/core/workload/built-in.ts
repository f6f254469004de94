import type { Workload } from "../model/workload.ts";

/** What every workload has unless it says otherwise. */
export const workloadDefaults = { warmup: 2, seed: 42, sampling: { temperature: 0 } } as const;

/** The five phase workloads, in the order they run: each makes one property of a server's scheduler visible. */
export const builtInWorkloads: readonly Workload[] = [
  {
    ...workloadDefaults,
    name: "baseline",
    title: "Sequential Single Requests",
    purpose: "Single-request overhead floor",
    requests: 10,
    promptTokens: { kind: "fixed", tokens: 256 },
    outputTokens: { kind: "fixed", tokens: 256 },
    arrivals: { process: "sequential" },
    purposeMetrics: ["e2e_p50"],
  },
  {
    ...workloadDefaults,
    name: "continuous_batching",
    title: "Staggered Arrivals",
    purpose: "TTFT P95/P99 (benefit of per-step admit/retire)",
    requests: 32,
    promptTokens: { kind: "uniform", low: 64, high: 512 },
    outputTokens: { kind: "uniform", low: 64, high: 256 },
    arrivals: { process: "uniform", rate: 4 },
    purposeMetrics: ["ttft_p95"],
  },
  {
    ...workloadDefaults,
    name: "paged_attention",
    title: "Single Burst, Moderate Lengths",
    purpose: "Throughput + TTFT (paged admits more per memory budget)",
    requests: 48,
    promptTokens: { kind: "uniform", low: 128, high: 384 },
    outputTokens: { kind: "uniform", low: 128, high: 256 },
    arrivals: { process: "burst" },
    purposeMetrics: ["output_throughput", "ttft_p50"],
  },
  {
    ...workloadDefaults,
    name: "chunked_prefill",
    title: "Long Prompts, Poisson Arrivals",
    purpose: "ITL P95/P99 (long prefills block decode)",
    requests: 48,
    promptTokens: {
      kind: "mix",
      parts: [
        { share: 0.75, tokens: { kind: "uniform", low: 1024, high: 2048 } },
        { share: 0.25, tokens: { kind: "uniform", low: 64, high: 128 } },
      ],
    },
    outputTokens: { kind: "uniform", low: 64, high: 256 },
    arrivals: { process: "poisson", rate: 6 },
    purposeMetrics: ["itl_p95", "itl_p99"],
  },
  {
    ...workloadDefaults,
    name: "prefix_caching",
    title: "Shared System Prompt",
    purpose: "TTFT P50/P95 (repeated prefill cost)",
    requests: 48,
    promptTokens: { kind: "uniform", low: 32, high: 128 },
    outputTokens: { kind: "fixed", tokens: 256 },
    sharedPrefixTokens: 1024,
    arrivals: { process: "uniform", rate: 8 },
    purposeMetrics: ["ttft_p50"],
  },
];

/** Run only where they are named: they watch the answers, not their speed. */
const namedWorkloads: readonly Workload[] = [
  {
    ...workloadDefaults,
    name: "llm_correctness",
    title: "Number Words to Digits",
    purpose: "Mismatch rate (right answers under load)",
    requests: 100,
    // About what the task and the number at its start take.
    promptTokens: { kind: "fixed", tokens: 48 },
    outputTokens: { kind: "fixed", tokens: 32 },
    task: "digits",
    arrivals: { process: "concurrency", concurrency: 20 },
    purposeMetrics: ["mismatch_rate"],
  },
];

/** Every workload that a config may name. */
export const knownWorkloads: readonly Workload[] = [...builtInWorkloads, ...namedWorkloads];

import { expect, test } from "@jest/globals";
import { metricById } from "../../../src/core/metrics/catalogue.ts";
import type { TokenLengths } from "../../../src/core/model/results.ts";
import { builtInWorkloads } from "../../../src/core/workload/built-in.ts";
import { workloadInfo } from "../../../src/core/workload/workload-info.ts";

function written(lengths: TokenLengths): string {
  switch (lengths.kind) {
    case "fixed":
      return `${lengths.tokens}`;
    case "uniform":
      return `[${lengths.low}, ${lengths.high}]`;
    case "normal":
      return `${lengths.mean}`;
    case "mix":
      return lengths.parts.map(({ share, tokens }) => `${share * 100}% ${written(tokens)}`).join(", ");
    case "replay":
      return `${lengths.tokens}`;
  }
}

test("the five workloads are the serving log's table", () => {
  const rows = builtInWorkloads.map(({ name, requests, promptTokens, outputTokens, arrivals, purpose }) => {
    const rate = "rate" in arrivals ? ` ${arrivals.rate}` : "";
    return [name, requests, written(promptTokens), written(outputTokens), arrivals.process + rate, purpose].join(" | ");
  });
  expect(rows).toEqual([
    "baseline | 10 | 256 | 256 | sequential | Single-request overhead floor",
    "continuous_batching | 32 | [64, 512] | [64, 256] | uniform 4 | TTFT P95/P99 (benefit of per-step admit/retire)",
    "paged_attention | 48 | [128, 384] | [128, 256] | burst | Throughput + TTFT (paged admits more per memory budget)",
    "chunked_prefill | 48 | 75% [1024, 2048], 25% [64, 128] | [64, 256] | poisson 6 | ITL P95/P99 (long prefills block decode)",
    "prefix_caching | 48 | [32, 128] | 256 | uniform 8 | TTFT P50/P95 (repeated prefill cost)",
  ]);
  expect(builtInWorkloads.map(({ sharedPrefixTokens }) => sharedPrefixTokens)).toEqual([...Array(4), 1024]);
  expect(builtInWorkloads.every(({ seed, warmup }) => seed === 42 && warmup === 2)).toBe(true);
});

test("every purpose metric is in the catalogue", () => {
  for (const id of builtInWorkloads.flatMap(({ purposeMetrics }) => purposeMetrics))
    expect(metricById(id)?.id).toBe(id);
});

test("a results file keeps what reports show, and not the sampling", () => {
  const [baseline, , , , prefixCaching] = builtInWorkloads.map(workloadInfo);
  expect(baseline).toEqual({
    ...{ name: "baseline", title: "Sequential Single Requests", purpose: "Single-request overhead floor" },
    ...{ requests: 10, warmup: 2, seed: 42, arrivals: { process: "sequential" } },
    ...{ promptTokens: { kind: "fixed", tokens: 256 }, outputTokens: { kind: "fixed", tokens: 256 } },
    purposeMetrics: ["e2e_p50"],
  });
  expect(prefixCaching?.sharedPrefixTokens).toBe(1024);
});

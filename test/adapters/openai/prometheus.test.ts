import { expect, test } from "@jest/globals";
import { metricsOf } from "../../../src/adapters/openai/prometheus.ts";

const page = `# HELP vllm:prompt_tokens_total Tokens.
# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{model_name="a} b",engine="0"} 1024.0
vllm:prompt_tokens_total{model_name="c",engine="1"} 1e3 1395066363000
vllm:ttft_seconds_bucket{le="0.1"} 5
vllm:ttft_seconds_sum 2.5
vllm:ttft_seconds_created 1.7e9
vllm:broken NaN
process_cpu_seconds_total 12
not a metric
`;

test("sums a metric over its labels and leaves histogram buckets out", () => {
  expect(metricsOf(page, "vllm:")).toEqual({ "vllm:prompt_tokens_total": 2024, "vllm:ttft_seconds_sum": 2.5 });
});

test("takes the greatest of the shares of several engines", () => {
  const shares = 'vllm:kv_cache_usage_perc{engine="0"} 0.4\nvllm:kv_cache_usage_perc{engine="1"} 0.9\n';
  expect(metricsOf(shares, "vllm:")).toEqual({ "vllm:kv_cache_usage_perc": 0.9 });
});

test("takes all names where the dialect has none of its own", () => {
  expect(metricsOf(page, "")).toMatchObject({ process_cpu_seconds_total: 12 });
});

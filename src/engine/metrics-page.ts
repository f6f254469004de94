/** GET /metrics in Prometheus' text format, under the names vLLM uses. */
import type { Engine } from "./engine.ts";

export function metricsPage(engine: Engine, model: string): string {
  const { running, waiting, preemptions, kvUsage } = engine.gauges;
  const { promptTokens, generationTokens, prefixQueryTokens, prefixHitTokens, requests } = engine.totals;
  const rows: readonly (readonly [type: "gauge" | "counter", name: string, help: string, value: number])[] = [
    ["gauge", "num_requests_running", "Requests in the running batch.", running],
    ["gauge", "num_requests_waiting", "Requests waiting to be processed.", waiting],
    ["gauge", "kv_cache_usage_perc", "Share of the KV cache in use, 1 = all.", kvUsage],
    ["counter", "num_preemptions_total", "Preemptions of running requests.", preemptions],
    ["counter", "prefix_cache_queries_total", "Prompt tokens looked up in the prefix cache.", prefixQueryTokens],
    ["counter", "prefix_cache_hits_total", "Prompt tokens found in the prefix cache.", prefixHitTokens],
    ["counter", "prompt_tokens_total", "Prompt tokens processed.", promptTokens],
    ["counter", "generation_tokens_total", "Tokens generated.", generationTokens],
    ["counter", "request_success_total", "Requests that came to an end.", requests],
  ];
  const label = `{model_name="${model.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"}`;
  return rows
    .map(
      ([type, name, help, value]) =>
        `# HELP vllm:${name} ${help}\n# TYPE vllm:${name} ${type}\nvllm:${name}${label} ${value}\n`,
    )
    .join("");
}

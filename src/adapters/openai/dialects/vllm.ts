import { textIn } from "../json.ts";
import { resetBy } from "../reset-cache.ts";
import type { Dialect } from "./dialect.ts";

export const vllm: Dialect = {
  name: "vllm",
  owner: "vllm",
  pages: ["/version"],
  // Many servers have a /version; the limit in the list of models is vLLM's.
  recognises: (page, models) =>
    typeof page["version"] === "string" && models.some((model) => typeof model["max_model_len"] === "number"),
  version: (page) => textIn(page, "version"),
  contextTokens: () => undefined,
  fixedLength: (tokens) => ({ ignore_eos: true, min_tokens: tokens }),
  streamOptions: { continuous_usage_stats: true },
  metricsPrefix: "vllm:",
  metricNames: {
    generation_tokens: ["vllm:generation_tokens_total"],
    prompt_tokens: ["vllm:prompt_tokens_total"],
    requests_finished: ["vllm:request_success_total"],
    preemptions: ["vllm:num_preemptions_total", "vllm:num_preemptions"],
    prefix_cache_queries: ["vllm:prefix_cache_queries_total", "vllm:gpu_prefix_cache_queries_total"],
    prefix_cache_hits: ["vllm:prefix_cache_hits_total", "vllm:gpu_prefix_cache_hits_total"],
    requests_running: ["vllm:num_requests_running"],
    requests_waiting: ["vllm:num_requests_waiting"],
    kv_cache_use: ["vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"],
  },
  // There with VLLM_SERVER_DEV_MODE=1. An offload tier behind a KV connector keeps what it has.
  resetCache: resetBy("/reset_prefix_cache"),
};

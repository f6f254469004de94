import { countIn, textIn } from "../json.ts";
import { resetBy } from "../reset-cache.ts";
import type { Dialect } from "./dialect.ts";

export const sglang: Dialect = {
  name: "sglang",
  owner: "sglang",
  pages: ["/server_info", "/get_server_info", "/model_info", "/get_model_info"],
  recognises: (page) => typeof page["model_path"] === "string",
  version: (page) => textIn(page, "version"),
  contextTokens: (page) => countIn(page, "context_length"),
  fixedLength: () => ({ ignore_eos: true }),
  streamOptions: { continuous_usage_stats: true },
  metricsPrefix: "sglang:",
  metricNames: {
    generation_tokens: ["sglang:generation_tokens_total"],
    prompt_tokens: ["sglang:prompt_tokens_total"],
    requests_finished: ["sglang:num_requests_total"],
    preemptions: ["sglang:num_retracted_requests_total", "sglang:num_retractions_total"],
    // Every prompt is looked up.
    prefix_cache_queries: ["sglang:prompt_tokens_total"],
    prefix_cache_hits: ["sglang:cached_tokens_total"],
    requests_running: ["sglang:num_running_reqs"],
    requests_waiting: ["sglang:num_queue_reqs"],
    kv_cache_use: ["sglang:token_usage"],
  },
  resetCache: resetBy("/flush_cache"),
};

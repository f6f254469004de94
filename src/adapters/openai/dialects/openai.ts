import { type ServerNames, serverCounters, serverGauges } from "../../../core/plan/server-names.ts";
import type { Dialect } from "./dialect.ts";
import { llamaCpp } from "./llama-cpp.ts";
import { sglang } from "./sglang.ts";
import { vllm } from "./vllm.ts";

/** Every other server. Fields that OpenAI does not know are tried once and left out when refused. */
export const openai: Dialect = {
  name: "openai",
  pages: [],
  recognises: () => false,
  version: () => undefined,
  contextTokens: () => undefined,
  fixedLength: () => ({ ignore_eos: true }),
  streamOptions: {},
  metricsPrefix: "",
  metricNames: borrowedNames(),
};

/** Home-made servers count under the names of one they know; Text Generation Inference and TensorRT-LLM have no dialect. */
function borrowedNames(): ServerNames {
  const others: ServerNames = {
    generation_tokens: [
      "tgi_request_generated_tokens_sum",
      "trtllm_generation_tokens_total",
      "generation_tokens_total",
    ],
    prompt_tokens: ["tgi_request_input_length_sum", "trtllm_prompt_tokens_total", "prompt_tokens_total"],
    requests_finished: ["tgi_request_count", "trtllm_request_success_total"],
    preemptions: ["num_preemptions_total"],
    prefix_cache_queries: ["prefix_cache_queries_total"],
    prefix_cache_hits: ["prefix_cache_hits_total"],
    requests_running: ["tgi_batch_current_size", "trtllm_num_requests_running", "num_requests_running"],
    requests_waiting: ["tgi_queue_size", "trtllm_num_requests_waiting", "num_requests_waiting"],
    kv_cache_use: ["trtllm_kv_cache_utilization", "kv_cache_usage_perc"],
  };
  const known = [vllm, sglang, llamaCpp].map(({ metricNames }) => metricNames);
  return Object.fromEntries(
    [...serverCounters, ...serverGauges].map((name) => [
      name,
      [...known, others].flatMap((names) => names[name] ?? []),
    ]),
  );
}

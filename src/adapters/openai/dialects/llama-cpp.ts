import type { CacheReset } from "../../../gate/ports.ts";
import { countIn, isObject, objectIn, parseJson, textIn } from "../json.ts";
import { resetBy } from "../reset-cache.ts";
import type { Dialect, Pages } from "./dialect.ts";

export const llamaCpp: Dialect = {
  name: "llama-cpp",
  owner: "llamacpp",
  pages: ["/props"],
  recognises: (page) => objectIn(page, "default_generation_settings") !== undefined,
  version: (page) => textIn(page, "build_info"),
  // Of one slot: the context is split among the slots, so the model's own n_ctx_train says too much.
  contextTokens: (page) => countIn(objectIn(page, "default_generation_settings"), "n_ctx"),
  fixedLength: () => ({ ignore_eos: true }),
  streamOptions: {},
  metricsPrefix: "llamacpp:",
  metricNames: {
    generation_tokens: ["llamacpp:tokens_predicted_total"],
    prompt_tokens: ["llamacpp:prompt_tokens_total"],
    requests_running: ["llamacpp:requests_processing"],
    requests_waiting: ["llamacpp:requests_deferred"],
    kv_cache_use: ["llamacpp:kv_cache_usage_ratio"],
  },
  resetCache: eraseSlots,
};

/** Slot by slot; 501 without --slot-save-path. The prompt cache in host memory (--cache-ram) keeps what it has. */
async function eraseSlots(pages: Pages): Promise<CacheReset> {
  const props = parseJson((await pages.get("/props")) ?? "")?.value;
  const slots = isObject(props) ? (countIn(props, "total_slots") ?? 0) : 0;
  let outcome: CacheReset = { kind: "none" };
  for (let slot = 0; slot < slots; slot++) {
    outcome = await resetBy(`/slots/${slot}?action=erase`)(pages);
    if (outcome.kind !== "reset") return outcome;
  }
  return outcome;
}

import { textIn } from "../json.ts";
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
};

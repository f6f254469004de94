import { textIn } from "../json.ts";
import type { Dialect } from "./dialect.ts";

export const vllm: Dialect = {
  name: "vllm",
  owner: "vllm",
  pages: ["/version"],
  recognises: (page) => typeof page["version"] === "string",
  version: (page) => textIn(page, "version"),
  contextTokens: () => undefined,
  fixedLength: (tokens) => ({ ignore_eos: true, min_tokens: tokens }),
  streamOptions: { continuous_usage_stats: true },
  metricsPrefix: "vllm:",
};

import { countIn, textIn } from "../json.ts";
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
};

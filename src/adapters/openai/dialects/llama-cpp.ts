import { countIn, objectIn, textIn } from "../json.ts";
import type { Dialect } from "./dialect.ts";

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
};

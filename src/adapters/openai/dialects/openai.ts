import type { Dialect } from "./dialect.ts";

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
};

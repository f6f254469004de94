import { textIn } from "../json.ts";
import type { Dialect } from "./dialect.ts";

export const ollama: Dialect = {
  name: "ollama",
  owner: "library",
  pages: ["/api/version"],
  recognises: (page) => typeof page["version"] === "string",
  version: (page) => textIn(page, "version"),
  contextTokens: () => undefined,
  // It has no such flag: an answer may end early.
  fixedLength: () => ({}),
  streamOptions: {},
  metricsPrefix: "",
  // It has no counters, and only unloading the model empties its cache.
  metricNames: {},
};

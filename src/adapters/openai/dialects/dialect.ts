/** How one kind of server differs from the plain OpenAI interface. One small file each, of this shape. */
import type { Backend } from "../../../core/model/config.ts";
import type { ServerNames } from "../../../core/plan/server-names.ts";
import type { CacheReset } from "../../../gate/ports.ts";
import type { JsonObject } from "../json.ts";

export interface Dialect {
  readonly name: Exclude<Backend, "auto">;
  /** `owned_by` of its entries in /v1/models; absent where others use the same. */
  readonly owner?: string;
  /** Pages it tells about itself on. */
  readonly pages: readonly string[];
  /** Whether such a page is its own; `models` are the entries of /v1/models. */
  recognises(page: JsonObject, models: readonly JsonObject[]): boolean;
  version(page: JsonObject): string | undefined;
  /** Longest context of one request, tokens, where /v1/models does not tell. */
  contextTokens(page: JsonObject): number | undefined;
  /** Fields that make an answer exactly `tokens` long. */
  fixedLength(tokens: number): JsonObject;
  /** What is asked of the stream beside `include_usage`. */
  readonly streamOptions: JsonObject;
  /** Its counters on /metrics begin so; "" takes all. */
  readonly metricsPrefix: string;
  /** What its counters and gauges are called, newest names first. */
  readonly metricNames: ServerNames;
  /** Empties its prefix cache; absent where it has no such thing, and prompts are told apart by their nonce alone. */
  readonly resetCache?: (pages: Pages) => Promise<CacheReset>;
}

/** The server's pages beside those of the OpenAI interface. */
export interface Pages {
  readonly get: (path: string) => Promise<string | undefined>;
  readonly post: (path: string) => Promise<PageReply>;
}

export interface PageReply {
  /** Absent when no answer came. */
  readonly status?: number;
  readonly text: string;
}

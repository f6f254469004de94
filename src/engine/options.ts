/** What the embedded engine can be told, and how its command line is read. */
import { FlagReader } from "./flag-reader.ts";
import { BLOCK_TOKENS } from "./kv-cache.ts";
import { noSlowdown, parseSlowdown, type Slowdown } from "./slowdown.ts";

export { parseSlowdown };

export interface EngineOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly model: string;
  readonly batching: "static" | "continuous";
  readonly kvCache: "contiguous" | "paged";
  readonly kvTokens: number;
  /** Prompt and output of one request together. */
  readonly maxModelLen: number;
  readonly maxBatchSize: number;
  readonly chunkedPrefill: boolean;
  readonly prefixCaching: boolean;
  readonly seed: number;
  /** Multiplies every cost of the simulated GPU: 0.1 = ten times faster. */
  readonly timeScale: number;
  readonly slowdown: Slowdown;
  /** The process dies in the middle of this request's answer, counted from 1. Absent: never. */
  readonly crashAfter?: number;
  /** From this request on, counted from 1, answers stop after their first token. Absent: never. */
  readonly stallAfter?: number;
  /** Share of requests answered with HTTP 500. */
  readonly errorRate: number;
  /** Share of number-words tasks answered with a wrong number. */
  readonly mismatchRate: number;
  readonly loadTimeMs: number;
}

/** How many sequences run at once unless told: what 32,768 KV tokens hold of 4,096 each, and what paging makes of it. */
const DEFAULT_BATCH_SIZE = { contiguous: 8, paged: 24 } as const;

export const defaultEngineOptions: EngineOptions = {
  host: "127.0.0.1",
  port: 0,
  model: "embedded/reference",
  batching: "continuous",
  kvCache: "contiguous",
  kvTokens: 32_768,
  maxModelLen: 4096,
  maxBatchSize: DEFAULT_BATCH_SIZE.contiguous,
  chunkedPrefill: false,
  prefixCaching: false,
  seed: 42,
  timeScale: 1,
  slowdown: noSlowdown,
  errorRate: 0,
  mismatchRate: 0,
  loadTimeMs: 0,
};

export const engineHelp = `serving-gate serve [flags]

The embedded reference engine: an OpenAI-compatible server in front of a simulated GPU.

  --host ADDRESS               address to bind (127.0.0.1)
  --port N                     port to bind, 0 for a free one (0)
  --model ID                   the one model it serves (embedded/reference)
  --batching static|continuous drain a whole batch, or admit at every step (continuous)
  --kv-cache contiguous|paged  a slot of --max-model-len each, or blocks of ${BLOCK_TOKENS} tokens (contiguous)
  --kv-tokens N                tokens the KV cache holds (32768)
  --max-model-len N            longest prompt and output together, in tokens (4096)
  --max-batch-size N           sequences that run at once (8; paged: 24)
  --chunked-prefill            mix pieces of long prompts with decoding
  --prefix-caching             keep the KV of prompts for later prompts that begin alike
  --seed N                     of step jitter and of --error-rate (42)
  --time-scale X               multiply every simulated cost: 0.1 is ten times faster (1)
  --slowdown itl=15%,ttft=20%  be slower: itl decode, ttft prefill, throughput both
  --crash-after N              exit with code 1 in the middle of the Nth answer
  --stall-after N              from the Nth request on, stop sending after the first token
  --error-rate 10%             answer this share of requests with HTTP 500
  --mismatch-rate 10%          answer this share of number-words tasks wrongly
  --load-time 2s               answer 503 for this long after the start
`;

const flags = {
  host: { type: "string" },
  port: { type: "string" },
  model: { type: "string" },
  batching: { type: "string" },
  "kv-cache": { type: "string" },
  "kv-tokens": { type: "string" },
  "max-model-len": { type: "string" },
  "max-batch-size": { type: "string" },
  "chunked-prefill": { type: "boolean" },
  "prefix-caching": { type: "boolean" },
  seed: { type: "string" },
  "time-scale": { type: "string" },
  slowdown: { type: "string" },
  "crash-after": { type: "string" },
  "stall-after": { type: "string" },
  "error-rate": { type: "string" },
  "mismatch-rate": { type: "string" },
  "load-time": { type: "string" },
} as const;

/** Reads the flags after `serve`. Reports every problem, each with what was found and what was expected. */
export function parseEngineArgs(argv: readonly string[]): { options: EngineOptions } | { problems: readonly string[] } {
  const read = new FlagReader(argv, flags);
  const defaults = defaultEngineOptions;
  const kvCache = read.choice("kv-cache", ["contiguous", "paged"], defaults.kvCache);
  const crashAfter = read.count("crash-after");
  const stallAfter = read.count("stall-after");
  const options: EngineOptions = {
    host: read.text("host", defaults.host),
    port: read.integer("port", { from: 0, to: 65_535, otherwise: defaults.port }),
    model: read.text("model", defaults.model),
    batching: read.choice("batching", ["static", "continuous"], defaults.batching),
    kvCache,
    kvTokens: read.integer("kv-tokens", { from: 1, otherwise: defaults.kvTokens }),
    maxModelLen: read.integer("max-model-len", { from: 2, otherwise: defaults.maxModelLen }),
    maxBatchSize: read.integer("max-batch-size", { from: 1, otherwise: DEFAULT_BATCH_SIZE[kvCache] }),
    chunkedPrefill: read.isSet("chunked-prefill"),
    prefixCaching: read.isSet("prefix-caching"),
    seed: read.integer("seed", { from: 0, otherwise: defaults.seed }),
    timeScale: read.positive("time-scale", defaults.timeScale),
    slowdown: read.parsed("slowdown", defaults.slowdown, slowdownFrom),
    ...(crashAfter === undefined ? {} : { crashAfter }),
    ...(stallAfter === undefined ? {} : { stallAfter }),
    errorRate: read.share("error-rate", defaults.errorRate),
    mismatchRate: read.share("mismatch-rate", defaults.mismatchRate),
    loadTimeMs: read.duration("load-time", defaults.loadTimeMs),
  };
  const problems = [...read.problems, ...(read.problems.length > 0 ? [] : sizeProblems(options))];
  return problems.length > 0 ? { problems } : { options };
}

function slowdownFrom(text: string): { value: Slowdown } | { expected: string } {
  const parsed = parseSlowdown(text);
  return "slowdown" in parsed ? { value: parsed.slowdown } : { expected: parsed.problems.join("; ") };
}

/** One sequence of full length must fit the KV cache, or a request could wait forever. */
function sizeProblems({ kvCache, kvTokens, maxModelLen }: EngineOptions): readonly string[] {
  const neededTokens = kvCache === "paged" ? Math.ceil(maxModelLen / BLOCK_TOKENS) * BLOCK_TOKENS : maxModelLen;
  if (kvTokens >= neededTokens) return [];
  return [
    `--kv-tokens is ${kvTokens}; expected at least ${neededTokens}, so that one sequence of --max-model-len ${maxModelLen} fits`,
  ];
}

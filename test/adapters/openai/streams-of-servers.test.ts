/** What each kind of server streams, told in full; test/fixtures/streams/README.md says where the shapes are from. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { ChunkTemplates } from "../../../src/adapters/openai/chunk-template.ts";
import { readStream } from "../../../src/adapters/openai/read-stream.ts";
import { toExchange } from "../../../src/adapters/openai/to-exchange.ts";

const folder = new URL("../../fixtures/streams/", import.meta.url);

/** `counts`: output tokens up to each token chunk, as the server tells them; `tokens` by their source. */
interface Answer {
  readonly chunks: number;
  readonly counts?: readonly number[];
  readonly tokens: readonly [number, "usage" | "stream" | "chunks"];
  /** The server's own count, beside one in usage. */
  readonly streamed?: number;
  readonly perChunk?: readonly number[];
  readonly prompt?: number;
  readonly cached?: number;
  readonly finish: string;
  readonly isDone?: false;
}

const answers: readonly (readonly [string, Answer])[] = [
  ["vllm", { chunks: 3, counts: [1, 4, 5], tokens: [5, "usage"], perChunk: [1, 3, 1], prompt: 12, finish: "length" }],
  [
    "vllm-reasoning",
    {
      ...{ chunks: 5, counts: [1, 3, 5, 6, 8], tokens: [8, "usage"], perChunk: [1, 2, 2, 1, 2] },
      ...{ prompt: 90, cached: 64, finish: "stop" },
    },
  ],
  [
    "vllm-tool-calls",
    {
      ...{ chunks: 5, counts: [2, 9, 10, 16, 17], tokens: [18, "usage"], perChunk: [2, 7, 1, 6, 1] },
      ...{ prompt: 40, cached: 32, finish: "tool_calls" },
    },
  ],
  ["sglang", { chunks: 2, tokens: [2, "usage"], prompt: 9, finish: "length" }],
  [
    "sglang-reasoning",
    {
      ...{ chunks: 5, counts: [1, 4, 6, 9, 10], tokens: [11, "usage"], perChunk: [1, 3, 2, 3, 1] },
      ...{ prompt: 60, cached: 48, finish: "stop" },
    },
  ],
  ["llama-cpp", { chunks: 2, tokens: [3, "stream"], cached: 0, finish: "length" }],
  [
    "llama-cpp-timings",
    {
      ...{ chunks: 3, counts: [1, 2, 5], tokens: [6, "usage"], perChunk: [1, 1, 3] },
      ...{ streamed: 6, prompt: 40, cached: 36, finish: "stop" },
    },
  ],
  ["ollama", { chunks: 2, tokens: [2, "usage"], prompt: 8, finish: "stop" }],
  ["ollama-reasoning", { chunks: 4, tokens: [5, "usage"], prompt: 68, finish: "stop" }],
  ["ollama-text", { chunks: 3, counts: [0, 0, 0], tokens: [4, "usage"], prompt: 32, finish: "length" }],
  ["tgi", { chunks: 4, tokens: [5, "usage"], prompt: 12, finish: "stop" }],
  [
    "trtllm",
    {
      ...{ chunks: 4, counts: [1, 3, 6, 7], tokens: [7, "usage"], perChunk: [1, 2, 3, 1] },
      ...{ prompt: 112, cached: 96, finish: "length" },
    },
  ],
  ["lm-studio", { chunks: 3, tokens: [3, "chunks"], finish: "stop" }],
  ["home-made", { chunks: 3, tokens: [4, "usage"], prompt: 7, finish: "stop", isDone: false }],
];

const failures: readonly (readonly [string, { chunks: number; isDone: boolean; status: number; message: string }])[] = [
  ["vllm-error", { chunks: 2, isDone: true, status: 500, message: "Internal server error" }],
  [
    "sglang-error",
    {
      ...{ chunks: 0, isDone: true, status: 400 },
      message: "The input (8391 tokens) is longer than the model's context length (8192 tokens).",
    },
  ],
  ["llama-cpp-error", { chunks: 1, isDone: false, status: 500, message: "Context size has been exceeded." }],
  ["llama-cpp-error-field", { chunks: 1, isDone: false, status: 500, message: "slot unavailable" }],
  [
    "tgi-error",
    { chunks: 2, isDone: false, status: 200, message: "Request failed during generation: CUDA out of memory" },
  ],
];

function stream(name: string): Buffer {
  return readFileSync(new URL(`${name}.txt`, folder));
}
/** The different results of reading the stream in two reads, over all bytes at which it can be cut. */
function outcomes<T>(bytes: Buffer, of: (reads: readonly [Buffer, Buffer]) => T): T[] {
  const seen = new Map<string, T>();
  for (let at = 0; at <= bytes.length; at += 1) {
    const outcome = of([bytes.subarray(0, at), bytes.subarray(at)]);
    seen.set(JSON.stringify(outcome), outcome);
  }
  return [...seen.values()];
}
/** All of it but the reads in which the tokens came. */
function said(reads: readonly Buffer[]) {
  const { tokenReads, chunksOfRead, tokensSoFar, ...rest } = readStream(reads);
  return { ...rest, counts: [...tokensSoFar.all()] };
}
function exchangeOf(reads: readonly Buffer[]) {
  const ended = { status: 200, contentType: "text/event-stream", contentEncoding: "", endMs: 2 };
  // Both reads at once, so that the cut moves no time.
  return toExchange({ askedMs: 0, sentMs: 0, ...ended, reads, tally: readStream(reads), readAtMs: reads.map(() => 1) });
}
const told = <T extends object>(facts: T) =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));

describe.each(answers)("%s, cut in two at any byte", (name, answer) => {
  const [tokens, tokenSource] = answer.tokens;
  const streamed = answer.streamed ?? (tokenSource === "stream" ? tokens : undefined);

  test("says all it has to say, and no more", () => {
    const facts = {
      ...told({ promptTokens: answer.prompt, cachedTokens: answer.cached, finishReason: answer.finish }),
      ...told({ usageTokens: tokenSource === "usage" ? tokens : undefined, streamedTokens: streamed }),
      ...{ tokenChunks: answer.chunks, counts: answer.counts ?? [], isDone: answer.isDone ?? true, isCut: false },
    };
    expect(outcomes(stream(name), said)).toEqual([facts]);
  });

  test("is a whole answer with its tokens and where their count is from", () => {
    const gaps = Array.from({ length: answer.chunks - 1 }, () => 0);
    expect(outcomes(stream(name), exchangeOf)).toEqual([
      {
        ...{ outcome: "ok", sentMs: 0, connectMs: 0, firstTokenMs: 1, lastTokenMs: 1, endMs: 2 },
        ...{ tokenGapsMs: gaps, coalescedChunks: expect.any(Number) },
        ...{ outputTokens: tokens, tokenSource, finishReason: answer.finish },
        ...told({ promptTokens: answer.prompt, cachedTokens: answer.cached, tokensPerChunk: answer.perChunk }),
      },
    ]);
  });

  test("is none without its finish", () => {
    const bytes = stream(name);
    const finish = /"finish_reason": ?"/.exec(bytes.toString("latin1"));
    const exchange = exchangeOf([bytes.subarray(0, finish?.index ?? 0)]);
    expect(exchange).toMatchObject({ outcome: "error", error: { kind: "stream" } });
  });
});

test.each(failures)("%s, cut in two at any byte, is a failure in the server's words", (name, failure) => {
  const { chunks, isDone, status, message } = failure;
  const tallies = outcomes(stream(name), said);
  expect(tallies).toEqual([expect.objectContaining({ tokenChunks: chunks, isDone, isCut: false })]);
  expect(tallies[0]?.error?.message).toBe(message);
  expect(outcomes(stream(name), exchangeOf)).toEqual([
    {
      ...{ outcome: "error", sentMs: 0, endMs: 2 },
      error: { kind: "stream", status, message: `error inside the stream: ${message}` },
    },
  ]);
});

const all = readdirSync(folder).flatMap((file) => /^(.*)\.txt$/.exec(file)?.[1] ?? []);

test("no recorded stream is left out", () => {
  expect([...answers, ...failures].map(([name]) => name).sort()).toEqual(all.sort());
});

describe.each(all)("%s by templates", (name) => {
  test("says what it says when each chunk is parsed, cut in two at any byte, whoever was heard before", () => {
    const ofServer = new ChunkTemplates();
    const ofAll = new ChunkTemplates();
    for (const other of all) readStream([stream(other)], ofAll);
    const agreeing = outcomes(stream(name), (reads) => {
      const parsed = JSON.stringify(readStream(reads));
      // Learning is slow: anew at every eighth byte only.
      const anew = reads[0].length % 8 === 0 ? [new ChunkTemplates()] : [];
      return [...anew, ofServer, ofAll].every((templates) => JSON.stringify(readStream(reads, templates)) === parsed);
    });
    expect(agreeing).toEqual([true]);
  });

  test("is heard again without parsing a token", () => {
    const templates = new ChunkTemplates();
    readStream([stream(name)], templates);
    const events = stream(name)
      .toString("latin1")
      .split(/(?<=\n\r?\n)/)
      .map((text) => Buffer.from(text, "latin1"));
    for (const event of events.filter((one) => readStream([one]).tokenChunks > 0)) {
      expect(templates.find(event, 0, event.length)?.bearsTokens).toBe(true);
    }
  });
});

import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { readStream } from "../../../src/adapters/openai/read-stream.ts";
import { toExchange } from "../../../src/adapters/openai/to-exchange.ts";

/** The stream in these pieces, each read 1 ms after the one before. */
async function exchangeOf(pieces: readonly Uint8Array[]) {
  return toExchange({
    askedMs: 0,
    sentMs: 0,
    endMs: pieces.length + 1,
    status: 200,
    contentType: "text/event-stream; charset=utf-8",
    contentEncoding: "",
    reads: pieces,
    tally: readStream(pieces),
    readAtMs: pieces.map((_, index) => index + 1),
  });
}
function stream(name: string): Buffer {
  return readFileSync(new URL(`../../fixtures/streams/${name}.txt`, import.meta.url));
}
const known = [
  [
    "vllm",
    { promptTokens: 12, outputTokens: 5, tokenSource: "usage", finishReason: "length", tokensPerChunk: [1, 3, 1] },
  ],
  ["sglang", { promptTokens: 9, outputTokens: 2, tokenSource: "usage", finishReason: "length" }],
  ["llama-cpp", { outputTokens: 3, tokenSource: "stream", finishReason: "length" }],
  ["ollama", { promptTokens: 8, outputTokens: 2, tokenSource: "usage", finishReason: "stop" }],
] as const;

test.each(known)("%s is read alike, cut in two at any byte", async (name, facts) => {
  const bytes = stream(name);
  for (let at = 0; at <= bytes.length; at += 1) {
    expect(await exchangeOf([bytes.subarray(0, at), bytes.subarray(at)])).toMatchObject({ outcome: "ok", ...facts });
  }
});

test.each(known)("%s is read alike, cut into any pieces, and its times run forward", async (name, facts) => {
  const bytes = stream(name);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 60 }), async (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const exchange = await exchangeOf(edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge)));
      expect(exchange).toMatchObject({ outcome: "ok", ...facts });
      if (exchange.outcome !== "ok") return;
      const { firstTokenMs, lastTokenMs, tokenGapsMs } = exchange;
      expect(tokenGapsMs.every((gapMs) => gapMs >= 0)).toBe(true);
      expect(firstTokenMs + tokenGapsMs.reduce((sum, gapMs) => sum + gapMs, 0)).toBe(lastTokenMs);
    }),
    { numRuns: 50 },
  );
});

test.each(known)("%s cut off before its end is no answer", async (name, _facts) => {
  const bytes = stream(name);
  const beforeFinish = bytes.subarray(0, bytes.indexOf(Buffer.from('"finish_reason":"')));
  expect(await exchangeOf([beforeFinish])).toMatchObject({ outcome: "error", error: { kind: "stream" } });
});

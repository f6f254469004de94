import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { walkBody } from "../../../src/adapters/openai/body-framing.ts";
import { ChunkTemplates } from "../../../src/adapters/openai/chunk-template.ts";
import { readHead } from "../../../src/adapters/openai/http-head.ts";
import { readStream } from "../../../src/adapters/openai/read-stream.ts";
import { readInGaps } from "../../../src/adapters/openai/reading.ts";
import { Recording } from "../../../src/adapters/openai/recording.ts";
import { SlabStore } from "../../../src/adapters/openai/tape.ts";
import { toExchange } from "../../../src/adapters/openai/to-exchange.ts";

const head = readHead("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked");
const captures = ["vllm", "sglang", "llama-cpp", "ollama"].map((name) => ({ name, bytes: stream(name) }));

function stream(name: string): Buffer {
  return readFileSync(new URL(`../../fixtures/streams/${name}.txt`, import.meta.url));
}
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
}
/** Taken down as from a socket: every read comes in the same buffer, over the one before. */
function recorded(
  reads: readonly Buffer[],
  templates: ChunkTemplates,
  isReadBetween = false,
  keepsText = false,
): Recording {
  const recording = new Recording({ store: new SlabStore(), templates, keepsText }, 0, reads.length);
  const buffer = Buffer.alloc(64 * 1024);
  recording.send(0);
  recording.begin(head);
  for (const [index, bytes] of reads.entries()) {
    recording.stamp(index + 1);
    bytes.copy(buffer);
    recording.keep(buffer, 0, bytes.length);
    if (isReadBetween && index % 2 === 0) for (const _ of recording.readOn());
  }
  buffer.fill("x");
  recording.end(reads.length + 1, undefined);
  return recording;
}
function said(recording: Recording) {
  return recording.streamReply().tally;
}

describe.each(captures)("$name, read by templates as it comes", ({ bytes }) => {
  test("says what it says when each chunk is parsed, cut in two at any byte", () => {
    const templates = new ChunkTemplates();
    for (let at = 0; at <= bytes.length; at += 1) {
      const reads = pieces(bytes, [at]);
      expect(said(recorded(reads, templates))).toEqual(readStream(reads));
    }
  });

  test("says the same cut anywhere, read on between or not, by a server that was heard before or not", () => {
    const known = new ChunkTemplates();
    fc.assert(
      fc.property(
        fc.array(fc.nat(bytes.length), { maxLength: 60 }),
        fc.boolean(),
        fc.boolean(),
        (cuts, between, old) => {
          const reads = pieces(bytes, cuts);
          expect(said(recorded(reads, old ? known : new ChunkTemplates(), between))).toEqual(readStream(reads));
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("what an answer says beside its times", () => {
  const chunks = (...all: readonly object[]) =>
    Buffer.from([...all.map((each) => JSON.stringify(each)), "[DONE]"].map((data) => `data: ${data}\n\n`).join(""));
  const token = (content: string) => ({ id: "x", choices: [{ index: 0, delta: { content }, finish_reason: null }] });

  test.each([
    ["OpenAI's details of usage", { usage: { prompt_tokens: 90, prompt_tokens_details: { cached_tokens: 64 } } }],
    ["sglang's own", { meta_info: { cached_tokens: 64 } }],
    ["llama.cpp's timings", { timings: { cache_n: 64, prompt_n: 26 } }],
    [
      "the first of several",
      { timings: { cache_n: 1 }, usage: { prompt_tokens: 90, prompt_tokens_details: { cached_tokens: 64 } } },
    ],
  ])("prompt tokens that were cached: %s, parsed and by template", (_name, counts) => {
    const templates = new ChunkTemplates();
    const bytes = chunks(token("one"), { id: "x", choices: [], ...counts });
    for (let hearing = 0; hearing < 3; hearing += 1) {
      expect(said(recorded([bytes], templates))?.cachedTokens).toBe(64);
    }
  });

  test("the words, where they are wanted, cut in two at any byte", () => {
    const templates = new ChunkTemplates();
    const bytes = chunks(token("двадцать "), token("one"), token(" 😀"), { choices: [{ index: 0, text: "!" }] });
    for (let at = 0; at <= bytes.length; at += 1) {
      const reads = pieces(bytes, [at]);
      expect(said(recorded(reads, templates, false, true))?.text).toBe("двадцать one 😀!");
      expect(said(recorded(reads, templates))?.text).toBeUndefined();
    }
  });
});

const words = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("", "\n", '"', "\\", "é", "\u0007", '"},"finish_reason":"stop', "[DONE]", "data: x\n\n"),
);
const event = fc.oneof(
  { weight: 8, arbitrary: fc.record({ content: words }).map((delta) => ({ choices: [{ index: 0, delta }], n: 1 })) },
  fc.record({ text: words }).map((choice) => ({ choices: [choice] })),
  fc
    .record({ content: words, completion_tokens: fc.oneof(fc.nat(), fc.double(), fc.constant(null)) })
    .map(({ content, ...usage }) => ({ choices: [{ delta: { content } }], usage })),
  fc.record({ predicted_n: fc.integer(), content: words }).map(({ content, ...timings }) => ({
    choices: [{ delta: { content, reasoning: "" } }],
    timings,
    meta_info: { completion_tokens: 4 },
  })),
  words.map((name) => ({
    choices: [{ delta: { tool_calls: [{ index: 0, function: { name: "", arguments: name } }] } }],
  })),
  fc.constantFrom<object>(
    { choices: [{ delta: { role: "assistant", content: "" } }] },
    { choices: [{ delta: {}, finish_reason: "length" }] },
    { choices: { 0: { delta: { content: "no list" } } } },
    { error: { message: "boom", code: 500 } },
    { error: 0, choices: [{ delta: { content: "a" } }] },
  ),
);
const line = fc.oneof(
  { weight: 12, arbitrary: event.map((chunk) => `data: ${JSON.stringify({ id: "a-1", ...chunk })}`) },
  fc.constantFrom(
    ": ping",
    "data: [DONE]",
    "data:[DONE] ",
    "event: x",
    "data: {",
    'data: {"id":"a","id":"b","choices":[]}',
    "data: 5",
  ),
);
const streams = fc.array(fc.tuple(line, fc.constantFrom("\n\n", "\n\n", "\n\n", "\r\n\r\n", "\n", "\r\r")), {
  maxLength: 30,
});

test("any stream says by templates what it says when each chunk is parsed, however it is cut", () => {
  const known = new ChunkTemplates();
  fc.assert(
    fc.property(streams, fc.array(fc.nat(), { maxLength: 20 }), fc.boolean(), (parts, at, between) => {
      const bytes = Buffer.from(parts.map(([text, end]) => text + end).join(""));
      const reads = pieces(
        bytes,
        at.map((place) => place % (bytes.length + 1)),
      );
      expect(said(recorded(reads, known, between))).toEqual(readStream(reads));
    }),
    { numRuns: 2000 },
  );
});

test("an event cut within its CRLF belongs to the read that brought the CR, by a template too", () => {
  const chunk = 'data: {"id":"a","choices":[{"delta":{"content":"b"}}]}\r\n\r\n';
  const known = new ChunkTemplates();
  said(recorded([Buffer.from(chunk)], known));
  const reads = [Buffer.from(chunk.slice(0, -3)), Buffer.from(chunk.slice(-3))];
  expect(said(recorded(reads, known))?.tokenReads.all()).toEqual(Float64Array.of(0));
});

test("a server that repeats itself is read without parsing", () => {
  const chunk = (token: string) => `data: {"id":"a","choices":[{"delta":{"content":"${token}"}}]}\n\n`;
  const templates = new ChunkTemplates();
  said(recorded([Buffer.from(chunk("a"))], templates));
  expect(templates.find(Buffer.from(chunk("bc")), 0, chunk("bc").length)).toMatchObject({ bearsTokens: true });
});

describe("the body of an answer", () => {
  const words = ["data: a\n\n", "x".repeat(300), "\r\n0\r\n\r\n"];
  const chunked = Buffer.from(
    `${words.map((word) => `${word.length.toString(16)};note=1\r\n${word}\r\n`).join("")}0\r\nTrailer: 1\r\n\r\nmore`,
  );

  test("is found in its chunks, cut in two at any byte, and so is its end", () => {
    for (let at = 0; at <= chunked.length; at += 1) {
      const walk = walkBody({ kind: "chunked" });
      const found: string[] = [];
      const onBody = (bytes: Buffer, from: number, to: number) => found.push(bytes.toString("latin1", from, to));
      const first = walk.walk(chunked, { from: 0, to: at }, { onBody });
      const end = first === -1 ? walk.walk(chunked, { from: at, to: chunked.length }, { onBody }) : first;
      expect(found.join("")).toBe(words.join(""));
      expect(end).toBe(chunked.length - "more".length);
    }
  });

  test.each([
    ["no length", "\r\n"],
    ["a length that is no number", "xyz\r\n"],
    ["a chunk longer than it says", "1\r\nabc"],
  ])("with %s is bad HTTP", (_what, text) => {
    const walk = walkBody({ kind: "chunked" });
    expect(() => walk.walk(Buffer.from(text), { from: 0, to: text.length }, { onBody: () => {} })).toThrow();
  });
});

describe("answers that wait to be read", () => {
  const odd = Buffer.from(
    [1, 2, 3].map((token) => `data: {"choices":[{"delta":{"content":"${token}"}}]}\r\r`).join("") +
      'data: {"choices":[{"finish_reason":"stop"}]}\r\r',
  );
  const clock = { nowMs: () => performance.now() };

  test("are read in a gap, with their times", async () => {
    const reading = readInGaps(new SlabStore(), clock);
    const recording = recorded(pieces(odd, [60, 110]), new ChunkTemplates());
    const exchange = await reading.exchangeOf(recording);
    expect(exchange).toEqual(toExchange(recorded(pieces(odd, [60, 110]), new ChunkTemplates()).streamReply()));
    expect(exchange).toMatchObject({ outcome: "ok", outputTokens: 3 });
    expect(reading.wasPressed()).toBe(false);
  });

  test("are read while they come where more is kept than may be, exactly, and it is known", async () => {
    const store = new SlabStore();
    const reading = readInGaps(store, clock, 1);
    const recording = new Recording(
      {
        store,
        templates: new ChunkTemplates(),
        onKept: reading.note.bind(reading),
        onRead: reading.noteRead.bind(reading),
      },
      0,
      4,
    );
    recording.begin(head);
    for (const [index, bytes] of pieces(odd, [60, 110]).entries()) {
      recording.stamp(index);
      recording.keep(bytes, 0, bytes.length);
      while (store.keptBytes() > 0) await new Promise((resolve) => setImmediate(resolve));
    }
    recording.end(3, undefined);
    expect(await reading.exchangeOf(recording)).toMatchObject({ outcome: "ok", outputTokens: 3, tokenGapsMs: [1, 1] });
    expect(reading.wasPressed()).toBe(true);
  });
});

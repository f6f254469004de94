import { describe, expect, test } from "@jest/globals";
import { readStream } from "../../../src/adapters/openai/read-stream.ts";
import type { Reply } from "../../../src/adapters/openai/reply.ts";
import { toExchange } from "../../../src/adapters/openai/to-exchange.ts";
import { delta, done, event, finish, usage } from "../../fakes/scripted-server.ts";

/** Reads at 110, 120, 130 … ms of a request sent at 100. */
function reply(reads: readonly string[], more: Partial<Reply> = {}): Reply {
  const bytes = reads.map((text) => Buffer.from(text));
  return {
    askedMs: 95,
    sentMs: 100,
    endMs: 110 + reads.length * 10,
    status: 200,
    contentType: "text/event-stream",
    contentEncoding: "",
    reads: bytes,
    tally: readStream(bytes),
    readAtMs: reads.map((_, index) => 110 + index * 10),
    ...more,
  };
}
const role = event({ choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }] });

describe("a whole answer", () => {
  test("is timed from its first token-bearing chunk to its last", async () => {
    const stream = [role, delta("a"), delta("b"), delta("c"), finish("length"), usage(12, 3), done];
    expect(await toExchange(reply(stream))).toEqual({
      outcome: "ok",
      sentMs: 100,
      connectMs: 5,
      firstTokenMs: 120,
      lastTokenMs: 140,
      endMs: 180,
      promptTokens: 12,
      outputTokens: 3,
      tokenGapsMs: [10, 10],
      finishReason: "length",
      tokenSource: "usage",
      coalescedChunks: 0,
    });
  });

  test.each([
    ["content", { choices: [{ delta: { content: "a" } }] }],
    ["reasoning_content", { choices: [{ delta: { reasoning_content: "a" } }] }],
    ["reasoning", { choices: [{ delta: { reasoning: "a", content: null } }] }],
    ["a tool call's name", { choices: [{ delta: { tool_calls: [{ function: { name: "f", arguments: "" } }] } }] }],
    ["a tool call's arguments", { choices: [{ delta: { tool_calls: [{ function: { arguments: "{" } }] } }] }],
    ["text", { choices: [{ text: "a" }] }],
  ])("begins with %s", async (_what, chunk) => {
    const exchange = await toExchange(reply([role, event(chunk), delta("b"), finish(), done]));
    expect(exchange).toMatchObject({ outcome: "ok", firstTokenMs: 120, outputTokens: 2 });
  });

  test.each([
    ["a role", { choices: [{ delta: { role: "assistant" } }] }],
    ["empty content", { choices: [{ delta: { content: "" } }] }],
    ["null content", { choices: [{ delta: { content: null, reasoning_content: null } }] }],
    ["an unnamed tool call", { choices: [{ delta: { tool_calls: [{ id: "1", function: { arguments: "" } }] } }] }],
    ["empty text", { choices: [{ text: "" }] }],
    ["progress", { choices: [], prompt_progress: { processed: 10 } }],
  ])("does not begin with %s", async (_what, chunk) => {
    const exchange = await toExchange(reply([event(chunk), delta("b"), finish(), done]));
    expect(exchange).toMatchObject({ outcome: "ok", firstTokenMs: 120, outputTokens: 1 });
  });

  test("may carry its usage on the finish chunk and lack [DONE]", async () => {
    const last = finish("stop", { usage: { prompt_tokens: 5, completion_tokens: 1 } });
    expect(await toExchange(reply([delta("a"), last]))).toMatchObject({ promptTokens: 5, tokenSource: "usage" });
  });

  test("may lack a finish reason when [DONE] came", async () => {
    const exchange = await toExchange(reply([delta("a"), done]));
    expect(exchange).toMatchObject({ outcome: "ok" });
    expect(exchange).not.toHaveProperty("finishReason");
  });

  test("without usage counts its chunks", async () => {
    const exchange = await toExchange(reply([delta("a"), delta("b"), finish(), done]));
    expect(exchange).toMatchObject({ outputTokens: 2, tokenSource: "chunks" });
    expect(exchange).not.toHaveProperty("promptTokens");
  });

  test("knows each chunk's tokens from a count that the server streams of its own", async () => {
    const counted = (predicted_n: number) => delta("a", { timings: { predicted_n } });
    const exchange = await toExchange(reply([role, counted(1), counted(4), finish(), usage(12, 4), done]));
    expect(exchange).toMatchObject({ outputTokens: 4, tokenSource: "usage", tokensPerChunk: [1, 3] });
  });

  test("counts by llama.cpp's timings where usage is missing", async () => {
    const last = finish("stop", { timings: { predicted_n: 7 } });
    expect(await toExchange(reply([delta("a"), delta("b"), last]))).toMatchObject({
      outputTokens: 7,
      tokenSource: "stream",
    });
  });

  test("is still whole when its connection broke or lingered after the finish", async () => {
    const failure = { kind: "timeout", message: "no end of the answer within 1 s" } as const;
    const exchange = await toExchange(reply([delta("a"), finish(), done], { failure, endMs: 60_000 }));
    expect(exchange).toMatchObject({ outcome: "ok", lastTokenMs: 110, endMs: 130 });
  });

  test("of a server without blank lines is timed line by line", async () => {
    const stream = [delta("a"), delta("b"), finish(), done].map((text) => text.replace("\n\n", "\n"));
    expect(await toExchange(reply(stream))).toMatchObject({ firstTokenMs: 110, lastTokenMs: 120, tokenGapsMs: [10] });
  });
});

describe("several tokens a chunk", () => {
  const counted = (content: string, tokens: number): string => delta(content, { usage: { completion_tokens: tokens } });

  test("are told apart by a running usage", async () => {
    const exchange = await toExchange(reply([counted("a", 1), counted("bc", 3), counted("def", 6), finish(), done]));
    expect(exchange).toMatchObject({ outputTokens: 6, tokensPerChunk: [1, 2, 3] });
  });

  test("held back in an empty chunk belong to the next one with text", async () => {
    const exchange = await toExchange(reply([counted("a", 1), counted("", 2), counted("bc", 3), finish(), done]));
    expect(exchange).toMatchObject({ outputTokens: 3, tokensPerChunk: [1, 2] });
  });

  test("are not told by a total alone", async () => {
    const exchange = await toExchange(reply([delta("ab"), delta("cd"), finish(), usage(5, 4), done]));
    expect(exchange).toMatchObject({ outputTokens: 4, tokenGapsMs: [10] });
    expect(exchange).not.toHaveProperty("tokensPerChunk");
  });

  test("are all in the only chunk", async () => {
    const exchange = await toExchange(reply([delta("abcd"), finish(), usage(5, 4), done]));
    expect(exchange).toMatchObject({ outputTokens: 4, tokensPerChunk: [4] });
  });

  test("an end-of-sequence token that no chunk shows is no second token of one", async () => {
    const exchange = await toExchange(reply([counted("a", 1), counted("b", 2), finish(), usage(5, 3), done]));
    expect(exchange).toMatchObject({ outputTokens: 3 });
    expect(exchange).not.toHaveProperty("tokensPerChunk");
  });
});

test("chunks that came in one read share its time and are counted as coalesced", async () => {
  const exchange = await toExchange(reply([delta("a") + delta("b"), delta("c") + finish() + done]));
  expect(exchange).toMatchObject({ tokenGapsMs: [0, 10], coalescedChunks: 1 });
});

describe("a failure", () => {
  const lost = { kind: "stream", message: "connection lost inside the answer (other side closed)" } as const;
  test.each([
    ["http", "a status", reply(['{"error":{"message":"out of\\nmemory"}}'], { status: 500 }), 500, "out of memory"],
    ["http", "FastAPI's detail", reply(['{"detail":"no"}'], { status: 422 }), 422, "no"],
    ["http", "a page", reply(["<h1>Bad Gateway</h1>"], { status: 502 }), 502, "<h1>Bad Gateway</h1>"],
    ["stream", "a cut stream", reply([delta("a")], { failure: lost }), 200, lost.message],
    ["stream", "a stream that stops", reply([delta("a")]), 200, "ended without a finish reason or [DONE] after 1"],
    ["stream", "half a chunk at the end", reply([delta("a"), 'data: {"choi']), 200, "ended in the middle of an event"],
    [
      "stream",
      "an error object",
      reply([delta("a"), event({ error: { message: "OOM", code: 503 } }), done]),
      503,
      "OOM",
    ],
    ["stream", "an answer the server gave up", reply([delta("a"), finish("abort"), done]), 200, "finish reason abort"],
    ["stream", "an error text", reply([event({ error: "OOM" })]), 200, "error inside the stream: OOM"],
    ["stream", "an error event", reply(['event: error\ndata: {"message":"OOM"}\n\n', done]), 200, "the stream: OOM"],
    ["stream", "an error event of text", reply(["event: error\ndata: OOM\n\n"]), 200, "the stream: OOM"],
    ["stream", "an error event without words", reply(['event: error\ndata: {"why":1}\n\n']), 200, '{"why":1}'],
    ["stream", "llama.cpp's error field", reply(['error: {"message":"OOM","code":500}\n\n']), 500, "the stream: OOM"],
    ["stream", "vLLM's older error", reply([event({ object: "error", message: "OOM", code: 400 })]), 400, "OOM"],
    [
      "protocol",
      "a broken chunk",
      reply([delta("a"), "data: {half\n\n", finish(), done]),
      200,
      "no JSON object: {half",
    ],
    ["protocol", "no token", reply([role, finish(), done]), 200, "finished without a token"],
    [
      "protocol",
      "a JSON answer",
      reply(['{"choices":[]}'], { contentType: "application/json" }),
      200,
      "one JSON document",
    ],
    [
      "protocol",
      "a web page",
      reply(["<html>sign in"], { contentType: "text/html" }),
      200,
      "no event stream (text/html)",
    ],
    ["protocol", "nothing", reply([]), 200, "answered with an empty body"],
    ["protocol", "gzip", reply(["\u001f"], { contentEncoding: "gzip" }), 200, "content-encoding gzip"],
  ])("of kind %s: %s", async (...[kind, , answer, status, message]) => {
    const exchange = await toExchange(answer);
    expect(exchange).toMatchObject({ outcome: "error", sentMs: 100, endMs: answer.endMs, error: { kind, status } });
    expect(exchange.outcome === "error" && exchange.error.message).toContain(message);
  });

  test("quotes the server in one bounded line without control characters", async () => {
    const body = JSON.stringify({ error: { message: `a\u001b[31m\r\n\u202eb${"x".repeat(1000)}` } });
    const exchange = await toExchange(reply([body], { status: 500 }));
    const message = (exchange.outcome === "error" && exchange.error.message) || "";
    expect(message).toMatch(/^a \[31m bx+…$/);
    expect(message).toHaveLength(300);
  });
});

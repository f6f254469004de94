/** What goes wrong between a client and a real server, and what the client calls it. */
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "@jest/globals";
import { systemClock } from "../../../src/adapters/host/system-clock.ts";
import { connectWith } from "../../../src/adapters/openai/connect.ts";
import type { GenerationRequest, InferenceClient } from "../../../src/gate/ports.ts";
import { type RawVisit, rawServer } from "../../fakes/raw-server.ts";
import { delta, done, finish, openStream, scriptedServer, usage, type Visit } from "../../fakes/scripted-server.ts";

const clock = systemClock();
const never = new AbortController().signal;
const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(answer: (visit: Visit) => void | Promise<void>) {
  const server = await scriptedServer(answer);
  cleanups.push(server.close);
  return { server, client: connect(server.url) };
}
async function serveRaw(answer: (visit: RawVisit) => void) {
  const server = await rawServer(answer);
  cleanups.push(server.close);
  return { server, client: connect(server.origin) };
}
function connect(url: string, requestTimeoutMs = 20_000): InferenceClient {
  const client = connectWith(clock)({ url, backend: "openai", requestTimeoutMs });
  cleanups.push(client.close);
  return client;
}
const generation: GenerationRequest = { model: "m", prompt: "Hello", maxTokens: 3, sampling: {}, exactLength: false };
const chunked = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const answer = delta("a") + finish("length") + usage(7, 1) + done;
const whole = `${chunked}${chunk(answer)}0\r\n\r\n`;

describe("a stream that its server leaves", () => {
  test.each([
    ["between two chunks", chunked + chunk(delta("a"))],
    ["in a chunk", `${chunked}ff\r\n${delta("a")}`],
    ["short of the length in its head", `HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n${delta("a")}`],
    ["before its first byte", chunked],
  ])("%s is lost: stream", async (_where, bytes) => {
    const { client } = await serveRaw(({ socket }) => void socket.end(bytes));
    const message = "connection lost inside the answer (other side closed)";
    expect(await client.send(generation, never)).toMatchObject({ error: { kind: "stream", status: 200, message } });
  });

  test.each([
    ["half a JSON", delta("a") + delta("b").slice(0, 20), "ended in the middle of an event after 1 token chunks"],
    ["no finish", delta("a"), "ended without a finish reason or [DONE] after 1 token chunks"],
  ])("properly, with %s, is none: stream", async (_what, bytes, message) => {
    const { client } = await serve(({ response }) => void response.end(bytes));
    expect(await client.send(generation, never)).toMatchObject({ error: { kind: "stream", message } });
  });

  test("after its last word is whole", async () => {
    const { client } = await serve(async ({ response, socket }) => {
      await openStream(response).write(delta("a") + finish("length"));
      socket.destroy();
    });
    expect(await client.send(generation, never)).toMatchObject({ outcome: "ok", outputTokens: 1 });
  });
});

test("half a JSON in a whole event: protocol, with the half", async () => {
  const { client } = await serve(({ response }) => void response.end(`${delta("a")}data: {"choices":[{"de\n\n${done}`));
  const message = 'a chunk is no JSON object: {"choices":[{"de';
  expect(await client.send(generation, never)).toMatchObject({ error: { kind: "protocol", message } });
});

describe("a refusal with a status", () => {
  test.each([
    [429, { "retry-after": "1" }, '{"error":{"message":"slow down"}}', "slow down"],
    [500, { "content-type": "text/plain" }, "Internal Server Error", "Internal Server Error"],
    [502, { "content-type": "text/html" }, "<h1>Bad Gateway</h1>", "<h1>Bad Gateway</h1>"],
    [503, { "retry-after": "Wed, 21 Oct 2099 07:28:00 GMT" }, '{"detail":"loading"}', "loading"],
    [500, { "content-type": "text/event-stream" }, 'data: {"error":"x"}\n\n', 'data: {"error":"x"}'],
  ])("is told as it is and not asked again: %i with %j", async (status, headers, body, message) => {
    const { client, server } = await serve(({ response }) => void response.writeHead(status, headers).end(body));
    expect(await client.send(generation, never)).toMatchObject({ error: { kind: "http", status, message } });
    expect(server.received).toHaveLength(1);
  });

  test("and nothing else has no message", async () => {
    const { client } = await serve(({ response }) => void response.writeHead(500).end());
    const exchange = await client.send(generation, never);
    expect(exchange.outcome === "error" && exchange.error).toEqual({ kind: "http", status: 500 });
  });

  test("that breaks off keeps its status", async () => {
    const { client } = await serveRaw(
      ({ socket }) => void socket.end("HTTP/1.1 500 Oops\r\ncontent-length: 99\r\n\r\nboom"),
    );
    expect(await client.send(generation, never)).toMatchObject({
      error: { kind: "http", status: 500, message: "boom" },
    });
  });

  test("is followed by a fresh connection, whose answers count", async () => {
    const { client, server } = await serve(({ response }) =>
      server.received.length === 1 ? void response.writeHead(500).end() : void response.end(answer),
    );
    await client.send(generation, never);
    expect(await client.send(generation, never)).toMatchObject({ outcome: "ok" });
    expect(server.connections()).toBe(2);
    expect(client.notes?.()).toEqual([]);
  });
});

describe("a content type", () => {
  test.each(["application/octet-stream", "application/json", ""])(
    "of %j keeps no stream from being read",
    async (type) => {
      const { client } = await serve(({ response }) => {
        if (type !== "") response.setHeader("content-type", type);
        response.end(answer);
      });
      expect(await client.send(generation, never)).toMatchObject({ outcome: "ok", outputTokens: 1 });
    },
  );

  test("of a stream makes no stream of a page: protocol", async () => {
    const { client } = await serve(({ response }) => {
      const stream = openStream(response);
      void stream.write("<html>sign in</html>").then(stream.end);
    });
    const exchange = await client.send(generation, never);
    const message = "answered with no event stream (text/event-stream): <html>sign in</html>";
    expect(exchange).toMatchObject({ error: { kind: "protocol", message } });
  });
});

test("a compressed stream, which nobody asked for: protocol, and its connection serves on", async () => {
  const { client, server } = await serve(({ response, before }) => {
    if (before > 0) return void response.end(answer);
    response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": "gzip" });
    response.end(gzipSync(answer));
  });
  const message = "answered with content-encoding gzip although only identity was accepted";
  expect(await client.send(generation, never)).toMatchObject({ error: { kind: "protocol", status: 200, message } });
  expect(await client.send(generation, never)).toMatchObject({ outcome: "ok", outputTokens: 1 });
  expect(server.connections()).toBe(1);
});

describe("our time-out ends", () => {
  test.each([
    ["an answer that stalls behind its head", ({ socket }: RawVisit) => void socket.write(chunked)],
    ["a head that stalls", ({ socket }: RawVisit) => void socket.write(chunked.slice(0, 20)), "no answer within 0.3 s"],
    ["interim answers without an answer", drip("HTTP/1.1 102 Processing\r\n\r\n"), "no answer within 0.3 s"],
    ["a stream without an end", drip(chunk(delta("a")), chunked)],
  ])("%s", async (_what, visit, message = "no end of the answer within 0.3 s") => {
    const { server } = await serveRaw(visit);
    const exchange = await connect(server.origin, 300).send(generation, never);
    expect(exchange).toMatchObject({ outcome: "error", error: { kind: "timeout", message } });
  });
});

/** The same bytes for as long as the connection stands. */
function drip(bytes: string, opening = "") {
  return ({ socket }: RawVisit): void => {
    socket.write(opening);
    const more = (): void => {
      if (socket.destroyed) return;
      socket.write(bytes, () => setImmediate(more));
    };
    more();
  };
}

test("a token is timed by the byte that ended its line, however slowly its bytes come", async () => {
  const endedAtMs: number[] = [];
  const { client } = await serve(async ({ response }) => {
    const stream = openStream(response);
    for (const text of [delta("a"), delta("b"), delta("c"), finish("length") + usage(7, 3) + done]) {
      const bytes = [...Buffer.from(text)];
      const lineEnd = bytes.indexOf(0x0a);
      for (const [index, byte] of bytes.entries()) {
        if (index === lineEnd) endedAtMs.push(clock.nowMs());
        response.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    stream.end();
  });
  const exchange = await client.send(generation, never);
  if (exchange.outcome !== "ok") throw new Error(exchange.error.message);
  const { sentMs, firstTokenMs, tokenGapsMs, lastTokenMs, endMs } = exchange;
  const tokensAtMs = [firstTokenMs, firstTokenMs + (tokenGapsMs[0] ?? 0), lastTokenMs];
  expect(tokensAtMs.map((atMs, index) => atMs >= (endedAtMs[index] ?? 0))).toEqual([true, true, true]);
  expect(lastTokenMs).toBeCloseTo(firstTokenMs + tokenGapsMs.reduce((sum, gapMs) => sum + gapMs, 0), 6);
  const times = [sentMs, ...tokensAtMs, endMs];
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(tokenGapsMs).toHaveLength(2);
});

test("a connection that we closed in time is no sign that the server keeps none", async () => {
  const closings: Promise<unknown>[] = [];
  const { client, server } = await serveRaw(({ socket, before }) => {
    const idle = before === 0 && closings.length === 0 ? "keep-alive: timeout=2\r\n" : "";
    closings.push(new Promise((resolve) => socket.once("close", resolve)));
    socket.write(whole.replace("transfer-encoding", `${idle}transfer-encoding`));
  });
  for (let index = 0; index < 3; index += 1) {
    expect(await client.send(generation, never)).toMatchObject({ outcome: "ok" });
    if (index === 0) await closings[0];
  }
  expect(server.connections()).toBe(2);
  expect(client.notes?.()).toEqual([]);
});

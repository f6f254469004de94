/** Where a server listens, and what listens there instead. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, test } from "@jest/globals";
import { systemClock } from "../../../src/adapters/host/system-clock.ts";
import { connectWith } from "../../../src/adapters/openai/connect.ts";
import type { GenerationRequest, InferenceClient } from "../../../src/gate/ports.ts";
import { type RawOptions, type RawVisit, rawServer } from "../../fakes/raw-server.ts";
import { delta, done, finish } from "../../fakes/scripted-server.ts";

const clock = systemClock();
const never = new AbortController().signal;
const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serveRaw(answer: (visit: RawVisit) => void, options?: RawOptions) {
  const server = await rawServer(answer, options);
  cleanups.push(server.close);
  return { server, client: connect(server.origin) };
}
function connect(url: string, requestTimeoutMs = 20_000): InferenceClient {
  const client = connectWith(clock)({ url, backend: "openai", requestTimeoutMs });
  cleanups.push(client.close);
  return client;
}
const generation: GenerationRequest = { model: "m", prompt: "Hello", maxTokens: 3, sampling: {}, exactLength: false };
const answer = delta("a") + finish("length") + done;
const whole = `HTTP/1.1 200 OK\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`;

const loopbacks = Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []);

test.each(["127.0.0.1", "::1"].filter((host) => loopbacks.includes(host)))(
  "a server is reached at %s",
  async (host) => {
    const seen: string[] = [];
    const { client } = await serveRaw(
      ({ socket, bytes }) => {
        seen.push(/^host: (.*)$/m.exec(bytes.toString())?.[1] ?? "");
        socket.write(whole);
      },
      { host },
    );
    expect(await client.send(generation, never)).toMatchObject({ outcome: "ok" });
    expect(seen).toEqual([expect.stringMatching(host === "::1" ? /^\[::1\]:\d+$/ : /^127\.0\.0\.1:\d+$/)]);
  },
);

test("a server is reached by a name of which only one address listens", async () => {
  const { server } = await serveRaw(({ socket }) => void socket.write(whole));
  const client = connect(`http://localhost:${server.port}`);
  expect(await client.send(generation, never)).toMatchObject({ outcome: "ok" });
  expect(await client.send(generation, never)).toMatchObject({ outcome: "ok" });
  expect(server.connections()).toBe(1);
});

describe("something else listens there:", () => {
  test("a server that speaks first, in another language: protocol", async () => {
    const { client, server } = await serveRaw(() => {}, { greeting: "SSH-2.0-OpenSSH_9.6\r\n" });
    const message = 'answered with bad HTTP: the answer begins with "SSH-2.0-OpenSSH_9.6 "';
    expect(await client.send(generation, never)).toMatchObject({ error: { kind: "protocol", message } });
    expect(server.connections()).toBe(1);
  });

  test("an echo: protocol", async () => {
    const { client } = await serveRaw(({ socket, bytes }) => void socket.write(bytes));
    const exchange = await client.send(generation, never);
    expect(exchange).toMatchObject({ error: { kind: "protocol" } });
    expect(exchange.outcome === "error" && exchange.error.message).toContain('"POST /v1/chat/completions HTTP/1.1');
  });
});

test("a server that accepts nothing, not even as many as its backlog holds, is waited for until our time-out", async () => {
  const port = await deafServer();
  const client = connect(`http://127.0.0.1:${port}`, 500);
  const exchanges = await Promise.all(Array.from({ length: 8 }, () => client.send(generation, never)));
  const errors = exchanges.flatMap((exchange) => (exchange.outcome === "error" ? [exchange.error] : []));
  expect(errors.map(({ kind }) => kind)).toEqual(Array(8).fill("timeout"));
  expect(new Set(errors.map(({ message }) => message))).toEqual(
    new Set(["no answer within 0.5 s", "no connection within 0.5 s"]),
  );
});

/** A process that listens, with room for two connections, and then does nothing any more. Its port. */
async function deafServer(): Promise<number> {
  const program = `const server = require("node:net").createServer();
    server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
      require("node:fs").writeSync(1, String(server.address().port) + "\\n");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  cleanups.push(async () => {
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  });
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  return Number(line);
}

/** Servers behind TLS, with a certificate that nobody trusts unless told to. The CLI is the bundle in dist. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer as createPlainServer, type RequestListener } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, createServer as createSilentServer, isIPv6, type Server, type Socket } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import { systemClock } from "../../../src/adapters/host/system-clock.ts";
import { connectWith } from "../../../src/adapters/openai/connect.ts";
import type { ResultsFile } from "../../../src/core/model/results.ts";
import type { GenerationRequest } from "../../../src/gate/ports.ts";
import { delta, done, finish, openStream, usage } from "../../fakes/scripted-server.ts";

const certificatePath = fileURLToPath(new URL("../../fixtures/tls/certificate.pem", import.meta.url));
const identity = {
  cert: readFileSync(certificatePath),
  key: readFileSync(new URL("../../fixtures/tls/key.pem", import.meta.url)),
};
const clock = systemClock();
const never = new AbortController().signal;
const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listen(server: Server, host = "127.0.0.1") {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, "listening");
  cleanups.push(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** As many tokens as asked for; `asked` is told of each generation. */
function generating(asked: (tokens: number) => void): RequestListener {
  return async (request, response) => {
    if (request.method === "GET") return void response.end('{"data":[{"id":"m"}]}');
    const { max_tokens: tokens } = (await json(request)) as { readonly max_tokens: number };
    asked(tokens);
    const stream = openStream(response);
    for (let token = 0; token < tokens; token += 1) await stream.write(delta(` ${token}`));
    await stream.write(finish("length") + usage(16, tokens) + done);
    return stream.end();
  };
}

async function send(origin: string, requestTimeoutMs = 20_000) {
  const client = connectWith(clock)({ url: origin, backend: "openai", requestTimeoutMs });
  cleanups.push(client.close);
  const request: GenerationRequest = { model: "m", prompt: "Hello", maxTokens: 3, sampling: {}, exactLength: false };
  return { exchange: await client.send(request, never), client };
}

describe("a certificate that nobody trusts", () => {
  test.each(["127.0.0.1", "localhost"])("is no connection to %s, and the reason is told", async (host) => {
    let asked = 0;
    const server = createServer(identity, () => {
      asked += 1;
    });
    const origin = `https://${host}:${await listen(server)}`;
    const { exchange, client } = await send(origin);
    expect(exchange).toMatchObject({ outcome: "error", error: { kind: "connect" } });
    const message = (exchange.outcome === "error" && exchange.error.message) || "";
    expect(message).toContain(`no connection to ${origin} (self-signed certificate`);
    expect(message).toContain("DEPTH_ZERO_SELF_SIGNED_CERT");
    expect(await client.reaches?.(never)).toBe(false);
    expect(asked).toBe(0);
  });

  test("is enough where NODE_EXTRA_CA_CERTS names it: a workload is measured", async () => {
    const asked: number[] = [];
    const port = await listen(
      createServer(
        identity,
        generating((tokens) => void asked.push(tokens)),
      ),
    );
    const trial = await measured(`https://localhost:${port}`, { NODE_EXTRA_CA_CERTS: certificatePath });
    expect(trial).toMatchObject({ tokenSource: "usage", counts: { requests: 6, failed: 0, outputTokens: 24 } });
    expect(trial?.client?.threads).toBe(1);
    expect(asked.slice(-6)).toEqual(Array(6).fill(4));
  });
});

/** What the CLI writes down of one trial, with these variables in its environment. */
async function measured(url: string, variables: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), "https-"));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const workload = {
    ...{ name: "short", requests: 6, warmup: 1, "prompt-tokens": 32, "output-tokens": 4 },
    arrivals: { process: "concurrency", concurrency: 2 },
  };
  const [config, results] = [join(folder, "gate.yml"), join(folder, "results.json")];
  await writeFile(config, stringify({ server: { url }, workloads: [workload], trials: 1 }));
  const child = spawn(process.execPath, [resolve("dist/cli.js"), "run", "-c", config, "-o", results], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, ...variables },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, "close");
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
  const file = JSON.parse(await readFile(results, "utf8")) as ResultsFile;
  return file.cells[0]?.trials[0];
}

/** RFC 6066: an address is no name, and some servers refuse it as one. */
describe("a server is asked for", () => {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []);
  const hosts = [
    { at: "localhost", listensAt: "127.0.0.1", name: "localhost" },
    { at: "127.0.0.1", listensAt: "127.0.0.1", name: "none" },
    { at: "[::1]", listensAt: "::1", name: "none" },
    { at: "[::ffff:127.0.0.1]", listensAt: "::ffff:127.0.0.1", name: "none" },
  ];
  const ofThisMachine = hosts.filter(({ listensAt }) => !isIPv6(listensAt) || addresses.includes("::1"));

  test.each(ofThisMachine)("by the name $name at $at", async ({ at, listensAt, name }) => {
    const asked: string[] = [];
    const server = createServer({
      ...identity,
      SNICallback: (servername, answer) => {
        asked.push(servername);
        answer(null);
      },
    });
    await send(`https://${at}:${await listen(server, listensAt)}`);
    expect(new Set(asked)).toEqual(new Set(name === "none" ? [] : [name]));
  });
});

test("TLS with a server that speaks none is no connection", async () => {
  const port = await listen(createPlainServer());
  const { exchange } = await send(`https://127.0.0.1:${port}`);
  expect(exchange).toMatchObject({ outcome: "error", error: { kind: "connect" } });
  expect(exchange.outcome === "error" && exchange.error.message).toContain(
    `no connection to https://127.0.0.1:${port} (`,
  );
});

test("TLS with a server that says nothing is waited for until our time-out", async () => {
  const port = await listen(createSilentServer());
  const { exchange } = await send(`https://127.0.0.1:${port}`, 200);
  expect(exchange).toMatchObject({ error: { kind: "timeout", message: "no connection within 0.2 s" } });
});

test("plain HTTP with a server that wants TLS is a lost connection", async () => {
  const port = await listen(createServer(identity));
  const { exchange } = await send(`http://127.0.0.1:${port}`);
  expect(exchange).toMatchObject({ outcome: "error", error: { kind: "connect" } });
});

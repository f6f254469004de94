import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { systemClock } from "../../../src/adapters/host/system-clock.ts";
import { createServerLauncher } from "../../../src/adapters/server/launcher.ts";
import type { ServerConfig } from "../../../src/core/model/config.ts";
import { launchOf } from "./servers.ts";

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** A server that is running already; answers each path with a status. */
async function serverAnswering(statusOf: (path: string) => number): Promise<string> {
  const server = createServer((request, response) => response.writeHead(statusOf(request.url ?? "")).end("{}"));
  open.push(server.listen(0, "127.0.0.1"));
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function visit(server: Partial<ServerConfig>) {
  const { command: _command, ...visited } = launchOf([]).server;
  const request = { ...launchOf([]), server: { ...visited, ...server } };
  const launcher = createServerLauncher({ clock: systemClock() });
  return launcher.start(request, { signal: new AbortController().signal });
}

test("a running server is visited: one boot, no load time, and still there after stop", async () => {
  const url = await serverAnswering(() => 200);
  const server = await visit({ url: `${url}/` });
  expect(server).toMatchObject({ url, boot: "external", owned: false });
  expect(server.loadMs).toBeUndefined();
  await server.stop();
  expect((await fetch(url)).status).toBe(200);
});

test.each([
  ["ollama", "/api/version", {}],
  ["openai", "/v1/models", {}],
  ["vllm", "/health", {}],
  ["auto", "/ready", { healthPath: "/ready" }],
] as const)("a %s server is ready when %s answers", async (backend, path, rest) => {
  const url = await serverAnswering((asked) => (asked === path ? 200 : 404));
  expect((await visit({ url, backend, ...rest })).url).toBe(url);
});

test("a server that asks for an API key is up", async () => {
  const url = await serverAnswering((asked) => (asked === "/v1/models" ? 401 : 404));
  expect((await visit({ url })).url).toBe(url);
});

test("a server that locks every page is up", async () => {
  const url = await serverAnswering(() => 401);
  expect((await visit({ url, readyTimeoutMs: 1000 })).url).toBe(url);
});

test("a running server without any page of its own is up", async () => {
  const url = await serverAnswering(() => 404);
  expect((await visit({ url, readyTimeoutMs: 1000 })).url).toBe(url);
});

test("a health path that the user names has to answer", async () => {
  const url = await serverAnswering(() => 404);
  await expect(visit({ url, readyTimeoutMs: 100, healthPath: "/ready" })).rejects.toThrow(/answered 404 to \/ready/);
});

test("an address that ends in /v1 is probed beside it", async () => {
  const url = await serverAnswering((asked) => (asked === "/health" ? 200 : 404));
  expect((await visit({ url: `${url}/v1` })).url).toBe(`${url}/v1`);
});

test("no answer is told with the address and what to do", async () => {
  const url = await serverAnswering(() => 200);
  await new Promise((resolve) => open.splice(0)[0]?.close(resolve));
  const visiting = visit({ url, readyTimeoutMs: 200 });
  await expect(visiting).rejects.toThrow(new RegExp(`no answer from ${url} .*server\\.command`));
});

test.each([
  ["ftp://host", /server\.url is "ftp:\/\/host"/],
  ["not a url", /server\.url is "not a url"/],
])("the address %s is a fault of the config", async (url, message) => {
  await expect(visit({ url })).rejects.toThrow(message);
});

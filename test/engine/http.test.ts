/** The embedded engine over real sockets. */
import { connect } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { defaultEngineOptions, type EngineOptions } from "../../src/engine/options.ts";
import { type EngineSurroundings, type RunningEngine, startEngine } from "../../src/engine/serve.ts";

const running: RunningEngine[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((engine) => engine.close()));
});

async function start(changed: Partial<EngineOptions> = {}, surroundings: EngineSurroundings = {}): Promise<string> {
  const engine = await startEngine({ ...defaultEngineOptions, timeScale: 0.02, ...changed }, surroundings);
  running.push(engine);
  return engine.url;
}

function post(url: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: text, ...init });
}

const chat = (changed: object = {}): object => ({
  model: "embedded/reference",
  messages: [{ role: "user", content: "Tell me about paging." }],
  max_tokens: 5,
  ...changed,
});

/** The data of each server-sent event, "[DONE]" as it stands. */
async function events(response: Response): Promise<readonly unknown[]> {
  const lines = (await response.text()).split("\n\n").filter((event) => event !== "");
  return lines.map((line) => (line === "data: [DONE]" ? "[DONE]" : JSON.parse(line.replace(/^data: /, ""))));
}

async function metric(url: string, name: string): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^vllm:${name}\\{.*\\} (.*)$`, "m").exec(page)?.[1]);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

test("a chat streams its role, exactly max_tokens tokens, and its end", async () => {
  const response = await post(`${await start()}/v1/chat/completions`, chat({ stream: true, ignore_eos: true }));
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  const all = await events(response);
  expect(all).toHaveLength(7);
  expect(all[0]).toMatchObject({ choices: [{ delta: { role: "assistant", content: "" }, finish_reason: null }] });
  for (const token of all.slice(1, 5)) {
    expect(token).toMatchObject({
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta: { content: expect.stringMatching(/\w/) }, finish_reason: null }],
    });
    expect(token).not.toHaveProperty("usage");
  }
  expect(all[5]).toMatchObject({ choices: [{ finish_reason: "length" }] });
  expect(all[6]).toBe("[DONE]");
});

test("usage comes in an event of its own before the end when asked for", async () => {
  const body = chat({ stream: true, stream_options: { include_usage: true }, max_tokens: 2 });
  const all = await events(await post(`${await start()}/v1/chat/completions`, body));
  expect(all.at(-2)).toMatchObject({
    choices: [],
    usage: { prompt_tokens: 12, completion_tokens: 2, total_tokens: 14 },
  });
  expect(all.at(-1)).toBe("[DONE]");
});

test("a completion streams text", async () => {
  const body = { model: "embedded/reference", prompt: "Once upon a time", max_tokens: 2, stream: true };
  const all = await events(await post(`${await start()}/v1/completions`, body));
  expect(all).toHaveLength(3);
  expect(all[0]).toMatchObject({ object: "text_completion", choices: [{ text: expect.stringMatching(/\w/) }] });
});

test("without streaming the same words come in one document", async () => {
  const url = await start();
  const streamed = await events(await post(`${url}/v1/chat/completions`, chat({ stream: true })));
  const content = streamed
    .map((event) => (event as { choices?: { delta?: { content?: string } }[] }).choices?.[0]?.delta?.content ?? "")
    .join("");
  const whole = await post(`${url}/v1/chat/completions`, chat());
  expect(await whole.json()).toMatchObject({
    object: "chat.completion",
    choices: [{ message: { role: "assistant", content }, finish_reason: "length" }],
    usage: { completion_tokens: 5 },
  });
  const text = await post(`${url}/v1/completions`, { prompt: ["Once upon a time"], max_completion_tokens: 3 });
  expect(await text.json()).toMatchObject({
    object: "text_completion",
    usage: { prompt_tokens: 4, completion_tokens: 3 },
  });
});

test("content may be a list of text parts", async () => {
  const content = [
    { type: "text", text: "Tell me " },
    { type: "text", text: "about paging." },
  ];
  const response = await post(`${await start()}/v1/chat/completions`, chat({ messages: [{ role: "user", content }] }));
  expect(await response.json()).toMatchObject({ usage: { prompt_tokens: 12 } });
});

test.each([
  ["no JSON", "{", 400, /not JSON/],
  ["a list", "[]", 400, /not a JSON object/],
  ["an unknown model", chat({ model: "other" }), 404, /"other" does not exist/],
  ["no messages", chat({ messages: [] }), 400, /messages is not a list/],
  ["a message without text", chat({ messages: [{ role: "user" }] }), 400, /no text/],
  ["no number of tokens", chat({ max_tokens: "many" }), 400, /max_tokens is "many"/],
  ["no tokens at all", chat({ max_tokens: 0 }), 400, /max_tokens is 0/],
  ["more than the context", chat({ max_tokens: 4090 }), 400, /maximum context length is 4096.*12 in the prompt/],
  ["several answers", chat({ n: 2 }), 400, /n = 1/],
])("a request with %s is refused in OpenAI's form", async (_name, body, status, message) => {
  const response = await post(`${await start()}/v1/chat/completions`, body);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error: { message: expect.stringMatching(message), code: status } });
});

test("an unknown path is refused in the same form", async () => {
  const response = await fetch(`${await start()}/v2/nothing`);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { message: "There is no GET /v2/nothing here." } });
});

test("a prompt that is too long is refused", async () => {
  const response = await post(`${await start()}/v1/completions`, { prompt: "word ".repeat(4000), max_tokens: 1 });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining("5000 in the prompt") } });
});

test("health, models and version are there", async () => {
  const url = await start({ model: "some/model", maxModelLen: 2048 });
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect(await (await fetch(`${url}/v1/models`)).json()).toMatchObject({
    data: [{ id: "some/model", object: "model", max_model_len: 2048 }],
  });
  expect(await (await fetch(`${url}/version`)).json()).toEqual({ version: expect.any(String) });
});

test("metrics count tokens and prefix hits, and the usage says what was cached", async () => {
  const url = await start({ prefixCaching: true, kvCache: "paged" });
  const body = { prompt: "All happy families are alike; ".repeat(20), max_tokens: 4 };
  await (await post(`${url}/v1/completions`, body)).json();
  const second = await (await post(`${url}/v1/completions`, body)).json();
  // 600 characters: 150 tokens, of which 9 blocks of 16 are full.
  expect(second).toMatchObject({ usage: { prompt_tokens: 150, prompt_tokens_details: { cached_tokens: 144 } } });
  expect(await metric(url, "prompt_tokens_total")).toBe(300);
  expect(await metric(url, "generation_tokens_total")).toBe(8);
  expect(await metric(url, "prefix_cache_queries_total")).toBe(300);
  expect(await metric(url, "prefix_cache_hits_total")).toBe(144);
  expect(await metric(url, "num_preemptions_total")).toBe(0);
});

test("requests that come at once run together", async () => {
  const url = await start({ maxBatchSize: 8 });
  const answers = Array.from({ length: 20 }, () => post(`${url}/v1/chat/completions`, chat({ stream: true })));
  for (const answer of await Promise.all(answers)) expect((await events(answer)).at(-1)).toBe("[DONE]");
  expect(await metric(url, "num_requests_running")).toBe(0);
});

test("a client that leaves frees its place", async () => {
  const url = await start({ maxBatchSize: 1, timeScale: 1 });
  const leaving = new AbortController();
  const signal = leaving.signal;
  await post(`${url}/v1/chat/completions`, chat({ stream: true, max_tokens: 4000 }), { signal });
  await until(async () => (await metric(url, "num_requests_running")) === 1);
  leaving.abort();
  await until(async () => (await metric(url, "num_requests_running")) === 0);
  expect(await metric(url, "kv_cache_usage_perc")).toBe(0);
  expect((await post(`${url}/v1/chat/completions`, chat())).status).toBe(200);
});

test("prompts are forgotten when asked for, and not while they are in use", async () => {
  const url = await start({ prefixCaching: true, kvCache: "paged", timeScale: 0.01 });
  const reset = async () => (await post(`${url}/reset_prefix_cache`, {})).json();
  const hits = () => metric(url, "prefix_cache_hits_total");
  const body = chat({ messages: [{ role: "user", content: "x".repeat(400) }] });
  for (let index = 0; index < 2; index += 1) await (await post(`${url}/v1/chat/completions`, body)).json();
  const found = await hits();
  expect(found).toBeGreaterThan(64);
  expect(await reset()).toEqual({ success: true });
  await (await post(`${url}/v1/chat/completions`, body)).json();
  expect(await hits()).toBe(found);
  const leaving = new AbortController();
  await post(`${url}/v1/chat/completions`, chat({ stream: true, max_tokens: 4000 }), { signal: leaving.signal });
  expect(await reset()).toEqual({ success: false });
  leaving.abort();
});

test("while loading everything is answered with 503", async () => {
  const lines: string[] = [];
  const url = await start({ loadTimeMs: 40 }, { log: (line) => lines.push(line) });
  expect((await fetch(`${url}/health`)).status).toBe(503);
  expect((await post(`${url}/v1/chat/completions`, chat())).status).toBe(503);
  await until(async () => (await fetch(`${url}/health`)).status === 200);
  expect(lines.at(-1)).toBe("loading weights: 4 of 4 shards");
});

test("a share of requests fails, the same ones for the same seed", async () => {
  const statuses = async (): Promise<readonly number[]> => {
    const url = await start({ errorRate: 0.5, timeScale: 0.001 });
    const found: number[] = [];
    for (let index = 0; index < 12; index += 1) {
      const response = await post(`${url}/v1/chat/completions`, chat());
      await response.text();
      found.push(response.status);
    }
    return found;
  };
  const first = await statuses();
  expect(new Set(first)).toEqual(new Set([200, 500]));
  expect(await statuses()).toEqual(first);
});

test("from the stalling request on, streams stay open and silent after their first token", async () => {
  const url = await start({ stallAfter: 2 });
  expect(await events(await post(`${url}/v1/chat/completions`, chat({ stream: true })))).toHaveLength(7);
  const stalled = await post(`${url}/v1/chat/completions`, chat({ stream: true }));
  const reader = stalled.body?.getReader();
  const first = new TextDecoder().decode((await reader?.read())?.value);
  expect(first.match(/"content":" ?\w+"/g)).toHaveLength(1);
  await until(async () => (await metric(url, "generation_tokens_total")) === 10);
  const next = reader?.read().then(() => "more");
  expect(await Promise.race([next, metric(url, "num_requests_running").then(() => "silence")])).toBe("silence");
  await reader?.cancel();
});

test("a crash comes in the middle of the Nth answer, with a last log line", async () => {
  const lines: string[] = [];
  const crashed = new Promise<void>((resolve) => {
    const surroundings = { log: (line: string) => void lines.push(line), crash: resolve };
    void start({ crashAfter: 2 }, surroundings).then(async (url) => {
      await (await post(`${url}/v1/chat/completions`, chat())).json();
      expect(lines).toEqual([]);
      await post(`${url}/v1/chat/completions`, chat({ stream: true }));
    });
  });
  await crashed;
  expect(lines).toEqual(["fatal: simulated crash in request 2 (--crash-after 2)"]);
});

test("an abort of the signal cuts open answers and frees the port", async () => {
  const stop = new AbortController();
  const url = await start({ timeScale: 1 }, { signal: stop.signal });
  const open = await post(`${url}/v1/chat/completions`, chat({ stream: true, max_tokens: 4000 }));
  stop.abort();
  await expect(open.text()).rejects.toThrow();
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});

test("a port that is taken is refused with what to do", async () => {
  const url = await start();
  const port = Number(new URL(url).port);
  await expect(start({ port })).rejects.toThrow(new RegExp(`port ${port}: .*EADDRINUSE.*choose another --port`));
});

test("a half request that ends is forgotten", async () => {
  const url = await start();
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write("POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
  socket.resume().end();
  await new Promise((resolve) => socket.once("close", resolve));
  expect((await fetch(`${url}/health`)).status).toBe(200);
});

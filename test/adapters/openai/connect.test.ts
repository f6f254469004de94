import { afterEach, describe, expect, test } from "@jest/globals";
import { systemClock } from "../../../src/adapters/host/system-clock.ts";
import { connectWith } from "../../../src/adapters/openai/connect.ts";
import type { ConnectOptions, GenerationRequest, InferenceClient } from "../../../src/gate/ports.ts";
import { delta, done, finish, openStream, scriptedServer, usage, type Visit } from "../../fakes/scripted-server.ts";

const clock = systemClock();
const never = new AbortController().signal;
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(answer: (visit: Visit) => void | Promise<void>) {
  const server = await scriptedServer(answer);
  cleanups.push(server.close);
  return server;
}
function connect(url: string, more: Partial<ConnectOptions> = {}): InferenceClient {
  const client = connectWith(clock)({ url, backend: "openai", requestTimeoutMs: 20_000, ...more });
  cleanups.push(client.close);
  return client;
}
function generation(more: Partial<GenerationRequest> = {}): GenerationRequest {
  return { model: "m", prompt: "Hello", maxTokens: 3, sampling: {}, exactLength: false, ...more };
}
async function answerWhole({ response }: Visit): Promise<void> {
  const stream = openStream(response);
  await stream.write(delta("a"));
  await stream.write(delta("b") + finish("length") + usage(7, 2) + done);
  stream.end();
}
function json(response: Visit["response"], status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

describe("a request", () => {
  test("asks for a stream with usage, greedily and uncompressed", async () => {
    const server = await serve(answerWhole);
    const client = connect(`${server.url}/v1/`, { apiKey: "secret" });
    const exchange = await client.send(generation({ sampling: { top_p: 0.9 } }), never);
    expect(exchange).toMatchObject({ outcome: "ok", promptTokens: 7, outputTokens: 2, finishReason: "length" });
    expect(server.received).toMatchObject([
      {
        method: "POST",
        path: "/v1/chat/completions",
        headers: { authorization: "Bearer secret", "accept-encoding": "identity" },
        body: {
          model: "m",
          messages: [{ role: "user", content: "Hello" }],
          stream: true,
          stream_options: { include_usage: true },
          max_tokens: 3,
          temperature: 0,
          top_p: 0.9,
        },
      },
    ]);
  });

  test.each([
    ["vllm", { ignore_eos: true, min_tokens: 3 }],
    ["sglang", { ignore_eos: true }],
    ["llama-cpp", { ignore_eos: true }],
    ["openai", { ignore_eos: true }],
    ["ollama", {}],
  ] as const)("of exact length asks %s for it in its own way", async (backend, fields) => {
    const server = await serve(answerWhole);
    await connect(server.url, { backend }).send(generation({ exactLength: true }), never);
    const { ignore_eos, min_tokens } = server.received[0]?.body ?? {};
    expect({
      ...(ignore_eos !== undefined && { ignore_eos }),
      ...(min_tokens !== undefined && { min_tokens }),
    }).toEqual(fields);
  });

  test("is timed by the clock from its sending to the last token", async () => {
    const server = await serve(answerWhole);
    const beforeMs = clock.nowMs();
    const exchange = await connect(server.url).send(generation(), never);
    const afterMs = clock.nowMs();
    if (exchange.outcome !== "ok") throw new Error(exchange.error.message);
    const times = [beforeMs, exchange.sentMs, exchange.firstTokenMs, exchange.lastTokenMs, exchange.endMs, afterMs];
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test("finds its tokens in events that the network cut anywhere", async () => {
    const bytes = Buffer.from(delta("Привет") + delta("世界") + finish() + usage(3, 2) + done);
    const server = await serve(async ({ response }) => {
      openStream(response);
      for (const byte of bytes) await new Promise<void>((resolve) => response.write(Buffer.of(byte), () => resolve()));
      response.end();
    });
    expect(await connect(server.url).send(generation(), never)).toMatchObject({ outcome: "ok", outputTokens: 2 });
  });

  test("takes a chunk of a megabyte", async () => {
    const server = await serve(async ({ response }) => {
      const stream = openStream(response);
      await stream.write(delta("x".repeat(1_000_000)) + finish() + done);
      stream.end();
    });
    expect(await connect(server.url).send(generation(), never)).toMatchObject({ outcome: "ok", outputTokens: 1 });
  });

  test("many at once each have a connection, and need no new one later", async () => {
    const waiting: (() => void)[] = [];
    const server = await serve(async (visit) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 40) for (const go of waiting.splice(0)) go();
      });
      await answerWhole(visit);
    });
    const client = connect(server.url);
    for (let round = 0; round < 2; round += 1) {
      const exchanges = await Promise.all(Array.from({ length: 40 }, () => client.send(generation(), never)));
      expect(exchanges.filter(({ outcome }) => outcome === "ok")).toHaveLength(40);
    }
    expect(server.connections()).toBe(40);
  });
});

test("an HTTP/1.0 answer, which ends with its connection, is whole", async () => {
  const head = "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
  const server = await serve(({ socket }) => void socket.end(head + delta("a") + finish() + done));
  const client = connect(server.url);
  expect(await client.send(generation(), never)).toMatchObject({ outcome: "ok", outputTokens: 1 });
  expect(await client.send(generation(), never)).toMatchObject({ outcome: "ok", outputTokens: 1 });
});

describe("what goes wrong on the way", () => {
  test("nobody listens: connect", async () => {
    const server = await scriptedServer(answerWhole);
    await server.close();
    const exchange = await connect(server.url).send(generation(), never);
    expect(exchange).toMatchObject({ outcome: "error", error: { kind: "connect" } });
    expect(exchange.outcome === "error" && exchange.error.message).toContain(server.url);
  });

  test.each([
    ["a reset before the answer", "connect", ({ socket }: Visit) => void socket.resetAndDestroy()],
    ["a close before the answer", "connect", ({ socket }: Visit) => void socket.destroy()],
    [
      "a reset inside the stream",
      "stream",
      async ({ response, socket }: Visit) => {
        await openStream(response).write(delta("a"));
        socket.resetAndDestroy();
      },
    ],
    [
      "a close inside the stream",
      "stream",
      async ({ response, socket }: Visit) => {
        await openStream(response).write(delta("a"));
        socket.destroy();
      },
    ],
    ["a 500", "http", ({ response }: Visit) => json(response, 500, { error: { message: "boom" } })],
    ["a 429", "http", ({ response }: Visit) => json(response, 429, { error: { message: "slow down" } })],
    ["a redirect", "http", ({ response }: Visit) => void response.writeHead(302, { location: "/" }).end()],
    ["one JSON document", "protocol", ({ response }: Visit) => json(response, 200, { choices: [] })],
    ["bad HTTP", "protocol", ({ socket }: Visit) => void socket.end("ICY 200 OK\r\n\r\n")],
  ])("%s: %s", async (_what, kind, answer) => {
    const server = await serve(answer);
    const exchange = await connect(server.url).send(generation(), never);
    expect(exchange).toMatchObject({ outcome: "error", error: { kind } });
    expect(server.received).toHaveLength(1);
  });

  test.each([
    ["headers that never come", () => {}, "no answer within 0.05 s"],
    [
      "a stream that stalls",
      async ({ response }: Visit) => void (await openStream(response).write(delta("a"))),
      "no end of the answer within 0.05 s",
    ],
  ])("%s: timeout", async (_what, answer, message) => {
    const server = await serve(answer);
    const exchange = await connect(server.url, { requestTimeoutMs: 50 }).send(generation(), never);
    expect(exchange).toMatchObject({ outcome: "error", error: { kind: "timeout", message } });
  });

  test("an endless answer: protocol", async () => {
    const server = await serve(({ response }) => {
      openStream(response);
      const megabyte = delta("x".repeat(1_000_000));
      const more = (): void => {
        while (!response.destroyed && response.write(megabyte));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    const exchange = await connect(server.url).send(generation(), never);
    expect(exchange).toMatchObject({ outcome: "error", error: { kind: "protocol" } });
  });

  test("a cancelled run: aborted, at once, and the connection is not used again", async () => {
    const controller = new AbortController();
    const server = await serve(async ({ response }) => {
      await openStream(response).write(delta("a"));
      controller.abort();
    });
    const client = connect(server.url);
    const exchange = await client.send(generation(), controller.signal);
    expect(exchange).toMatchObject({ outcome: "error", error: { kind: "aborted" } });
    expect(await client.send(generation(), controller.signal)).toMatchObject({ error: { kind: "aborted" } });
    expect(server.connections()).toBe(1);
  });
});

describe("a server that closes kept-alive connections", () => {
  test("after each reply, as it says, costs no request", async () => {
    const server = await serve(async (visit) => {
      visit.response.setHeader("connection", "close");
      await answerWhole(visit);
    });
    const client = connect(server.url);
    for (let index = 0; index < 3; index += 1) {
      expect(await client.send(generation(), never)).toMatchObject({ outcome: "ok" });
    }
    expect(server.connections()).toBe(3);
    expect(client.notes?.()).toEqual([]);
  });

  test("when the next request comes is met with a fresh one, once, and it is said", async () => {
    const server = await serve((visit) =>
      visit.before === 0 ? answerWhole(visit) : void visit.socket.resetAndDestroy(),
    );
    const client = connect(server.url);
    for (let index = 0; index < 4; index += 1) {
      expect(await client.send(generation(), never)).toMatchObject({ outcome: "ok" });
    }
    expect(server.received).toHaveLength(5);
    expect(client.notes?.()).toEqual([expect.stringContaining("1 request was sent again")]);
  });

  test("right after the reply, without a word, is soon known for it", async () => {
    const server = await serve(async (visit) => {
      await answerWhole(visit);
      visit.socket.end();
    });
    const client = connect(server.url);
    for (let index = 0; index < 6; index += 1) {
      expect(await client.send(generation(), never)).toMatchObject({ outcome: "ok" });
    }
    expect(server.received.length).toBeLessThanOrEqual(7);
  });

  test("with a request it has got, though it keeps them otherwise, has failed it", async () => {
    const server = await serve((visit) => (visit.before < 2 ? answerWhole(visit) : void visit.socket.destroy()));
    const client = connect(server.url);
    await client.send(generation(), never);
    await client.send(generation(), never);
    expect(await client.send(generation(), never)).toMatchObject({ error: { kind: "connect" } });
    expect(server.received).toHaveLength(3);
    expect(client.notes?.()).toEqual([]);
  });

  test("and dies is a failed connection", async () => {
    const server = await serve(answerWhole);
    const client = connect(server.url);
    await client.send(generation(), never);
    await server.close();
    expect(await client.send(generation(), never)).toMatchObject({ error: { kind: "connect" } });
  });
});

describe("what a server refuses", () => {
  const strict =
    (allowed: readonly string[], status = 422, answer = answerWhole) =>
    (visit: Visit): void | Promise<void> => {
      const unknown = Object.keys(visit.body ?? {}).filter((field) => !allowed.includes(field));
      if (unknown.length === 0) return answer(visit);
      return json(visit.response, status, { detail: `extra fields: ${unknown.join(", ")}` });
    };
  const known = ["model", "messages", "stream", "max_tokens", "temperature"];

  test("is left out from then on, and said", async () => {
    const server = await serve(strict([...known, "stream_options"]));
    const client = connect(server.url);
    const request = generation({ exactLength: true });
    expect(await client.send(request, never)).toMatchObject({ outcome: "ok" });
    expect(await client.send(request, never)).toMatchObject({ outcome: "ok" });
    expect(server.received).toHaveLength(3);
    expect(client.notes?.()).toEqual([
      "fields for a fixed answer length are refused (HTTP 422: extra fields: ignore_eos): answers may end early",
    ]);
  });

  test("may be all that OpenAI added; usage that comes unasked is no loss", async () => {
    const server = await serve(strict(known, 400));
    const client = connect(server.url);
    expect(await client.send(generation({ exactLength: true }), never)).toMatchObject({ tokenSource: "usage" });
    expect(client.notes?.()).toEqual([expect.stringContaining("answers may end early")]);
  });

  test("is a loss where usage stays away with it", async () => {
    const answerBarely = async ({ response }: Visit): Promise<void> => {
      const stream = openStream(response);
      await stream.write(delta("a") + finish("length") + done);
      stream.end();
    };
    const server = await serve(strict(known, 400, answerBarely));
    const client = connect(server.url);
    expect(await client.send(generation({ exactLength: true }), never)).toMatchObject({ tokenSource: "chunks" });
    expect(client.notes?.()).toEqual([
      expect.stringContaining("answers may end early"),
      expect.stringContaining("output tokens are counted from the stream"),
    ]);
  });

  test("may be chat itself: then text is asked for", async () => {
    const server = await serve((visit) =>
      visit.path === "/v1/completions" ? answerWhole(visit) : json(visit.response, 404, { detail: "Not Found" }),
    );
    const client = connect(server.url);
    expect(await client.send(generation(), never)).toMatchObject({ outcome: "ok" });
    expect(server.received.map(({ path }) => path)).toEqual(["/v1/chat/completions", "/v1/completions"]);
    expect(server.received[1]?.body).toMatchObject({ prompt: "Hello" });
    expect(client.notes?.()).toEqual([
      "/v1/chat/completions is refused (HTTP 404: Not Found): /v1/completions is measured",
    ]);
  });

  test("once it has answered is a failure, and is not asked in other ways", async () => {
    let answers = 0;
    const server = await serve((visit) => {
      answers += 1;
      return answers === 1 ? answerWhole(visit) : json(visit.response, 400, { error: { message: "too long" } });
    });
    const client = connect(server.url);
    await client.send(generation(), never);
    const refused = await client.send(generation(), never);
    expect(refused).toMatchObject({ error: { kind: "http", status: 400, message: "too long" } });
    expect(server.received).toHaveLength(2);
  });
});

describe("getting ready", () => {
  test("opens connections before they are needed", async () => {
    const waiting: Visit[] = [];
    const server = await serve((visit) => {
      if (visit.method === "POST") return answerWhole(visit);
      waiting.push(visit);
      if (waiting.length === 8) for (const { response } of waiting) json(response, 404, {});
      return undefined;
    });
    const client = connect(server.url);
    const requests = Array.from({ length: 8 }, () => generation());
    await client.prepare?.({ connections: 8, requests }, never);
    expect(server.connections()).toBe(8);
    await Promise.all(requests.map((request) => client.send(request, never)));
    expect(server.connections()).toBe(8);
  });

  test("finds out how the server wants to be asked, before anything is measured", async () => {
    const server = await serve((visit) => {
      if (visit.method === "GET") return json(visit.response, 404, {});
      return "ignore_eos" in (visit.body ?? {}) ? json(visit.response, 422, { detail: "no" }) : answerWhole(visit);
    });
    const client = connect(server.url);
    const requests = Array.from({ length: 4 }, () => generation({ exactLength: true }));
    await client.prepare?.({ connections: 1, requests }, never);
    const before = server.received.length;
    await Promise.all(requests.map((request) => client.send(request, never)));
    expect(server.received.length - before).toBe(4);
  });

  test("never fails", async () => {
    const server = await scriptedServer(answerWhole);
    await server.close();
    await expect(connect(server.url).prepare?.({ connections: 2, requests: [] }, never)).resolves.toBeUndefined();
  });
});

test("an answer that says it is done and never ends is whole", async () => {
  const server = await serve(async ({ response }) => {
    await openStream(response).write(delta("a") + finish("length") + usage(7, 1) + done);
  });
  const client = connect(server.url);
  expect(await client.send(generation(), never)).toMatchObject({ outcome: "ok", outputTokens: 1 });
  expect(await client.send(generation(), never)).toMatchObject({ outcome: "ok", outputTokens: 1 });
  expect(server.connections()).toBe(2);
});

test("a server is reached as long as it takes connections, whatever it answers", async () => {
  const server = await serve(({ response }) => json(response, 404, {}));
  const client = connect(server.url);
  expect(await client.reaches?.(never)).toBe(true);
  await server.close();
  expect(await client.reaches?.(never)).toBe(false);
});

test("counters are read by the dialect's names", async () => {
  const server = await serve(
    ({ response }) => void response.end('vllm:a{model="m"} 3\nvllm:a{model="n"} 4\nother 1\n'),
  );
  expect(await connect(server.url, { backend: "vllm" }).scrape(never)).toEqual({ "vllm:a": 7 });
});

test("a server without counters has none", async () => {
  const server = await serve(({ response }) => json(response, 404, {}));
  expect(await connect(server.url).scrape(never)).toEqual({});
});

import { afterEach, expect, test } from "@jest/globals";
import { systemClock } from "../../src/adapters/host/system-clock.ts";
import { connectWith } from "../../src/adapters/openai/connect.ts";
import type { Workload } from "../../src/core/model/workload.ts";
import { drawSchedule } from "../../src/core/workload/schedule.ts";
import { calibratePrompts } from "../../src/gate/calibrate-prompts.ts";
import { type Drive, driveWorkload } from "../../src/gate/drive-workload.ts";
import { delta, done, event, finish, openStream, scriptedServer, usage, type Visit } from "../fakes/scripted-server.ts";

const clock = systemClock();
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function stage(of: Partial<Workload>, generate: (visit: Visit) => void | Promise<void>) {
  const server = await scriptedServer((visit) =>
    visit.method === "GET" ? void visit.response.end('{"data":[{"id":"m"}]}') : generate(visit),
  );
  cleanups.push(server.close);
  const client = connectWith(clock)({ url: server.url, backend: "auto", requestTimeoutMs: 20_000 });
  cleanups.push(client.close);
  const workload: Workload = {
    name: "w",
    title: "W",
    purpose: "p",
    requests: 24,
    warmup: 2,
    seed: 42,
    promptTokens: { kind: "uniform", low: 16, high: 64 },
    outputTokens: { kind: "uniform", low: 4, high: 12 },
    arrivals: { process: "burst" },
    sampling: { temperature: 0 },
    purposeMetrics: [],
    ...of,
  };
  const planned = { workload, schedule: drawSchedule(workload), notes: [] };
  const signal = new AbortController().signal;
  const drive: Drive = { planned, model: "m", client, clock, nonce: "12345678", charsPerToken: 4, signal };
  return { server, drive, client, signal };
}

/** As many tokens as asked for, each in a write of its own; a prompt has a token for four characters. */
async function generateAll({ response, body }: Visit): Promise<void> {
  const tokens = Number(body?.["max_tokens"]);
  const [message] = (body?.["messages"] ?? []) as readonly { readonly content: string }[];
  const stream = openStream(response);
  await stream.write(event({ choices: [{ delta: { role: "assistant", content: "" } }] }));
  for (let token = 0; token < tokens; token += 1) await stream.write(delta(` ${token}`));
  await stream.write(finish("length") + usage(Math.round((message?.content.length ?? 0) / 4), tokens) + done);
  await new Promise<void>((resolve) => response.end(resolve));
}

test.each([
  [{ process: "burst" }],
  [{ process: "poisson", rate: 200 }],
  [{ process: "concurrency", concurrency: 6 }],
  [{ process: "sequential" }],
] as const)("a whole pass: %j", async (arrivals) => {
  const { drive, server, client, signal } = await stage({ arrivals }, generateAll);
  expect(await client.inspect(signal)).toEqual({ models: [{ id: "m" }], backend: "openai" });
  expect(await calibratePrompts({ client, model: "m", signal })).toEqual({
    charsPerToken: 4,
    overheadTokens: 0,
    warnings: [],
  });
  let connectionsAtFirst = 0;
  const onRequest = (): void => {
    connectionsAtFirst ||= server.connections();
  };
  const { requests, warnings, tokenSource } = await driveWorkload({ ...drive, onRequest });
  // What a busy machine, and a server that writes its tokens without a pause, may be told.
  const expected = /^the client's event loop|of the token chunks arrived together/;
  expect(warnings.filter((warning) => !expected.test(warning))).toEqual([]);
  expect(tokenSource).toBe("usage");
  expect(requests.map((trace) => trace.outcome === "ok" && trace.outputTokens)).toEqual(
    drive.planned.schedule.requests.map(({ outputTokens }) => outputTokens),
  );
  for (const trace of requests) {
    if (trace.outcome !== "ok") continue;
    const { scheduledMs, sentMs, firstTokenMs, lastTokenMs, endMs, tokenGapsMs } = trace;
    const times = [scheduledMs, sentMs, firstTokenMs, lastTokenMs, endMs];
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(tokenGapsMs.reduce((sum, gapMs) => sum + gapMs, 0)).toBeCloseTo(lastTokenMs - firstTokenMs, 1);
  }
  expect(server.connections()).toBe(connectionsAtFirst);
});

test("a server that dies takes down what is open and the rest of the schedule", async () => {
  const gone = new AbortController();
  let begun = 0;
  let ended = 0;
  let allWholeEnded = (): void => {};
  const wholeAnswers = new Promise<void>((resolve) => {
    allWholeEnded = resolve;
  });
  const { drive, server } = await stage({ arrivals: { process: "uniform", rate: 100 } }, async (visit) => {
    begun += 1;
    const turn = begun;
    if (turn < 10) {
      await generateAll(visit);
      ended += 1;
      if (ended === 9) allWholeEnded();
      return;
    }
    await openStream(visit.response).write(delta("a"));
    if (turn !== 12) return;
    await wholeAnswers;
    void server.close().then(() => gone.abort());
  });
  const { requests } = await driveWorkload({ ...drive, gone: gone.signal });
  const failures = requests.flatMap((trace) => (trace.outcome === "error" ? [trace.error.kind] : []));
  expect(requests).toHaveLength(24);
  expect(failures).toEqual(Array(24 - 7).fill("connect"));
});

test("one failure in ten leaves the others whole", async () => {
  let answered = 0;
  const { drive } = await stage(
    { requests: 30, warmup: 0, arrivals: { process: "concurrency", concurrency: 4 } },
    (visit) => {
      answered += 1;
      if (answered % 10 !== 0) return generateAll(visit);
      visit.response.writeHead(500, { "content-type": "application/json" }).end('{"error":{"message":"injected"}}');
      return undefined;
    },
  );
  const { requests } = await driveWorkload(drive);
  const failures = requests.flatMap((trace) => (trace.outcome === "error" ? [trace.error] : []));
  expect(failures).toEqual(Array(3).fill({ kind: "http", status: 500, message: "injected" }));
});

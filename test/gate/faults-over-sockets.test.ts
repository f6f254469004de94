/** Whole workloads against servers that fail: the run ends, each failure is counted as what it is, the rest stays true. */
import { afterEach, describe, expect, test } from "@jest/globals";
import { systemClock } from "../../src/adapters/host/system-clock.ts";
import { connectWith } from "../../src/adapters/openai/connect.ts";
import { summariseTrial } from "../../src/core/metrics/summarise.ts";
import type { RequestTrace } from "../../src/core/model/trace.ts";
import type { Workload } from "../../src/core/model/workload.ts";
import { drawSchedule } from "../../src/core/workload/schedule.ts";
import { driveWorkload } from "../../src/gate/drive-workload.ts";
import { delta, done, finish, openStream, scriptedServer, usage, type Visit } from "../fakes/scripted-server.ts";

const clock = systemClock();
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Answer = (visit: Visit) => void | Promise<void>;

/** `answerTo` is asked once for each prompt, in the order they come: a request that is sent again meets the same. */
async function driven(of: Partial<Workload>, timeoutMs: number, answerTo: (index: number) => Answer) {
  const answers = new Map<string, Answer>();
  const server = await scriptedServer((visit) => {
    const prompt = promptOf(visit);
    if (visit.method === "GET") return void visit.response.end('{"data":[{"id":"m"}]}');
    // Its prompts begin with a nonce; a client that has not asked yet asks once in other words.
    if (!/^\d{5}/.test(prompt)) return generateAll(visit);
    const answer = answers.get(prompt) ?? answerTo(answers.size);
    answers.set(prompt, answer);
    return answer(visit);
  });
  cleanups.push(server.close);
  const client = connectWith(clock)({ url: server.url, backend: "openai", requestTimeoutMs: timeoutMs });
  cleanups.push(client.close);
  const workload: Workload = {
    ...{ name: "w", title: "W", purpose: "p", requests: 60, warmup: 0, seed: 42, purposeMetrics: [] },
    ...{ promptTokens: { kind: "uniform", low: 16, high: 64 }, outputTokens: { kind: "uniform", low: 4, high: 12 } },
    ...{ arrivals: { process: "concurrency", concurrency: 4 }, sampling: { temperature: 0 } },
    ...of,
  };
  const planned = { workload, schedule: drawSchedule(workload), notes: [] };
  const signal = new AbortController().signal;
  const drive = { planned, model: "m", client, clock, nonce: "12345678", charsPerToken: 4, signal };
  return { ...(await driveWorkload(drive)), planned };
}
function promptOf({ body }: Visit): string {
  const [message] = (body?.["messages"] ?? []) as readonly { readonly content: string }[];
  return message?.content ?? "";
}

const [firstTokenAfterMs, gapMs] = [20, 3];

/** As many tokens as asked for, and none before its time. */
async function generateAll({ response, body }: Visit): Promise<void> {
  const tokens = Number(body?.["max_tokens"]);
  const startMs = clock.nowMs();
  const stream = openStream(response);
  for (let token = 0; token < tokens; token += 1) {
    await clock.sleepUntil(startMs + firstTokenAfterMs + token * gapMs);
    await stream.write(delta(` ${token}`));
  }
  await stream.write(finish("length") + usage(16, tokens) + done);
  stream.end();
}

const json = { "content-type": "application/json" };
const error = '{"error":{"message":"injected"}}';
const faults: readonly { readonly called: string; readonly answer: Answer }[] = [
  { called: "http 500", answer: ({ response }) => void response.writeHead(500, json).end(error) },
  {
    called: "http 429",
    answer: ({ response }) => void response.writeHead(429, { ...json, "retry-after": "60" }).end(error),
  },
  { called: "connect", answer: ({ socket }) => void socket.resetAndDestroy() },
  {
    called: "stream 200",
    answer: async ({ response, socket }) => {
      await openStream(response).write(delta("a"));
      socket.resetAndDestroy();
    },
  },
  { called: "protocol 200", answer: ({ response }) => void response.end(`${delta("a")}data: {"cho\n\n${done}`) },
  { called: "timeout 200", answer: async ({ response }) => void (await openStream(response).write(delta("a"))) },
];

function failuresOf(requests: readonly RequestTrace[]): string[] {
  return requests.flatMap((trace) =>
    trace.outcome === "error" ? [[trace.error.kind, trace.error.status ?? []].flat().join(" ")] : [],
  );
}

test.each([
  { process: "concurrency", concurrency: 4 },
  { process: "poisson", rate: 100 },
] as const)(
  "one failure in ten, each of another kind, is counted, and the good answers keep their times: %j",
  async (arrivals) => {
    const { requests, planned } = await driven({ arrivals }, 2000, (index) =>
      index % 10 === 9 ? (faults[(index - 9) / 10]?.answer ?? generateAll) : generateAll,
    );
    expect(failuresOf(requests).sort()).toEqual(faults.map(({ called }) => called).sort());
    for (const [index, trace] of requests.entries()) {
      expect(trace.sentMs).toBeGreaterThanOrEqual(trace.scheduledMs);
      if (trace.outcome === "error") continue;
      const { sentMs, firstTokenMs, lastTokenMs, tokenGapsMs, endMs, outputTokens } = trace;
      expect(outputTokens).toBe(planned.schedule.requests[index]?.outputTokens);
      expect(tokenGapsMs).toHaveLength(outputTokens - 1);
      expect(tokenGapsMs.every((each) => each >= 0)).toBe(true);
      expect(tokenGapsMs.reduce((sum, each) => sum + each, 0)).toBeCloseTo(lastTokenMs - firstTokenMs, 1);
      expect(firstTokenMs - sentMs).toBeGreaterThanOrEqual(firstTokenAfterMs);
      expect(lastTokenMs - sentMs).toBeGreaterThanOrEqual(firstTokenAfterMs + (outputTokens - 1) * gapMs);
      expect(endMs).toBeGreaterThanOrEqual(lastTokenMs);
    }
    const { counts, summary } = summariseTrial(requests);
    expect(counts).toMatchObject({ requests: 60, failed: 6 });
    expect(summary).toMatchObject({ error_rate: 0.1, output_tokens: counts.outputTokens });
    expect(summary["ttft_p50"]).toBeGreaterThanOrEqual(firstTokenAfterMs);
    expect(summary["e2e_p50"]).toBeGreaterThanOrEqual(firstTokenAfterMs + (4 - 1) * gapMs);
    expect(summary["itl_p50"]).toBeGreaterThanOrEqual(0);
  },
);

describe("a server that fails every request", () => {
  test("is asked each of them once, and nothing is known but that", async () => {
    let asked = 0;
    const { requests } = await driven({ requests: 24 }, 20_000, () => ({ response }) => {
      asked += 1;
      response.writeHead(503, { ...json, "retry-after": "60" }).end(error);
    });
    expect(failuresOf(requests)).toEqual(Array(24).fill("http 503"));
    expect(asked).toBe(24);
    const { counts, summary } = summariseTrial(requests);
    expect(counts).toEqual({ requests: 24, failed: 24, outputTokens: 0, gaps: 0 });
    expect(Object.keys(summary).sort()).toEqual(["error_rate", "queue_delay_p99"]);
    expect(summary["error_rate"]).toBe(1);
  });

  test.each([
    ["with silence", () => {}],
    ["with streams that stall", async ({ response }: Visit) => void (await openStream(response).write(delta("a")))],
    ["with streams that never end", drip],
  ])("%s is given up after five of our time-outs in a row", async (_how, answer) => {
    const of = { requests: 24, arrivals: { process: "sequential" } } as const;
    const { requests, warnings } = await driven(of, 150, () => answer);
    const kinds = requests.map((trace) => trace.outcome === "error" && trace.error.kind);
    // The sixth may be under way while the fifth is read.
    expect(kinds.slice(0, 5)).toEqual(Array(5).fill("timeout"));
    expect(kinds.slice(6)).toEqual(Array(18).fill("connect"));
    expect(warnings).toContain("sending stopped: 5 requests in a row got no connection or no answer");
    expect(summariseTrial(requests)).toMatchObject({ counts: { failed: 24 }, summary: { error_rate: 1 } });
  });
});

/** Tokens for as long as somebody listens. */
async function drip({ response, socket }: Visit): Promise<void> {
  const stream = openStream(response);
  while (!socket.destroyed) {
    void stream.write(delta("a"));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("a request that stalls holds up no other of an open loop", async () => {
  const stalled: Visit[] = [];
  let good = 0;
  const { requests } = await driven(
    { requests: 12, arrivals: { process: "burst" } },
    20_000,
    (index) => async (visit) => {
      if (index % 4 === 0) stalled.push(visit);
      else {
        await generateAll(visit);
        good += 1;
      }
      // The stalled ones break only once all the others were answered.
      if (good === 9) for (const { socket } of stalled) socket.destroy();
    },
  );
  expect(failuresOf(requests)).toEqual(Array(3).fill("connect"));
  expect(summariseTrial(requests)).toMatchObject({ counts: { failed: 3 }, summary: { error_rate: 0.25 } });
});

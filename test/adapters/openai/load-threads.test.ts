/** Loads over real sockets by real threads: the program is the one in dist, which `pretest` builds. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, test } from "@jest/globals";
import { systemClock } from "../../../src/adapters/host/system-clock.ts";
import { connectWith } from "../../../src/adapters/openai/connect.ts";
import { type LoadThreads, loadThreads, threadsFor } from "../../../src/adapters/openai/threads/load-threads.ts";
import type { Workload } from "../../../src/core/model/workload.ts";
import { drawSchedule } from "../../../src/core/workload/schedule.ts";
import { driveWorkload, type WorkloadMeasurement } from "../../../src/gate/drive-workload.ts";
import { delta, done, finish, openStream, scriptedServer, usage, type Visit } from "../../fakes/scripted-server.ts";

const here = dirname(fileURLToPath(import.meta.url));
const program = join(here, "../../../dist/load-thread.js");
const clock = systemClock();
/** One for all tests, as for all clients of a process. */
const pool = loadThreads({ program, originNs: clock.originNs });
afterAll(() => pool.close());
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const workload: Workload = {
  ...{ name: "w", title: "W", purpose: "p", requests: 24, warmup: 2, seed: 42, purposeMetrics: [] },
  ...{ promptTokens: { kind: "uniform", low: 16, high: 64 }, outputTokens: { kind: "uniform", low: 4, high: 12 } },
  ...{ arrivals: { process: "burst" }, sampling: { temperature: 0 } },
};

/** As many tokens as asked for, each in a write of its own. */
async function generateAll({ response, body }: Visit): Promise<void> {
  const tokens = Number(body?.["max_tokens"]);
  const stream = openStream(response);
  for (let token = 0; token < tokens; token += 1) await stream.write(delta(` ${token}`));
  response.end(finish("length") + usage(16, tokens) + done);
}

/** Its prompts begin with a nonce; a client that has not asked yet asks once in other words. */
function isOfWorkload({ body }: Pick<Visit, "body">): boolean {
  const [message] = (body?.["messages"] ?? []) as readonly { readonly content: string }[];
  return /^\d{5}/.test(message?.content ?? "");
}

interface Staged {
  readonly of?: Partial<Workload>;
  readonly threads: number;
  readonly generate?: (visit: Visit) => void | Promise<void>;
  readonly pool?: LoadThreads;
}

async function stage({ of = {}, threads, generate = generateAll, pool: threadsOf = pool }: Staged) {
  const server = await scriptedServer((visit) =>
    visit.method === "GET"
      ? void visit.response.end('{"data":[{"id":"m"}]}')
      : (isOfWorkload(visit) ? generate : generateAll)(visit),
  );
  const connect = connectWith(clock, threadsOf);
  const client = connect({ url: server.url, backend: "openai", requestTimeoutMs: 20_000, clientThreads: threads });
  cleanups.push(server.close, client.close);
  const changed = { ...workload, ...of };
  const planned = { workload: changed, schedule: drawSchedule(changed), notes: [] };
  const drive = (signal: AbortSignal = new AbortController().signal, nonce = "12345678") =>
    driveWorkload({ planned, model: "m", client, clock, nonce, charsPerToken: 4, signal });
  return { server, planned, drive };
}

/** The first so many that enter wait for each other. */
function meeting(size: number) {
  let inside = 0;
  let most = 0;
  let open = (): void => {};
  const met = new Promise<void>((resolve) => {
    open = resolve;
  });
  const leave = (): void => {
    inside -= 1;
  };
  const enter = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    if (inside === size) open();
    await met;
  };
  return { enter, leave, most: () => most };
}

const tokensOf = ({ requests }: WorkloadMeasurement) =>
  requests.map((trace) => (trace.outcome === "ok" ? trace.outputTokens : trace.error));

describe.each([0, 1, 3])("a workload sent by %i threads (0: the program's own)", (threads) => {
  test.each([
    [{ process: "burst" }],
    [{ process: "poisson", rate: 200 }],
    [{ process: "concurrency", concurrency: 5 }],
    [{ process: "sequential" }],
  ] as const)("means the same: %j", async (arrivals) => {
    const { drive, planned, server } = await stage({ of: { arrivals }, threads });
    const startMs = clock.nowMs();
    const measured = await drive();
    const passedMs = clock.nowMs() - startMs;
    expect(tokensOf(measured)).toEqual(planned.schedule.requests.map(({ outputTokens }) => outputTokens));
    expect(measured.tokenSource).toBe("usage");
    const streams = arrivals.process === "sequential" ? 1 : threads;
    expect(measured.client.threads).toBe(threads === 0 ? undefined : streams);
    expect(server.received.filter(isOfWorkload)).toHaveLength(24 + 2);
    for (const [index, trace] of measured.requests.entries()) {
      if (trace.outcome !== "ok") continue;
      const { scheduledMs, sentMs, firstTokenMs, lastTokenMs, endMs, tokenGapsMs } = trace;
      const times = [0, scheduledMs, sentMs, firstTokenMs, lastTokenMs, endMs];
      // The thread's clock is ours: nothing begins before its load, or ends after now.
      expect([...times, passedMs]).toEqual([...times, passedMs].sort((a, b) => a - b));
      expect(tokenGapsMs.reduce((sum, gapMs) => sum + gapMs, 0)).toBeCloseTo(lastTokenMs - firstTokenMs, 1);
      const dueMs = planned.schedule.requests[index]?.atMs;
      if (dueMs !== undefined) expect(scheduledMs).toBeCloseTo(dueMs, 2);
    }
  });

  test("has as many open as the loop has streams, and never more", async () => {
    const gate = meeting(7);
    const { drive } = await stage({
      of: { warmup: 0, arrivals: { process: "concurrency", concurrency: 7 } },
      threads,
      generate: async (visit) => {
        await gate.enter();
        await generateAll(visit);
        gate.leave();
      },
    });
    const measured = await drive();
    expect(gate.most()).toBe(7);
    expect(tokensOf(measured).every((tokens) => typeof tokens === "number")).toBe(true);
  });

  test("that is cancelled gives up what is open, and sends nothing more", async () => {
    const gate = meeting(6);
    const controller = new AbortController();
    const { drive, server } = await stage({
      of: { warmup: 0, arrivals: { process: "concurrency", concurrency: 6 } },
      threads,
      generate: async () => {
        await gate.enter();
        controller.abort(new Error("cancelled"));
      },
    });
    await expect(drive(controller.signal)).rejects.toThrow("cancelled");
    expect(server.received.filter(isOfWorkload)).toHaveLength(6);
  });

  test("opens no connection for a second workload of the same client", async () => {
    const { drive, server } = await stage({ of: { arrivals: { process: "concurrency", concurrency: 6 } }, threads });
    await drive();
    const connections = server.connections();
    const { warnings } = await drive(undefined, "23456789");
    expect(server.connections()).toBe(connections);
    expect(warnings.filter((warning) => warning.includes("sent again"))).toEqual([]);
  });
});

test("threads say how many requests they had to send again", async () => {
  const hasAnswered = new WeakSet<object>();
  const { drive } = await stage({
    of: { warmup: 0, requests: 4, arrivals: { process: "concurrency", concurrency: 2 } },
    threads: 2,
    generate: (visit) => {
      if (hasAnswered.has(visit.socket)) return void visit.socket.destroy();
      hasAnswered.add(visit.socket);
      return generateAll(visit);
    },
  });
  const { warnings, requests } = await drive();
  expect(requests.map(({ outcome }) => outcome)).toEqual(["ok", "ok", "ok", "ok"]);
  expect(warnings).toContainEqual(expect.stringMatching(/^\d requests? (was|were) sent again because/));
});

test("failures of several threads are counted as they are", async () => {
  let answered = 0;
  const { drive } = await stage({
    of: { warmup: 0, arrivals: { process: "concurrency", concurrency: 4 } },
    threads: 2,
    generate: (visit) => {
      answered += 1;
      if (answered % 8 !== 0) return generateAll(visit);
      visit.response.writeHead(500, { "content-type": "application/json" }).end('{"error":{"message":"injected"}}');
      return undefined;
    },
  });
  const failures = tokensOf(await drive()).filter((one) => typeof one !== "number");
  expect(failures).toEqual(Array(3).fill({ kind: "http", status: 500, message: "injected" }));
});

test("a thread that dies ends the run, which says what to do, and another takes its place", async () => {
  const dying = join(here, "../../fixtures/threads/dies-at-start.mjs");
  const dyingPool = loadThreads({ program: dying, originNs: clock.originNs });
  cleanups.push(dyingPool.close);
  const { drive } = await stage({ threads: 2, pool: dyingPool });
  const death = /a thread that sends requests died: out of everything; .*client-threads: 0/;
  await expect(drive()).rejects.toThrow(death);
  await expect(drive()).rejects.toThrow(death);
});

test("threads by default: one for 128 streams, half the cores at most, one at least", () => {
  expect([1, 128, 129, 512, 2048].map((streams) => threadsFor(streams, 8))).toEqual([1, 1, 2, 4, 4]);
  expect(threadsFor(512, 1)).toBe(1);
});

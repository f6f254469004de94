/** A cache that is proved on a real server: the embedded engine, with a prefix cache of its own. */
import { afterEach, describe, expect, test } from "@jest/globals";
import { systemClock } from "../../src/adapters/host/system-clock.ts";
import { connectWith } from "../../src/adapters/openai/connect.ts";
import type { Trial } from "../../src/core/model/results.ts";
import type { Workload } from "../../src/core/model/workload.ts";
import { drawSchedule } from "../../src/core/workload/schedule.ts";
import { defaultEngineOptions, type EngineOptions } from "../../src/engine/options.ts";
import { startEngine } from "../../src/engine/serve.ts";
import { measureWorkload } from "../../src/gate/measure-workload.ts";
import type { ConnectOptions, InferenceClient, RunningServer } from "../../src/gate/ports.ts";

const clock = systemClock();
const never = new AbortController().signal;
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const cold: Workload = {
  ...{ name: "cold", title: "Cold", purpose: "p", requests: 4, warmup: 1, seed: 42, purposeMetrics: [] },
  ...{ promptTokens: { kind: "fixed", tokens: 200 }, outputTokens: { kind: "fixed", tokens: 8 } },
  ...{ arrivals: { process: "sequential" }, sampling: { temperature: 0 } },
};
const warm: Workload = { ...cold, name: "warm", promptTokens: { kind: "fixed", tokens: 64 }, sharedPrefixTokens: 512 };

/** Found to be vLLM's kind, or, told that it is another, without a way to empty its cache. */
async function stage(
  backend: ConnectOptions["backend"],
  options: Partial<EngineOptions> = {},
  change: (client: InferenceClient) => Partial<InferenceClient> = () => ({}),
) {
  const caching = { kvCache: "paged", prefixCaching: true, timeScale: 0.02 } as const;
  const engine = await startEngine({ ...defaultEngineOptions, ...caching, ...options });
  cleanups.push(engine.close);
  const connected = connectWith(clock)({ url: engine.url, backend, requestTimeoutMs: 20_000 });
  cleanups.push(connected.close);
  await connected.inspect(never);
  const client = { ...connected, ...change(connected) };
  const server: RunningServer = {
    ...{ url: engine.url, boot: "1", owned: false, gone: never },
    ...{ exit: () => undefined, logTail: () => [], stop: async () => {} },
  };
  return async (workload: Workload, nonce: string): Promise<Trial> => {
    const planned = { workload, schedule: drawSchedule(workload), notes: [] };
    const still = { model: "embedded/reference", charsPerToken: 4, warnings: [], signal: never };
    const progress = { report: () => {} };
    return (await measureWorkload({ ...still, planned, server, client, clock, progress, nonce })).trial;
  };
}
/** Whether the machine kept time is another matter. */
const faultOf = ({ invalidReason = "" }: Trial) => (/^was (warm|cold)/.test(invalidReason) ? invalidReason : undefined);
const differences = ({ warnings = [] }: Trial) => warnings.filter((warning) => warning.includes("counter says"));

describe("a workload whose prompts are new", () => {
  test("is cold, counted by the server too, to the token", async () => {
    const trial = await (await stage("auto"))(cold, "111111111111");
    expect(faultOf(trial)).toBeUndefined();
    expect(trial.serverMetrics).toMatchObject({ generation_tokens: 32, prefix_cache_hits: 0 });
    expect(trial.serverMetrics?.["prefix_cache_queries"]).toBeGreaterThan(700);
    expect(differences(trial)).toEqual([]);
  });

  test("was warm where somebody had sent its prompts before", async () => {
    const measure = await stage("openai");
    expect(faultOf(await measure(cold, "111111111111"))).toBeUndefined();
    const again = await measure(cold, "111111111111");
    expect(again).toMatchObject({ valid: false, invalidReason: expect.stringMatching(/^was warm: 9\d %/) });
    expect(faultOf(await measure(cold, "222222222222"))).toBeUndefined();
  });

  test("is cold all the same where the server can be made to forget", async () => {
    const measure = await stage("auto");
    await measure(cold, "111111111111");
    const again = await measure(cold, "111111111111");
    expect(faultOf(again)).toBeUndefined();
    expect(again.serverMetrics).toMatchObject({ prefix_cache_hits: 0 });
  });
});

describe("a workload with a shared prefix", () => {
  test("finds the prefix that its warm-up brought", async () => {
    const trial = await (await stage("auto"))(warm, "111111111111");
    expect(faultOf(trial)).toBeUndefined();
    expect(trial.serverMetrics?.["prefix_cache_hit_rate"]).toBeGreaterThan(0.8);
  });

  test("was cold where the cache has lost it meanwhile", async () => {
    let forgets = false;
    const measure = await stage("auto", {}, (client) => ({
      send: async (request, signal) => {
        if (forgets) await client.resetCache?.(signal);
        return client.send(request, signal);
      },
    }));
    expect(faultOf(await measure(warm, "111111111111"))).toBeUndefined();
    forgets = true;
    const trial = await measure(warm, "222222222222");
    expect(trial).toMatchObject({ valid: false, invalidReason: expect.stringMatching(/^was cold: 0 %/) });
  });

  test("stands on a server without a prefix cache", async () => {
    const trial = await (await stage("auto", { prefixCaching: false }))(warm, "111111111111");
    expect(faultOf(trial)).toBeUndefined();
    expect(trial.serverMetrics).not.toHaveProperty("prefix_cache_hit_rate");
  });
});

test("somebody else's requests are told by the server's counters", async () => {
  const measure = await stage("auto", {}, (client) => {
    let sent = 0;
    return {
      send: async (request, signal) => {
        sent += 1;
        if (sent === 3) await client.send({ ...request, prompt: "Somebody else", maxTokens: 40 }, signal);
        return client.send(request, signal);
      },
    };
  });
  expect(differences(await measure(cold, "111111111111"))).toEqual([
    expect.stringMatching(
      /says 72 generated tokens, the answers hold 32 \(125 % more\): somebody else .*5 requests, 4/,
    ),
  ]);
});

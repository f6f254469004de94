/** What surrounds a measured workload: the server brought to rest before it, its own account taken after it. */
import { describe, expect, test } from "@jest/globals";
import type { Trial } from "../../src/core/model/results.ts";
import type { Workload } from "../../src/core/model/workload.ts";
import type { ServerValues } from "../../src/core/plan/server-names.ts";
import { drawSchedule } from "../../src/core/workload/schedule.ts";
import { measureWorkload } from "../../src/gate/measure-workload.ts";
import type { CacheReset, Clock, GenerationRequest, InferenceClient, RunningServer } from "../../src/gate/ports.ts";
import { type FakeAnswer, fakeClient } from "../fakes/fake-client.ts";
import { fakeClock } from "../fakes/fake-clock.ts";

const workload: Workload = {
  ...{ name: "short", title: "Short", purpose: "p", requests: 4, warmup: 2, seed: 42, purposeMetrics: [] },
  ...{ promptTokens: { kind: "fixed", tokens: 1000 }, outputTokens: { kind: "fixed", tokens: 100 } },
  ...{ arrivals: { process: "sequential" }, sampling: { temperature: 0 } },
};
const shared: Workload = { ...workload, promptTokens: { kind: "fixed", tokens: 100 }, sharedPrefixTokens: 900 };

interface Staged {
  readonly workload?: Workload;
  readonly answer?: (request: GenerationRequest, index: number) => FakeAnswer;
  /** What the server tells, given how many of its answers were asked for; looked at in turn. */
  readonly told?: (asked: number, look: number) => ServerValues;
  readonly reset?: (attempt: number) => CacheReset;
}

async function measured({ workload: of = workload, answer, told = () => ({}), reset }: Staged) {
  const clock = fakeClock();
  const fake = fakeClient(clock, answer);
  const looks: number[] = [];
  const resets: number[] = [];
  const look = (): ServerValues => told(fake.asked.length, looks.push(clock.nowMs()) - 1);
  const client: InferenceClient = {
    ...fake,
    scrape: async () => look(),
    scrapeUnread: async () => {
      const values = look();
      return () => values;
    },
    resetCache: async () => reset?.(resets.push(clock.nowMs())) ?? { kind: "none" },
  };
  const trial = (await measureWorkload({ ...still(clock), client, planned: planned(of) })).trial;
  return { trial, asked: fake.asked, looks, resets };
}

const planned = (of: Workload) => ({ workload: of, schedule: drawSchedule(of), notes: [] });
const still = (clock: Clock) => ({
  ...{ model: "m", server, clock, progress: { report: () => {} }, signal: new AbortController().signal },
  ...{ nonce: "123456789012", charsPerToken: 4, warnings: [] },
});
const server: RunningServer = {
  ...{ url: "http://127.0.0.1:1", boot: "1", owned: true, gone: new AbortController().signal },
  ...{ exit: () => undefined, logTail: () => [], stop: async () => {} },
};
const said = (trial: Trial, about: RegExp) => (trial.warnings ?? []).filter((warning) => about.test(warning));

describe("before a workload", () => {
  test("the server is waited for until it runs nothing", async () => {
    const { asked, trial } = await measured({ told: (_asked, look) => ({ requests_running: look < 3 ? 1 : 0 }) });
    expect(asked[0]?.atMs).toBe(1000 + 3 * 250);
    expect(said(trial, /still had/)).toEqual([]);
  });

  test("but not for ever, and that is said", async () => {
    const { asked, trial } = await measured({ told: (sent) => ({ requests_running: sent === 0 ? 2 : 0 }) });
    expect(asked[0]?.atMs).toBe(31_000);
    expect(said(trial, /still had 2 requests running and 0 waiting 30 s/)).toHaveLength(1);
  });

  test("a reset that is refused is asked for again", async () => {
    const { resets, trial } = await measured({
      reset: (attempt) => (attempt < 3 ? { kind: "refused", reason: "busy" } : { kind: "reset" }),
    });
    expect(resets).toHaveLength(3);
    expect(trial.warnings).toEqual([]);
  });

  test("one that is refused for good is said, and the prompts' nonces are relied on", async () => {
    const { resets, trial } = await measured({ reset: () => ({ kind: "refused", reason: "busy" }) });
    expect(resets).toHaveLength(3);
    expect(said(trial, /could not be emptied \(busy\)/)).toHaveLength(1);
    expect(trial.valid).toBe(true);
  });

  test("nothing more is asked of a server that tells nothing", async () => {
    const { asked } = await measured({});
    expect(asked).toHaveLength(6);
  });
});

describe("a canary", () => {
  const prompts = (asked: readonly { readonly request: GenerationRequest }[]) =>
    asked.map(({ request }) => request.prompt);

  test("is one request where answers tell of no cache", async () => {
    const { asked } = await measured({ workload: shared });
    expect(asked).toHaveLength(6 + 1);
  });

  test("is sent twice, and once more after the reset, before anything else", async () => {
    const { asked, trial } = await measured({
      workload: shared,
      answer: (_request, index) => ({ more: { cachedTokens: index === 1 ? 250 : index < 3 ? 0 : 900 } }),
      reset: () => ({ kind: "reset" }),
    });
    expect(asked).toHaveLength(6 + 3);
    const [first, second, third, next] = prompts(asked);
    expect([second, third]).toEqual([first, first]);
    expect(next).not.toBe(first);
    expect(trial).toMatchObject({ valid: true, warnings: [] });
  });

  test("that outlives the reset is said", async () => {
    const { trial } = await measured({
      workload: shared,
      answer: (_request, index) => ({ more: { cachedTokens: index === 0 ? 0 : 250 } }),
      reset: () => ({ kind: "reset" }),
    });
    expect(said(trial, /emptied its prefix cache, and still finds/)).toHaveLength(1);
  });

  test("that was found makes a workload whose prefix is not found invalid", async () => {
    const answer = (_request: GenerationRequest, index: number) => ({ more: { cachedTokens: index === 1 ? 250 : 0 } });
    const { trial } = await measured({ workload: shared, answer });
    expect(trial).toMatchObject({ valid: false, invalidReason: expect.stringMatching(/^was cold: 0 %/) });
  });

  test("that was not found says that there is no cache", async () => {
    const { trial } = await measured({ workload: shared, answer: () => ({ more: { cachedTokens: 0 } }) });
    expect(trial.valid).toBe(true);
  });
});

describe("the server's counters", () => {
  /** It generates 100 tokens a request. */
  const counting = (asked: number) => ({ generation_tokens: 1000 + 100 * asked, preemptions: asked });

  test("are of the measured requests, the warm-up left out", async () => {
    const { trial } = await measured({ told: counting });
    expect(trial.serverMetrics).toEqual({ generation_tokens: 400, preemptions: 4 });
    expect(trial.warnings).toEqual([]);
  });

  test("that lag behind the last answer are looked at again", async () => {
    let last = 0;
    const { trial } = await measured({
      told: (asked) => {
        const values = counting(Math.min(asked, last + 2));
        last = Math.min(asked, last + 2);
        return values;
      },
    });
    expect(trial.serverMetrics?.["generation_tokens"]).toBe(400);
    expect(trial.warnings).toEqual([]);
  });

  test("that say more than the answers hold are a warning with its likely cause", async () => {
    const { trial } = await measured({
      told: (asked) => ({ generation_tokens: 150 * asked, requests_finished: asked < 6 ? asked : asked + 2 }),
    });
    expect(said(trial, /says 600 generated tokens, the answers hold 400 \(50 % more\): somebody else/)).toHaveLength(1);
    expect(trial.valid).toBe(true);
  });

  test("are not missed where there are none", async () => {
    const { trial } = await measured({ told: () => ({ "vllm:num_preemptions_total": 1 }) });
    expect(trial.warnings).toEqual([]);
  });

  test("of the queue are looked at while it runs, seldom, and their peak is kept", async () => {
    const { trial, looks } = await measured({
      told: (asked, look) => ({ requests_waiting: asked === 0 || asked === 6 ? 0 : look }),
    });
    // Four answers of half a second: before, at the start, after a second, and after it.
    expect(looks).toHaveLength(4);
    expect(trial.serverMetrics).toEqual({ requests_waiting_max: 2 });
  });
});

test("what an answer told beside its times is in no result", async () => {
  const { trial } = await measured({ answer: () => ({ more: { cachedTokens: 0, answerText: "secret" } }) });
  expect(JSON.stringify(trial)).not.toMatch(/secret|cachedTokens/);
});

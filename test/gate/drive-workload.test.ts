import { describe, expect, test } from "@jest/globals";
import type { RequestTrace } from "../../src/core/model/trace.ts";
import type { Workload } from "../../src/core/model/workload.ts";
import { drawSchedule } from "../../src/core/workload/schedule.ts";
import { type Drive, driveWorkload } from "../../src/gate/drive-workload.ts";
import { type FakeAnswer, fakeClient } from "../fakes/fake-client.ts";
import { fakeClock } from "../fakes/fake-clock.ts";

const never = new AbortController().signal;
const workload: Workload = {
  name: "w",
  title: "W",
  purpose: "p",
  requests: 4,
  warmup: 2,
  seed: 42,
  promptTokens: { kind: "fixed", tokens: 64 },
  outputTokens: { kind: "fixed", tokens: 3 },
  arrivals: { process: "uniform", rate: 10 },
  sampling: { temperature: 0 },
  purposeMetrics: [],
};

interface Staged {
  readonly of?: Partial<Workload>;
  readonly answer?: (index: number) => FakeAnswer;
  readonly notes?: readonly string[];
  readonly drive?: Partial<Drive>;
}
/** `answer` counts measured requests from 0; warm-up requests are answered plainly. */
function stage({ of = {}, answer = () => ({}), notes, drive = {} }: Staged = {}) {
  const clock = fakeClock();
  const changed = { ...workload, ...of };
  const client = fakeClient(clock, (_, index) => (index < changed.warmup ? {} : answer(index - changed.warmup)), notes);
  const planned = { workload: changed, schedule: drawSchedule(changed), notes: [] };
  const given = { planned, model: "m", client, clock, nonce: "12345678", charsPerToken: 4, signal: never };
  return { clock, client, run: () => driveWorkload({ ...given, ...drive }) };
}
const sends = (traces: readonly RequestTrace[]): number[] => traces.map(({ sentMs }) => sentMs);
const kinds = (traces: readonly RequestTrace[]) =>
  traces.map((trace) => (trace.outcome === "ok" ? "ok" : trace.error.kind));

describe("an open loop", () => {
  test("sends at the schedule's times, however long answers take", async () => {
    const { requests } = await stage({ answer: () => ({ ttftMs: 10_000 }) }).run();
    expect(sends(requests)).toEqual([0, 100, 200, 300]);
    expect(requests.map(({ scheduledMs }) => scheduledMs)).toEqual([0, 100, 200, 300]);
  });

  test("a late send does not push the next", async () => {
    const { requests } = await stage({ answer: (index) => ({ lateMs: index === 1 ? 30 : 0 }) }).run();
    expect(sends(requests)).toEqual([0, 130, 200, 300]);
  });

  test("sends a burst at once and without a cap", async () => {
    const { run, client } = stage({ of: { requests: 300, arrivals: { process: "burst" } } });
    const { requests } = await run();
    expect(new Set(sends(requests))).toEqual(new Set([0]));
    expect(client.mostInFlight()).toBe(300);
  });

  test("its times are of the workload's start", async () => {
    const { requests, startedAt } = await stage({ answer: () => ({ ttftMs: 20, itlMs: 7 }) }).run();
    expect(requests[1]).toEqual({
      outcome: "ok",
      scheduledMs: 100,
      sentMs: 100,
      firstTokenMs: 120,
      lastTokenMs: 134,
      endMs: 134,
      promptTokens: 64,
      outputTokens: 3,
      tokenGapsMs: [7, 7],
      finishReason: "length",
    });
    expect(startedAt).toMatch(/^2026-01-01T/);
  });
});

describe("a closed loop", () => {
  test("of one sends the next when the last has ended", async () => {
    const { requests } = await stage({ of: { arrivals: { process: "sequential" } } }).run();
    expect(sends(requests)).toEqual([0, 20, 40, 60]);
    expect(requests.map(({ scheduledMs }) => scheduledMs)).toEqual([0, 20, 40, 60]);
  });

  test("keeps as many in flight as asked, and no more", async () => {
    const { run, client } = stage({
      of: { requests: 10, warmup: 0, arrivals: { process: "concurrency", concurrency: 3 } },
    });
    const { requests } = await run();
    expect(client.mostInFlight()).toBe(3);
    expect(sends(requests)).toEqual([0, 0, 0, 20, 20, 20, 40, 40, 40, 60]);
  });
});

describe("before the measurement", () => {
  test("warm-up requests go first, and are in no result", async () => {
    const { run, client } = stage();
    const { requests } = await run();
    expect(client.asked).toHaveLength(6);
    expect(requests).toHaveLength(4);
    const [first, second, third] = client.asked.map(({ atMs }) => atMs);
    expect(second).toBe(first);
    expect(third).toBeGreaterThan(second ?? 0);
  });

  test("a warm-up is sequential where the workload is", async () => {
    const { run, client } = stage({ of: { arrivals: { process: "sequential" } } });
    await run();
    expect(client.mostInFlight()).toBe(1);
  });

  test("no two requests of a pass begin alike", async () => {
    const { run, client } = stage();
    await run();
    expect(new Set(client.asked.map(({ request }) => request.prompt.slice(0, 8))).size).toBe(6);
  });

  test("a shared prefix is shared by warm-up and measurement", async () => {
    const { run, client } = stage({ of: { sharedPrefixTokens: 100 } });
    await run();
    expect(new Set(client.asked.map(({ request }) => request.prompt.slice(0, 400))).size).toBe(1);
    expect(new Set(client.asked.map(({ request }) => request.prompt)).size).toBe(6);
  });

  test("another nonce changes every prompt's start", async () => {
    const one = stage();
    const other = stage({ drive: { nonce: "87654321" } });
    await one.run();
    await other.run();
    const starts = [...one.client.asked, ...other.client.asked].map(({ request }) => request.prompt.slice(0, 13));
    expect(new Set(starts).size).toBe(12);
  });

  test.each([
    [{ process: "sequential" }, 1],
    [{ process: "concurrency", concurrency: 3 }, 3],
    [{ process: "concurrency", concurrency: 30 }, 4],
    [{ process: "burst" }, 4],
  ] as const)("connections are opened and bodies made for %j", async (arrivals, connections) => {
    const { run, client } = stage({ of: { arrivals } });
    await run();
    expect(client.prepared).toEqual([{ connections, requests: client.asked.slice(2).map(({ request }) => request) }]);
  });

  test("a failing warm-up is a warning", async () => {
    const failing = { error: { kind: "http", status: 503, message: "loading" } } as const;
    const clock = fakeClock();
    const client = fakeClient(clock, (_, index) => (index < 2 ? failing : {}));
    const planned = { workload, schedule: drawSchedule(workload), notes: [] };
    const drive = { planned, model: "m", client, clock, nonce: "12345678", charsPerToken: 4, signal: never };
    const { warnings, requests } = await driveWorkload(drive);
    expect(warnings).toEqual(["2 of 2 warm-up requests failed (http 503: loading)"]);
    expect(kinds(requests)).toEqual(["ok", "ok", "ok", "ok"]);
  });
});

test("every request asks for its exact length and the workload's sampling", async () => {
  const { run, client } = stage({ of: { sampling: { temperature: 0.7, top_k: 50 } } });
  await run();
  expect(client.asked[2]?.request).toMatchObject({
    model: "m",
    maxTokens: 3,
    exactLength: true,
    sampling: { temperature: 0.7, top_k: 50 },
  });
});

test("progress counts what has ended", async () => {
  const states: unknown[] = [];
  const answer = (index: number): FakeAnswer => (index === 1 ? { error: { kind: "http", status: 500 } } : {});
  await stage({ answer, drive: { onRequest: (state) => states.push(state) } }).run();
  expect(states).toEqual([
    { done: 1, of: 4, failed: 0, outputTokens: 3 },
    { done: 2, of: 4, failed: 1, outputTokens: 3 },
    { done: 3, of: 4, failed: 1, outputTokens: 6 },
    { done: 4, of: 4, failed: 1, outputTokens: 9 },
  ]);
});

describe("when the server goes", () => {
  /** Goes when the second of the four requests is open. */
  function staged(kind: "connect" | "stream", of: Partial<Workload> = {}) {
    const gone = new AbortController();
    const answer = (index: number): FakeAnswer => {
      if (index === 1) queueMicrotask(() => gone.abort());
      return index === 1 ? { ttftMs: 3, error: { kind, message: "other side closed" } } : {};
    };
    return stage({ of, answer, drive: { gone: gone.signal } });
  }

  test.each(["connect", "stream"] as const)("open requests are of kind connect, after a broken %s", async (kind) => {
    const { requests, warnings } = await staged(kind).run();
    expect(kinds(requests)).toEqual(["ok", "connect", "connect", "connect"]);
    expect(warnings).toContain("sending stopped: the server's process is gone");
  });

  test("later ones are not sent, and keep their schedule", async () => {
    const { run, client } = staged("stream");
    const { requests } = await run();
    expect(client.asked).toHaveLength(4);
    expect(requests[3]).toEqual({
      outcome: "error",
      scheduledMs: 300,
      sentMs: 300,
      endMs: 300,
      error: { kind: "connect", message: "not sent: the server's process is gone" },
    });
  });

  test("a closed loop stops too", async () => {
    const { run, client } = staged("stream", { arrivals: { process: "sequential" } });
    const { requests } = await run();
    expect(client.asked).toHaveLength(4);
    expect(kinds(requests)).toEqual(["ok", "connect", "connect", "connect"]);
  });

  test("what hangs on after it is given up as lost", async () => {
    const gone = new AbortController();
    const answer = (index: number): FakeAnswer => {
      if (index === 0) queueMicrotask(() => gone.abort());
      return { ttftMs: 3_600_000 };
    };
    const { run, clock } = stage({ answer, drive: { gone: gone.signal } });
    const { requests } = await run();
    expect(kinds(requests)).toEqual(["connect", "connect", "connect", "connect"]);
    expect(clock.nowMs()).toBeLessThan(10_000);
  });

  test("news that comes after the last broken stream is waited for", async () => {
    const gone = new AbortController();
    const { run, clock } = stage({
      answer: () => ({ error: { kind: "stream", message: "reset" } }),
      drive: { gone: gone.signal, onRequest: ({ done }) => void (done === 4 && later()) },
    });
    const later = (): void => void clock.sleepUntil(clock.nowMs() + 100).then(() => gone.abort());
    const { requests } = await run();
    expect(requests[3]).toMatchObject({
      error: { kind: "connect", message: "the server's process is gone; this request was open (reset)" },
    });
  });

  test("a stream that broke long before is a broken stream", async () => {
    const gone = new AbortController();
    const { run } = stage({
      of: { arrivals: { process: "uniform", rate: 0.1 } },
      answer: (index) => (index === 0 ? { error: { kind: "stream" } } : {}),
      drive: { gone: gone.signal, onRequest: ({ done }) => void (done === 3 && gone.abort()) },
    });
    expect(kinds((await run()).requests)).toEqual(["stream", "ok", "ok", "connect"]);
  });

  test("before the first request nothing is sent", async () => {
    const { run, client } = stage({ of: { warmup: 0 }, drive: { gone: AbortSignal.abort() } });
    expect(kinds((await run()).requests)).toEqual(["connect", "connect", "connect", "connect"]);
    expect(client.asked).toHaveLength(0);
  });
});

test("five requests in a row without an answer end the sending, whoever runs the server", async () => {
  const answer = (): FakeAnswer => ({ error: { kind: "timeout" } });
  const { run, client } = stage({ of: { requests: 9, arrivals: { process: "sequential" } }, answer });
  const { requests, warnings } = await run();
  expect(client.asked).toHaveLength(2 + 5);
  expect(kinds(requests).slice(4)).toEqual(["timeout", "connect", "connect", "connect", "connect"]);
  expect(warnings).toContain("sending stopped: 5 requests in a row got no connection or no answer");
});

test("an answer in between keeps it going", async () => {
  const answer = (index: number): FakeAnswer => (index % 5 === 4 ? {} : { error: { kind: "connect" } });
  const { run, client } = stage({ of: { requests: 20, warmup: 0 }, answer });
  await run();
  expect(client.asked).toHaveLength(20);
});

describe("a cancelled run", () => {
  test.each([["uniform"], ["sequential"]] as const)(
    "ends with the signal's reason, with nothing left in flight: %s",
    async (process) => {
      const cancel = new AbortController();
      const reason = new Error("cancelled by the user");
      const { run, client } = stage({
        of: { arrivals: process === "uniform" ? { process, rate: 10 } : { process } },
        answer: (index) => {
          if (index === 1) queueMicrotask(() => cancel.abort(reason));
          return { ttftMs: 3_600_000 * index };
        },
        drive: { signal: cancel.signal },
      });
      await expect(run()).rejects.toBe(reason);
      expect(client.asked).toHaveLength(4);
    },
  );

  test("before it began sends nothing", async () => {
    const { run, client } = stage({ drive: { signal: AbortSignal.abort(new Error("early")) } });
    await expect(run()).rejects.toThrow("early");
    expect(client.asked).toHaveLength(0);
  });
});

describe("what the trial says of itself", () => {
  test("is nothing when all went well", async () => {
    const measured = await stage().run();
    expect(measured).toMatchObject({
      tokenSource: "usage",
      warnings: [],
      client: { latenessP99Ms: 0, coalescedShare: 0 },
    });
    expect(measured).not.toHaveProperty("invalidReason");
  });

  test("includes what the server refused", async () => {
    expect((await stage({ notes: ["ignore_eos is refused"] }).run()).warnings).toEqual(["ignore_eos is refused"]);
  });

  test("names the poorest source of token counts", async () => {
    const answer = (index: number): FakeAnswer => ({ more: { tokenSource: index === 2 ? "chunks" : "usage" } });
    const { tokenSource, warnings } = await stage({ answer }).run();
    expect(tokenSource).toBe("chunks");
    expect(warnings).toEqual([expect.stringContaining("reports no usage")]);
  });

  test.each([
    [64.5, []],
    [66, ["prompts are 3.1 % longer than planned on average (64 tokens), by the server's own count"]],
    [63, ["prompts are 1.6 % shorter than planned on average (64 tokens), by the server's own count"]],
  ])("tells prompts that the server counts as %d tokens of 64 planned", async (promptTokens, warned) => {
    expect((await stage({ answer: () => ({ more: { promptTokens } }) }).run()).warnings).toEqual(warned);
  });

  test("counts a shared prefix as part of the plan", async () => {
    const answer = (): FakeAnswer => ({ more: { promptTokens: 164 } });
    expect((await stage({ of: { sharedPrefixTokens: 100 }, answer }).run()).warnings).toEqual([]);
  });

  test("names answers of another length than asked", async () => {
    const answer = (index: number): FakeAnswer =>
      index === 2 ? { outputTokens: 2, more: { finishReason: "stop" } } : {};
    expect((await stage({ answer }).run()).warnings).toEqual([
      "1 of 4 answers are not as long as asked (the first: 2 of 3 tokens, finish reason stop)",
    ]);
  });

  test("names answers whose chunks hide tokens", async () => {
    const answer = (): FakeAnswer => ({ more: { tokenGapsMs: [] } });
    expect((await stage({ answer }).run()).warnings).toEqual([
      expect.stringContaining("4 of 4 answers have another number"),
    ]);
  });

  test("takes an end-of-sequence token that is counted and not shown for none", async () => {
    const answer = (): FakeAnswer => ({ more: { tokenGapsMs: [5] } });
    expect((await stage({ answer }).run()).warnings).toEqual([]);
  });

  test("gives the share of coalesced chunks", async () => {
    const answer = (): FakeAnswer => ({ more: { coalescedChunks: 1 } });
    const { client, warnings } = await stage({ answer }).run();
    expect(client.coalescedShare).toBeCloseTo(1 / 3, 4);
    expect(warnings).toEqual([expect.stringContaining("33 % of the token chunks arrived together")]);
  });

  test.each([
    [20, []],
    [21, [expect.stringContaining("the burst took 21 ms to send, over 20 ms")]],
  ])("gives the spread of a burst of %d ms, and warns of a wide one", async (lateMs, warned) => {
    const answer = (index: number): FakeAnswer => ({ lateMs: index === 3 ? lateMs : 0 });
    const { client, warnings } = await stage({ of: { arrivals: { process: "burst" } }, answer }).run();
    expect(client.burstSpreadMs).toBe(lateMs);
    expect(warnings).toEqual(warned);
  });

  test("has no spread for arrivals that are no burst", async () => {
    expect((await stage().run()).client).not.toHaveProperty("burstSpreadMs");
  });

  test("is invalid when the client sent late", async () => {
    const { client, invalidReason } = await stage({ answer: (index) => ({ lateMs: index < 2 ? 80 : 0 }) }).run();
    expect(client.latenessP99Ms).toBe(80);
    expect(invalidReason).toContain("the client sent 2 of 4 requests over 50 ms after their time (the worst: 80 ms)");
  });

  test("is invalid, with the server named, when connections were late", async () => {
    const answer = (index: number): FakeAnswer => (index < 2 ? { lateMs: 900, more: { connectMs: 890 } } : {});
    const { invalidReason, requests } = await stage({ answer }).run();
    expect(invalidReason).toContain("the server took so long to accept connections");
    expect(requests[0]).not.toHaveProperty("connectMs");
  });

  test("one late request is a hiccup", async () => {
    const measured = await stage({ answer: (index) => ({ lateMs: index === 0 ? 80 : 0 }) }).run();
    expect(measured).not.toHaveProperty("invalidReason");
  });

  test("a hundredth of the requests may be late", async () => {
    const answer = (index: number): FakeAnswer => ({ lateMs: index < 2 ? 80 : 0 });
    const measured = await stage({ of: { requests: 200, arrivals: { process: "burst" } }, answer }).run();
    expect(measured).not.toHaveProperty("invalidReason");
  });

  test.each([
    [19, 0, undefined],
    [60, 1, undefined],
    [120, 1, expect.stringContaining("event loop ran 120 ms late")],
  ])("an event loop %d ms late", async (delayMs, warned, reason) => {
    const clock = { ...fakeClock(), watchEventLoop: () => () => delayMs };
    const { client, warnings, invalidReason } = await stage({ drive: { clock } }).run();
    expect(client.eventLoopDelayP99Ms).toBe(delayMs);
    expect(warnings).toHaveLength(warned);
    expect(invalidReason).toEqual(reason);
  });

  test("does not take a server that cannot be reached for a late client", async () => {
    const answer = (): FakeAnswer => ({ lateMs: 500, ttftMs: 0, error: { kind: "connect" } });
    expect(await stage({ answer }).run()).not.toHaveProperty("invalidReason");
  });
});

import { expect, test } from "@jest/globals";
import type { Workload } from "../../src/core/model/workload.ts";
import { drawSchedule } from "../../src/core/workload/schedule.ts";
import { measureInTime } from "../../src/gate/measure-in-time.ts";
import type { ProgressEvent } from "../../src/gate/progress-event.ts";
import { launchOf } from "../adapters/server/servers.ts";
import { type FakeAnswer, fakeClient } from "../fakes/fake-client.ts";
import { fakeClock } from "../fakes/fake-clock.ts";
import { fakeLauncher } from "../fakes/fake-launcher.ts";

const workload: Workload = {
  name: "chat",
  title: "Chat",
  purpose: "p",
  requests: 4,
  warmup: 1,
  seed: 42,
  promptTokens: { kind: "fixed", tokens: 64 },
  outputTokens: { kind: "fixed", tokens: 3 },
  arrivals: { process: "uniform", rate: 10 },
  sampling: { temperature: 0 },
  purposeMetrics: [],
};
const perPass = workload.warmup + workload.requests;
const late: FakeAnswer = { lateMs: 80 };
const reason = "the client sent 4 of 4 requests over 50 ms after their time (the worst: 80 ms)";

/** `answer` is told the pass, from 0, and the request in it, warm-up first. */
async function stage(answer: (pass: number, index: number) => FakeAnswer, signal = new AbortController().signal) {
  const clock = fakeClock();
  const client = fakeClient(clock, (_, index) => answer(Math.floor(index / perPass), index % perPass));
  const launcher = fakeLauncher();
  await launcher.start({ server: launchOf([]).server, build: "candidate", model: "m", args: [] }, { signal });
  const [server] = launcher.servers;
  if (server === undefined) throw new Error("the fake launcher started nothing");
  const events: ProgressEvent[] = [];
  const run = {
    planned: { workload, schedule: drawSchedule(workload), notes: [] },
    ...{ model: "m", server, client, clock, signal, charsPerToken: 4, warnings: [] },
    progress: { report: (event: ProgressEvent) => void events.push(event) },
  };
  return { server, client, events, measured: () => measureInTime(run, ["111111111111", "222222222222"]) };
}

test("a client that keeps time measures once", async () => {
  const { client, measured } = await stage(() => ({}));
  expect((await measured()).trial).toMatchObject({ valid: true, warnings: [] });
  expect(client.asked).toHaveLength(perPass);
});

test("a late pass is measured once more on the same boot, and the second stands with a warning", async () => {
  const { client, events, server, measured } = await stage((pass) => (pass === 0 ? late : {}));
  const { trial } = await measured();
  expect(trial).toMatchObject({ valid: true, boot: server.boot, client: { latenessP99Ms: 0 } });
  expect(trial.warnings).toEqual([expect.stringContaining(`second pass on the same boot: in the first ${reason}`)]);
  expect(trial.requests?.map(({ sentMs }) => sentMs)).toEqual([0, 100, 200, 300]);
  expect(client.asked).toHaveLength(2 * perPass);
  expect(events).toContainEqual({ kind: "note", text: expect.stringContaining("chat is measured once more") });
});

test("the second pass asks nothing that the first has asked", async () => {
  const { client, measured } = await stage((pass) => (pass === 0 ? late : {}));
  await measured();
  expect(new Set(client.asked.map(({ request }) => request.prompt.slice(0, 17))).size).toBe(2 * perPass);
});

test("a second pass that is late too is invalid for both reasons, and there is no third", async () => {
  const { client, measured } = await stage((pass) => ({ lateMs: pass === 0 ? 80 : 400 }));
  const { trial } = await measured();
  expect(trial.valid).toBe(false);
  expect(trial.invalidReason).toContain(`in the first ${reason}`);
  expect(trial.invalidReason).toMatch(/in the second the client sent 4 of 4 requests .* \(the worst: 400 ms\)/);
  expect(client.asked).toHaveLength(2 * perPass);
});

test("a server that is lost is not asked again", async () => {
  const { client, server, measured } = await stage((_, index) => {
    if (index === perPass - 1) queueMicrotask(() => server.die({ code: 1, signal: null }));
    return late;
  });
  expect((await measured()).trial).toMatchObject({ valid: false });
  expect(client.asked).toHaveLength(perPass);
});

test("a cancelled run is not measured again", async () => {
  const cancel = new AbortController();
  const { client, measured } = await stage((_, index) => {
    if (index === perPass - 1) queueMicrotask(() => cancel.abort(new Error("SIGINT")));
    return late;
  }, cancel.signal);
  await expect(measured()).rejects.toThrow("SIGINT");
  expect(client.asked).toHaveLength(perPass);
});

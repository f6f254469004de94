import { describe, expect, test } from "@jest/globals";
import { GateError } from "../../src/core/model/gate-error.ts";
import type { Plan, PlannedBoot } from "../../src/core/model/plan.ts";
import type { ResultsFile } from "../../src/core/model/results.ts";
import type { Workload } from "../../src/core/model/workload.ts";
import { drawSchedule } from "../../src/core/workload/schedule.ts";
import type { ConnectOptions, GenerationRequest, InferenceClient, ServerFacts } from "../../src/gate/ports.ts";
import type { ProgressEvent } from "../../src/gate/progress-event.ts";
import { type RunOptions, runPlan } from "../../src/gate/run-plan.ts";
import { launchOf } from "../adapters/server/servers.ts";
import { type FakeAnswer, type FakeClient, fakeClient } from "../fakes/fake-client.ts";
import { fakeClock } from "../fakes/fake-clock.ts";
import { type FakeLauncher, fakeLauncher } from "../fakes/fake-launcher.ts";

const workload: Workload = {
  name: "short",
  title: "Short",
  purpose: "p",
  requests: 6,
  warmup: 1,
  seed: 42,
  promptTokens: { kind: "fixed", tokens: 64 },
  outputTokens: { kind: "fixed", tokens: 5 },
  arrivals: { process: "sequential" },
  sampling: { temperature: 0 },
  purposeMetrics: [],
};
const long: Workload = { ...workload, name: "long", promptTokens: { kind: "fixed", tokens: 2000 } };
const phase = { id: "paged", title: "Phase 6", server: launchOf([]).server, models: [] };
const model = { id: "org/model", label: "Model", args: [] };
/** Requests of a boot before its first workload: two calibration prompts and six of its own, on the first boot only. */
const calibration = 2 + 6;
const perWorkload = workload.warmup + workload.requests;

function bootOf(
  trial: number,
  change: Partial<PlannedBoot> = {},
  workloads: readonly Workload[] = [workload],
): PlannedBoot {
  const planned = workloads.map((one) => ({ workload: one, schedule: drawSchedule(one), notes: ["a note"] }));
  return { trial, phase, model, args: ["--max-batch-size", "8 x"], workloads: planned, ...change };
}

interface Staged {
  readonly boots?: readonly PlannedBoot[];
  readonly workloads?: readonly Workload[];
  readonly launcher?: FakeLauncher;
  readonly facts?: Partial<ServerFacts>;
  /** `index` counts all requests of the run. */
  readonly answer?: (index: number, request: GenerationRequest) => FakeAnswer;
  readonly client?: (client: FakeClient) => Partial<InferenceClient>;
  readonly options?: Partial<RunOptions>;
  readonly onConnect?: (connection: ConnectOptions) => void;
}

function stage({ boots, workloads = [workload], answer = () => ({}), facts, ...rest }: Staged = {}) {
  const clock = fakeClock();
  const launcher = rest.launcher ?? fakeLauncher();
  const events: ProgressEvent[] = [];
  const saves: ResultsFile[] = [];
  let asked = 0;
  const connect = (connection: ConnectOptions) => {
    rest.onConnect?.(connection);
    const client = fakeClient(clock, (request) => answer(asked++, request));
    const inspect = async () => ({ models: [{ id: "org/model" }], version: "1.2", backend: "vllm", ...facts });
    return { ...client, inspect, ...rest.client?.(client) };
  };
  const plan: Plan = {
    trials: 3,
    boots: boots ?? [0, 1, 2].map((trial) => bootOf(trial)),
    workloads,
    estimatedMinutes: 1,
  };
  const ports = {
    ...{ launcher, connect, clock },
    host: { describe: async () => ({ fingerprint: "one GPU" }) },
    progress: { report: (event: ProgressEvent) => void events.push(event) },
  };
  const options = {
    signal: new AbortController().signal,
    nonce: "123456789012",
    calibrations: new Map(),
    save: async (results: ResultsFile) => void saves.push(results),
    ...rest.options,
  };
  return { launcher, events, saves, run: () => runPlan(plan, { workloads }, ports, options) };
}

const counts = (results: ResultsFile) => results.cells.map(({ workload: name, trials }) => [name, trials.length]);

describe("a plan that is carried out", () => {
  test("gives a cell with a trial for each boot, and all that a report needs", async () => {
    const { run, launcher } = stage({ options: { source: { sha: "abc" } } });
    const { results, failure } = await run();
    expect(failure).toBeUndefined();
    expect(results).toMatchObject({
      schema: "serving-gate/results@1",
      createdAt: expect.stringMatching(/^2026-/),
      source: { sha: "abc" },
      environment: { fingerprint: "one GPU" },
      status: "accepted",
      workloads: [{ name: "short", title: "Short" }],
    });
    const [cell] = results.cells;
    expect(cell).toMatchObject({
      phase: "paged",
      phaseTitle: "Phase 6",
      model: "org/model",
      modelLabel: "Model",
      workload: "short",
      scheduleHash: expect.stringMatching(/^sha256:/),
      server: { command: "serve --port 9000", args: "--max-batch-size '8 x'", version: "1.2", backend: "vllm" },
      notes: ["a note"],
    });
    expect(cell?.trials.map(({ boot, loadMs, valid, counts: counted }) => ({ boot, loadMs, valid, counted }))).toEqual(
      ["boot-0", "boot-1", "boot-2"].map((boot) => ({
        ...{ boot, loadMs: 2000, valid: true },
        counted: { requests: 6, failed: 0, outputTokens: 30, gaps: 24 },
      })),
    );
    expect(cell?.trials[0]?.summary).toMatchObject({ ttft_p50: 10, itl_p50: 5, error_rate: 0 });
    expect(launcher.servers.every(({ isStopped }) => isStopped())).toBe(true);
  });

  test("starts each server as planned", async () => {
    const { run, launcher } = stage();
    await run();
    const start = { server: phase.server, build: "candidate", model: "org/model", args: ["--max-batch-size", "8 x"] };
    expect(launcher.requests).toEqual([start, start, start]);
  });

  test("is saved after each boot", async () => {
    const { run, saves } = stage();
    const { results } = await run();
    expect(saves.map(counts)).toEqual([[["short", 1]], [["short", 2]], [["short", 3]]]);
    expect(saves.at(-1)).toEqual(results);
  });

  test("is no baseline before it is whole", async () => {
    const { run, saves } = stage();
    await run();
    expect(saves.map(({ status }) => status)).toEqual(["rejected", "rejected", "accepted"]);
  });

  test("asks with the token that the config names, and does not start asking without it", async () => {
    const keys: (string | undefined)[] = [];
    const secured = bootOf(0, { phase: { ...phase, server: { ...phase.server, apiKeyEnv: "SERVER_KEY" } } });
    const withKey = (secret: string | undefined) =>
      stage({
        boots: [secured],
        options: { secret: () => secret },
        onConnect: ({ apiKey }) => keys.push(apiKey),
      }).run();
    expect((await withKey("s3cret")).failure).toBeUndefined();
    expect(JSON.stringify((await withKey("s3cret")).results)).not.toContain("s3cret");
    expect((await withKey(undefined)).failure?.message).toMatch(/api-key-env names SERVER_KEY, which is not set/);
    expect(keys).toEqual(["s3cret", "s3cret"]);
  });

  test("tells what happens, in order", async () => {
    const { run, events } = stage({ boots: [bootOf(0)] });
    await run();
    const kinds = events.map(({ kind }) => kind).filter((kind, at, all) => kind !== all[at - 1]);
    expect(kinds).toEqual(["plan", "boot", "loading", "ready", "workload", "warmup", "request", "measured", "stopped"]);
    expect(events.at(-2)).toMatchObject({ workload: "short", failed: 0, ttftP50Ms: 10, itlP50Ms: 5 });
  });

  test("calibrates prompts once for a model, and never asks the same prompt twice", async () => {
    const prompts: string[] = [];
    const answer = (_: number, { prompt }: GenerationRequest) => {
      prompts.push(prompt);
      return {};
    };
    await stage({ answer }).run();
    expect(prompts.length).toBe(calibration + 3 * perWorkload);
    expect(new Set(prompts.map((prompt) => prompt.slice(0, 12))).size).toBe(prompts.length);
  });

  test("takes the first model that the server lists where none is named", async () => {
    const { model: _model, ...unnamed } = bootOf(0);
    const { results } = await stage({ boots: [unnamed] }).run();
    expect(results.cells[0]).toMatchObject({ model: "org/model", modelLabel: "org/model" });
  });

  test("notes a model that the server does not list, and asks for it all the same", async () => {
    const { run, events } = stage({ boots: [bootOf(0)], facts: { models: [{ id: "other" }] } });
    expect((await run()).results.cells[0]?.model).toBe("org/model");
    expect(events).toContainEqual({ kind: "note", text: expect.stringContaining('lists "other", not "org/model"') });
  });

  test("keeps failed requests as results", async () => {
    const answer = (index: number) => (index % 4 === 3 ? { error: { kind: "http", status: 500 } as const } : {});
    const { results, failure } = await stage({ answer, boots: [bootOf(0)] }).run();
    expect(failure).toBeUndefined();
    expect(results.cells[0]?.trials[0]?.counts?.failed).toBeGreaterThan(0);
  });

  test("keeps what the server counted while a workload ran", async () => {
    let scraped = 0;
    const scrape = async () => ({ "vllm:generation_tokens_total": 100 * ++scraped, "vllm:num_requests_running": 3 });
    const { results } = await stage({ boots: [bootOf(0)], client: () => ({ scrape }) }).run();
    expect(results.cells[0]?.trials[0]?.serverMetrics).toEqual({ "vllm:generation_tokens_total": 100 });
  });

  test("is one boot on a server that was already running, which is left alone", async () => {
    const launcher = fakeLauncher(undefined, { boot: "external", owned: false });
    const { run, events } = stage({ launcher });
    const { results } = await run();
    expect(results.cells[0]?.trials.map(({ boot }) => boot)).toEqual(["external", "external", "external"]);
    expect(results.cells[0]?.trials[0]?.loadMs).toBeUndefined();
    expect(results.cells[0]?.server).toMatchObject({ url: "http://127.0.0.1:9000" });
    expect(events.filter(({ kind }) => kind === "stopped")).toEqual([]);
  });

  test("marks a trial invalid whose client was late in both of its passes", async () => {
    const slow = { ...workload, arrivals: { process: "uniform", rate: 1 } } as const;
    const { results } = await stage({
      boots: [bootOf(0, {}, [slow])],
      answer: () => ({ lateMs: 400 }),
    }).run();
    expect(results.cells[0]?.trials[0]).toMatchObject({
      valid: false,
      invalidReason: expect.stringContaining("50 ms"),
    });
  });
});

describe("a plan that cannot be carried out", () => {
  test("is refused before measuring where workloads do not fit the context, with both numbers of each", async () => {
    const boots = [bootOf(0, {}, [workload, long, { ...long, name: "longer", sharedPrefixTokens: 1000 }])];
    const { run, launcher } = stage({ boots, facts: { models: [{ id: "org/model", maxContextTokens: 2004 }] } });
    const { results, failure } = await run();
    expect(failure?.blame).toBe("config");
    expect(failure?.message.split("\n")).toEqual([
      expect.stringMatching(/workload long asks for up to 2005 tokens .* context of 2004;/),
      expect.stringMatching(/workload longer asks for up to 3005 tokens .* context of 2004;/),
    ]);
    expect(results.cells).toEqual([]);
    expect(launcher.servers[0]?.isStopped()).toBe(true);
  });

  test("is measured where the longest request just fits", async () => {
    const facts = { models: [{ id: "org/model", maxContextTokens: 2005 }] };
    expect((await stage({ boots: [bootOf(0, {}, [long])], facts }).run()).failure).toBeUndefined();
  });

  test("asks for a model by a name of its own where neither the config nor the server has one", async () => {
    const { model: _model, ...unnamed } = bootOf(0);
    const { run, events } = stage({ boots: [unnamed], facts: { models: [] } });
    const { results, failure } = await run();
    expect(failure).toBeUndefined();
    expect(results.cells[0]?.model).toBe("default");
    expect(events).toContainEqual({ kind: "note", text: expect.stringContaining('"default" is asked for') });
  });

  test("ends where the server refuses that name", async () => {
    const { model: _model, ...unnamed } = bootOf(0);
    const answer = () => ({ error: { kind: "http", status: 404, message: "no such model" } as const });
    const { failure } = await stage({ boots: [unnamed], facts: { models: [] }, answer }).run();
    expect(failure).toMatchObject({ blame: "config" });
    expect(failure?.message).toMatch(/no model is named.*HTTP 404: no such model.*under models:/);
  });

  test("keeps what was measured when a later server never gets ready", async () => {
    const refused = new GateError("server", "server: was not ready after 300 s");
    const { run, launcher, saves } = stage({ launcher: fakeLauncher((index) => (index === 1 ? refused : undefined)) });
    const { results, failure } = await run();
    expect(failure).toBe(refused);
    expect(counts(results)).toEqual([["short", 1]]);
    expect(saves.at(-1)).toEqual(results);
    expect(launcher.requests.length).toBe(2);
  });

  test("keeps the trial in which the server died, with its open requests failed, and tells exit code and last lines", async () => {
    const launcher = fakeLauncher();
    const diesAt = calibration + perWorkload + workload.warmup + 2;
    const answer = (index: number): FakeAnswer => {
      if (index < diesAt) return {};
      launcher.servers[1]?.die({ code: 139, signal: null }, ["CUDA error"]);
      return { error: { kind: "stream", message: "socket closed" } };
    };
    const { results, failure } = await stage({ launcher, answer }).run();
    expect(results.status).toBe("rejected");
    expect(failure?.blame).toBe("server");
    expect(failure?.message).toMatch(/exited with code 139 while it was measured[\s\S]*\| CUDA error/);
    expect(counts(results)).toEqual([["short", 2]]);
    expect(
      results.cells[0]?.trials[1]?.requests?.map((trace) => (trace.outcome === "ok" ? "ok" : trace.error.kind)),
    ).toEqual(["ok", "ok", "connect", "connect", "connect", "connect"]);
    expect(launcher.servers.map(({ isStopped }) => isStopped())).toEqual([true, true]);
  });

  test("tells of a death before the first workload as of any other", async () => {
    const launcher = fakeLauncher();
    const inspect = async () => {
      launcher.servers[0]?.die({ code: 1, signal: null }, ["bye"]);
      return { models: [], backend: "openai" };
    };
    const { failure } = await stage({ launcher, client: () => ({ inspect }) }).run();
    expect(failure?.message).toMatch(/exited with code 1 while it was measured/);
  });

  test("ends when a server that is not ours answers no more", async () => {
    const answer = (index: number) => (index > calibration + 1 ? { error: { kind: "connect" } as const } : {});
    const { results, failure } = await stage({
      answer,
      launcher: fakeLauncher(undefined, { boot: "external", owned: false }),
    }).run();
    expect(failure?.message).toMatch(/http:\/\/127\.0\.0\.1:9000 stopped answering while short was measured/);
    expect(counts(results)).toEqual([["short", 1]]);
  });

  test("ends when a server that is not ours takes no connections any more", async () => {
    const diesAt = calibration + perWorkload - 2;
    const answer = (index: number): FakeAnswer =>
      index < diesAt ? {} : { error: { kind: index === diesAt ? "stream" : "connect", message: "other side closed" } };
    const { results, failure } = await stage({
      answer,
      client: () => ({ reaches: async () => false }),
      launcher: fakeLauncher(undefined, { boot: "external", owned: false }),
    }).run();
    expect(failure?.message).toMatch(/stopped answering while short was measured \(it takes no connections any more\)/);
    expect(
      results.cells[0]?.trials[0]?.requests?.map((trace) => (trace.outcome === "ok" ? "ok" : trace.error.kind)),
    ).toEqual(["ok", "ok", "ok", "ok", "connect", "connect"]);
  });

  test("says why the first request of a workload failed", async () => {
    const error = { kind: "http", status: 401, message: "no key" } as const;
    const { run, events } = stage({ boots: [bootOf(0)], answer: () => ({ error }) });
    await run();
    expect(events).toContainEqual(expect.objectContaining({ kind: "measured", failed: 6, failure: error }));
  });

  test("stops the server and keeps the results when the run is cancelled", async () => {
    const cancel = new AbortController();
    const answer = (index: number) => {
      if (index === calibration + perWorkload + 3) cancel.abort(new Error("SIGINT"));
      return {};
    };
    const { run, launcher } = stage({ answer, options: { signal: cancel.signal } });
    const { results, failure } = await run();
    expect(failure).toMatchObject({ blame: "host", message: expect.stringContaining("cancelled") });
    expect(counts(results)).toEqual([["short", 1]]);
    expect(launcher.servers.map(({ isStopped }) => isStopped())).toEqual([true, true]);
  });

  test("hands back what was measured when it cannot be saved", async () => {
    const full = new GateError("host", "results.json cannot be written: no space left");
    const save = async () => Promise.reject(full);
    const { results, failure } = await stage({ options: { save } }).run();
    expect(failure).toBe(full);
    expect(counts(results)).toEqual([["short", 1]]);
  });

  test("ends when a server cannot be stopped", async () => {
    const stuck = new GateError("host", "process 7 outlives SIGKILL");
    const launcher = fakeLauncher(undefined, { stop: () => Promise.reject(stuck) });
    const { results, failure } = await stage({ launcher }).run();
    expect(failure).toBe(stuck);
    expect(counts(results)).toEqual([["short", 1]]);
  });
});

import { describe, expect, test } from "@jest/globals";
import type { Config, GatePolicy, PhaseConfig } from "../../src/core/model/config.ts";
import { GateError } from "../../src/core/model/gate-error.ts";
import type { ResultsFile } from "../../src/core/model/results.ts";
import type { Workload } from "../../src/core/model/workload.ts";
import { judgeRun } from "../../src/core/verdict/judge-run.ts";
import type { BaseSide } from "../../src/gate/base-side.ts";
import { measureCandidate } from "../../src/gate/measure-candidate.ts";
import type { LaunchRequest } from "../../src/gate/ports.ts";
import type { ProgressEvent } from "../../src/gate/progress-event.ts";
import { launchOf } from "../adapters/server/servers.ts";
import { fakeClient } from "../fakes/fake-client.ts";
import { fakeClock } from "../fakes/fake-clock.ts";
import { type FakeLauncher, fakeLauncher } from "../fakes/fake-launcher.ts";
import { defaultPolicy } from "../fakes/gate-data.ts";

/** Enough tokens for ITL P50; a server start takes 2 s of the fakes' clock, a pass of a workload about 10 s. */
const workload: Workload = {
  name: "chat",
  title: "Chat",
  purpose: "p",
  requests: 20,
  warmup: 0,
  seed: 42,
  promptTokens: { kind: "fixed", tokens: 64 },
  outputTokens: { kind: "fixed", tokens: 100 },
  arrivals: { process: "sequential" },
  sampling: {},
  purposeMetrics: [],
};
const long: Workload = { ...workload, name: "long" };
const server = { ...launchOf([]).server, baseCommand: ["base-server", "--port", "{{port}}"] };
const phase: PhaseConfig = { id: "paged", title: "Paged", server, models: [] };

function configOf(
  change: { readonly workloads?: readonly Workload[]; readonly phases?: Config["phases"] } = {},
): Config {
  return {
    phases: [phase],
    overrides: [],
    workloads: [workload],
    trials: 2,
    gate: policyOf(),
    baseline: { store: "dir", path: "x", keep: 30 },
    report: { language: "en" },
    runnable: true,
    ...change,
  };
}

function policyOf(change: Partial<GatePolicy> = {}): GatePolicy {
  return { ...defaultPolicy, blocking: ["output_throughput", "itl_p50"], ...change };
}

/** How slow each start is, as a factor of 5 ms a token; by its request and its index among all starts. */
type Speed = (launch: LaunchRequest, start: number) => number;

interface Staged {
  readonly speed?: Speed;
  readonly policy?: Partial<GatePolicy>;
  readonly config?: Config;
  readonly launcher?: FakeLauncher;
  readonly baseline?: readonly ResultsFile[];
  readonly base?: BaseSide | undefined;
  readonly signal?: AbortSignal;
  readonly phases?: readonly string[];
  readonly onStart?: (start: number) => void;
}

function stage(staged: Staged = {}) {
  const { speed = () => 1, launcher = fakeLauncher(), config = configOf(), onStart } = staged;
  const clock = fakeClock();
  const events: ProgressEvent[] = [];
  const connect = ({ url }: { readonly url: string }) => {
    const start = Number(url.slice(-1)) + 10 * Number(url.slice(-2, -1));
    onStart?.(start);
    // Refused starts have a request and no server.
    const served = launcher.requests.filter((_request, index) => !launcher.refused.includes(index));
    const launch = served[start] as LaunchRequest;
    return fakeClient(clock, () => ({ itlMs: 5 * speed(launch, start) }));
  };
  const ports = {
    ...{ launcher, connect, clock },
    host: { describe: async () => ({ fingerprint: "one GPU" }) },
    progress: { report: (event: ProgressEvent) => void events.push(event) },
  };
  const policy = policyOf(staged.policy);
  const base = "base" in staged ? staged.base : { config, folders: new Map<string, string>() };
  const saves: ResultsFile[] = [];
  const options = {
    signal: staged.signal ?? new AbortController().signal,
    nonce: "123456789012",
    save: async (results: ResultsFile) => void saves.push(results),
  };
  const run = async () => {
    const baseline = staged.baseline ?? (await historyOf(config));
    const phases = staged.phases ?? ["paged"];
    const gating = { baseline, policy, phases, ...(base === undefined ? {} : { base }) };
    const outcome = await measureCandidate({ config, gating }, ports, options);
    const comparison = judgeRun({ baseline, candidate: outcome.results, policy, gatedPhases: phases });
    return { ...outcome, comparison };
  };
  const builds = () => launcher.requests.map(({ build }) => build);
  return { launcher, events, saves, builds, run };
}

/** Five runs of the same fake at its usual speed, a day apart. */
async function historyOf(config: Config): Promise<readonly ResultsFile[]> {
  const runs: ResultsFile[] = [];
  for (const [day, factor] of [1, 1.004, 0.997, 1.002, 0.999].entries()) {
    const clock = fakeClock();
    const ports = {
      launcher: fakeLauncher(),
      connect: () => fakeClient(clock, () => ({ itlMs: 5 * factor })),
      clock,
      host: { describe: async () => ({ fingerprint: "one GPU" }) },
      progress: { report: () => undefined },
    };
    const options = { signal: new AbortController().signal, nonce: "123456789012" };
    const { results } = await measureCandidate({ config }, ports, options);
    runs.push({ ...results, createdAt: `2025-12-0${day + 1}T00:00:00Z` });
  }
  return runs;
}

const slowCandidate: Speed = ({ build }) => (build === "candidate" ? 1.1 : 1);
const [base, candidate] = ["base", "candidate"] as const;

describe("where the base build can be started", () => {
  test("a candidate that looks as ever is not measured again", async () => {
    const { run, builds } = stage();
    const { results, comparison } = await run();
    expect(builds()).toEqual([candidate, candidate]);
    expect(results).toMatchObject({ method: "confirm", confirmEnded: "decided" });
    expect(comparison.verdict).toBe("pass");
  });

  test("one that looks slower is measured in turns, and fails after the first look", async () => {
    const { run, builds, launcher, events } = stage({ speed: slowCandidate });
    const { results, comparison, confirmationMinutes } = await run();
    expect(builds().slice(2)).toEqual([base, candidate, candidate, base, base, candidate]);
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "regression" });
    const row = comparison.cells[0]?.metrics.find(({ metric }) => metric === "itl_p50");
    expect(row).toMatchObject({ stage: "confirmation", confirmation: { pairs: 3, worse: 3, look: 1 } });
    expect(results.cells[0]?.confirmation?.map(({ arm }) => arm)).toEqual(builds().slice(2));
    expect(confirmationMinutes).toBeGreaterThan(0);
    expect(launcher.servers.every(({ isStopped }) => isStopped())).toBe(true);
    expect(events).toContainEqual(
      expect.objectContaining({ kind: "confirming", look: 1, starts: 6, workloads: ["chat"] }),
    );
  });

  test("an hour in which the machine is slow is cleared: both builds are", async () => {
    const { run, builds } = stage({ speed: () => 1.08 });
    const { comparison } = await run();
    expect(builds()).toHaveLength(8);
    expect(comparison.verdict).toBe("pass");
    const row = comparison.cells[0]?.metrics.find(({ metric }) => metric === "itl_p50");
    expect(row).toMatchObject({
      finding: "unchanged",
      stage: "confirmation",
      screen: { change: expect.closeTo(0.08, 2) },
    });
  });

  test("what three pairs leave open gets three more, the other side first", async () => {
    const noise = [0, 0, 0, 0.09, 0.01, 0, 0, -0.02, 0, 0.02, 0.03, 0, 0, 0.01];
    const speed: Speed = ({ build }, start) => (build === base ? 1 : 1.035) + (noise[start] ?? 0);
    const { run, builds } = stage({ speed });
    await run();
    expect(builds().slice(2)).toEqual([
      ...[base, candidate, candidate, base, base, candidate],
      ...[candidate, base, base, candidate, candidate, base],
    ]);
  });

  test("only the workload that looks slower is measured again", async () => {
    const config = configOf({ workloads: [workload, long] });
    const baseline = (await historyOf(config)).map((run) => ({
      ...run,
      // What "long" took in the history is what it takes now: twice as long.
      cells: run.cells.map((cell) => (cell.workload === "long" ? halved(cell) : cell)),
    }));
    const { run, events } = stage({ config, baseline });
    await run();
    const looks = events.flatMap((event) => (event.kind === "confirming" ? [event.workloads] : []));
    expect(looks).toEqual([["long"]]);
  });

  test("a loss of more than twice ends the trials after the first", async () => {
    const { run, builds } = stage({ speed: ({ build }) => (build === candidate ? 2.5 : 1), base: undefined });
    const { results, comparison } = await run();
    expect(builds()).toEqual([candidate]);
    expect(results.status).toBe("accepted");
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "regression" });
  });

  test("the base is started with its own arguments", async () => {
    const own: PhaseConfig = { ...phase, server: { ...server, args: ["--old"] } };
    const { run, launcher } = stage({
      speed: slowCandidate,
      base: { config: configOf({ phases: [own] }), folders: new Map([["paged", "/builds/base"]]) },
    });
    await run();
    const started = launcher.requests.map(({ build, args, folder }) => ({ build, args, folder }));
    expect(started[2]).toEqual({ build: base, args: ["--old"], folder: "/builds/base" });
    expect(started[3]).toEqual({ build: candidate, args: [], folder: undefined });
  });
});

describe("a confirmation that cannot be brought to its end", () => {
  test("out of time is inconclusive, and said so", async () => {
    const { run, builds } = stage({ speed: slowCandidate, policy: { confirmMaxMinutes: 0.7 } });
    const { results, comparison } = await run();
    expect(results.confirmEnded).toBe("time");
    expect(builds().length).toBeLessThan(8);
    expect(comparison).toMatchObject({ verdict: "inconclusive", cause: "not-confirmed" });
    expect(comparison.warnings).toContainEqual({ kind: "confirmation-time", values: { minutes: 0.7 } });
  });

  test("a base build that does not serve is given up after its second start", async () => {
    const refusal = (index: number) =>
      index >= 2 && [2, 5, 6].includes(index) ? new GateError("server", "server: exited with code 3\nlog") : undefined;
    const { run, builds } = stage({ speed: slowCandidate, launcher: fakeLauncher(refusal) });
    const { results, comparison, failure } = await run();
    expect(failure).toBeUndefined();
    expect(builds().slice(2)).toEqual([base, candidate, candidate, base]);
    expect(results.cells[0]?.confirmation?.[0]).toMatchObject({
      arm: base,
      trial: { valid: false, invalidReason: "server: exited with code 3" },
    });
    expect(comparison).toMatchObject({ verdict: "inconclusive", cause: "not-confirmed" });
  });

  test("a base command that cannot be started is the config's fault; the trials are kept", async () => {
    const fault = new GateError("config", 'config: server.base-command starts "x", which was not found');
    const { run, saves } = stage({
      speed: slowCandidate,
      launcher: fakeLauncher((index) => (index === 2 ? fault : undefined)),
    });
    const { failure, results } = await run();
    expect(failure).toBe(fault);
    expect(results.cells[0]?.trials).toHaveLength(2);
    expect(saves.at(-1)?.cells[0]?.trials).toHaveLength(2);
  });

  test("a fault of the machine is no evidence about a build: the run ends, and what was measured is kept", async () => {
    const fault = new GateError("host", "server: port 9000 already answers");
    const { run, builds } = stage({
      speed: slowCandidate,
      launcher: fakeLauncher((index) => (index === 3 ? fault : undefined)),
    });
    const { failure, results } = await run();
    expect(failure).toBe(fault);
    expect(builds()).toHaveLength(4);
    expect(results.cells[0]?.confirmation?.map(({ arm }) => arm)).toEqual([base]);
    expect(results).not.toHaveProperty("confirmEnded");
  });

  test("a phase whose base does not serve leaves the others their confirmation", async () => {
    const second: PhaseConfig = { ...phase, id: "other", title: "Other" };
    const config = configOf({ phases: [phase, second] });
    const died = new GateError("server", "server: exited with code 3");
    // Starts 0 to 3 are the trials; the first phase's block begins with start 4.
    const launcher = fakeLauncher((index) => (index === 4 || index === 7 ? died : undefined));
    const { run, builds } = stage({ speed: slowCandidate, config, launcher, phases: ["paged", "other"] });
    const { results } = await run();
    expect(builds().slice(4)).toEqual([
      ...[base, candidate, candidate, base],
      ...[base, candidate, candidate, base, base, candidate],
    ]);
    expect(results.cells.map(({ confirmation = [] }) => confirmation.length).sort()).toEqual([4, 6]);
  });

  test("a base in its worktree that does not serve is not trusted the next time", async () => {
    const died = new GateError("server", "server: exited with code 3");
    const told: string[] = [];
    const side: BaseSide = {
      config: configOf(),
      folders: new Map([["paged", "/builds/base"]]),
      distrust: async (folder) => void told.push(folder),
    };
    const launcher = fakeLauncher((index) => (index === 2 ? died : undefined));
    await stage({ speed: slowCandidate, launcher, base: side }).run();
    expect(told).toEqual(["/builds/base"]);
  });

  test("a candidate that dies in its arm counts as failed requests", async () => {
    const died = new GateError("server", "server: exited with code 139");
    const launcher = fakeLauncher((index) => (index === 3 || index === 4 ? died : undefined));
    const { run } = stage({ speed: slowCandidate, launcher });
    const { comparison } = await run();
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "errors" });
  });

  test("a cancelled run keeps what was measured, and stops its server", async () => {
    const abort = new AbortController();
    const { run, launcher } = stage({
      speed: slowCandidate,
      signal: abort.signal,
      onStart: (start) => {
        if (start === 4) abort.abort();
      },
    });
    const { failure, results } = await run();
    expect(failure?.message).toContain("cancelled");
    expect(results.cells[0]?.confirmation).toHaveLength(2);
    expect(launcher.servers.every(({ isStopped }) => isStopped())).toBe(true);
  });
});

describe("measured in turns from the start", () => {
  test("there are arms and no trials, and what the report says of the server is the candidate's", async () => {
    const { run, builds } = stage({ speed: slowCandidate, policy: { method: "paired" }, baseline: [] });
    const { results, comparison } = await run();
    expect(builds()).toEqual([base, candidate, candidate, base, base, candidate]);
    expect(results).toMatchObject({ method: "paired", cells: [{ trials: [], workload: "chat" }] });
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "regression", baselineRuns: 0 });
  });

  test("a first base arm that dies drops its own pair and no other", async () => {
    const died = new GateError("server", "server: exited with code 3");
    const launcher = fakeLauncher((index) => (index === 0 ? died : undefined));
    const { run, builds } = stage({ policy: { method: "paired" }, baseline: [], launcher });
    const { results } = await run();
    expect(builds()).toEqual([base, candidate, candidate, base, base, candidate]);
    const arms = results.cells[0]?.confirmation ?? [];
    expect(arms.map(({ arm, trial }) => [arm, trial.valid])).toEqual([
      [base, false],
      ...[candidate, candidate, base, base, candidate].map((arm) => [arm, true]),
    ]);
  });

  test("equal builds pass", async () => {
    const { run } = stage({ policy: { method: "paired" }, baseline: [] });
    expect((await run()).comparison).toMatchObject({ verdict: "pass", exitReason: "ok" });
  });
});

function halved(cell: ResultsFile["cells"][number]): ResultsFile["cells"][number] {
  const trials = cell.trials.map(({ requests: _dropped, summary, ...trial }) => ({
    ...trial,
    summary: Object.fromEntries(
      Object.entries(summary ?? {}).map(([metric, value = 0]) => [metric, metric === "itl_p50" ? value / 2 : value]),
    ),
  }));
  return { ...cell, trials };
}

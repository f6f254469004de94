/** The whole way on a real engine: llama.cpp in a process of its own, measured and gated by the bundled CLI. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { stringify } from "yaml";
import type { ComparedCell, Comparison } from "../../src/core/model/comparison.ts";
import type { Cell, ResultsFile } from "../../src/core/model/results.ts";
import type { AnsweredTrace } from "../../src/core/model/trace.ts";
import { runCli } from "../fakes/cli.ts";
import { killProcessesWith, processesWith, until } from "../fakes/processes.ts";
import { llamaCppServerCommand } from "./llama-cpp/setup.ts";

// A first run installs the engine's packages.
jest.setTimeout(240_000);

let folder: string;
let command: readonly string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "llama-cpp-"));
  ({ command } = await llamaCppServerCommand());
});
/** The CLI has the folder in its environment as HOME, each server as its mark. */
afterAll(async () => {
  await killProcessesWith(folder);
  await rm(folder, { recursive: true, force: true });
});

const path = (name: string) => join(folder, name);
const read = async <T>(name: string) => JSON.parse(await readFile(path(name), "utf8")) as T;
const cli = (...args: readonly string[]) => runCli(args, { cwd: folder });
/** In the environment of a server and of all that it starts. */
const serverMark = () => ({ LLAMA_CPP_OF_TEST: folder });
const servers = () => processesWith(`LLAMA_CPP_OF_TEST=${folder}`);

async function writeConfig(name: string, config: object): Promise<string> {
  await writeFile(path(name), stringify(config));
  return path(name);
}
const started = (...flags: readonly string[]) => ({ command: [...command, ...flags], env: { set: serverMark() } });

const trialsOf = ({ cells }: ResultsFile) => cells.flatMap((cell) => cell.trials);
const answered = (cell: Cell | undefined) =>
  cell?.trials.flatMap(({ requests = [] }) => requests.filter((one): one is AnsweredTrace => one.outcome === "ok")) ??
  [];

const batch = {
  ...{ name: "batch", requests: 16, warmup: 1 },
  ...{ "prompt-tokens": 96, "output-tokens": 24, arrivals: { process: "concurrency", concurrency: 8 } },
};
/** The built-in one, sooner over. */
const staggered = {
  ...{ name: "continuous_batching", requests: 10, warmup: 0 },
  ...{ "output-tokens": [16, 24], arrivals: { process: "uniform", rate: 16 } },
};

describe("run with server.command", () => {
  let results: ResultsFile;
  let ran: Awaited<ReturnType<typeof runCli>>;
  let home: string;
  let serversWhileMeasuring = 0;
  beforeAll(async () => {
    const prose = { ...batch, name: "prose", requests: 8, warmup: 1, "prompt-tokens": 1000, "output-tokens": 8 };
    const config = await writeConfig("run.yml", {
      // Without a floor an answer takes 15 ms, and a client short of processor time sends the next one after it.
      server: started("--slow-decode-ms", "8"),
      workloads: [batch, staggered, prose],
    });
    home = await mkdtemp(path("home-"));
    ran = await runCli(["run", "-c", config, "-o", path("run.json"), "--trials", "1"], {
      cwd: home,
      onStderr: (text) => {
        if (text.includes("server ready")) serversWhileMeasuring ||= servers().length;
      },
    });
    results = await read<ResultsFile>("run.json");
  });
  const cellOf = (workload: string) => results.cells.find((cell) => cell.workload === workload);

  test("measures the engine it has started, under its own names", () => {
    expect(ran).toMatchObject({ code: 0, stdout: "" });
    expect(serversWhileMeasuring).toBeGreaterThan(0);
    for (const cell of results.cells) {
      expect(cell).toMatchObject({ phase: "default", model: "tiny-llama", server: { backend: "llama-cpp" } });
      expect(cell.trials).toEqual([expect.objectContaining({ tokenSource: "usage", loadMs: expect.any(Number) })]);
    }
    expect(new Set(trialsOf(results).map(({ boot }) => boot)).size).toBe(1);
  });

  test("every request is answered to its length, one chunk a token", () => {
    expect(results.cells.map((cell) => answered(cell).length)).toEqual([16, 10, 8]);
    for (const request of results.cells.flatMap(answered)) {
      expect(request).toMatchObject({ finishReason: "length" });
      expect(request.tokenGapsMs).toHaveLength(request.outputTokens - 1);
      expect(request).not.toHaveProperty("tokensPerChunk");
    }
    expect(answered(cellOf("batch")).map(({ outputTokens }) => outputTokens)).toEqual(Array(16).fill(24));
    expect(answered(cellOf("prose")).map(({ outputTokens }) => outputTokens)).toEqual(Array(8).fill(8));
    for (const { outputTokens } of answered(cellOf("continuous_batching"))) {
      expect(outputTokens).toBeGreaterThanOrEqual(16);
      expect(outputTokens).toBeLessThanOrEqual(24);
    }
  });

  test("the engine has counted the same tokens, and batched them", () => {
    const metrics = cellOf("batch")?.trials[0]?.serverMetrics;
    expect(metrics?.["llamacpp:tokens_predicted_total"]).toBe(16 * 24);
    expect(metrics?.["generation_tokens"]).toBe(16 * 24);
    expect(metrics?.["llamacpp:n_busy_slots_per_decode"]).toBeGreaterThan(2);
  });

  test("prompts are as long as planned, in the tokens of this model", () => {
    const lengths = answered(cellOf("prose")).map(({ promptTokens }) => promptTokens ?? 0);
    const mean = lengths.reduce((sum, tokens) => sum + tokens, 0) / lengths.length;
    // At the usual 4 characters a token they would have 1,290.
    expect(Math.abs(mean / 1000 - 1)).toBeLessThan(0.05);
    expect(Math.max(...lengths.map((tokens) => Math.abs(tokens / 1000 - 1)))).toBeLessThan(0.1);
  });

  test("leaves no process, no open port and no file behind", async () => {
    expect(servers()).toEqual([]);
    const url = /server ready .* at (http:\S+)/.exec(ran.stderr)?.[1] ?? "";
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await expect(fetch(`${url}/health`)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    const left = await readdir(home, { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual([]);
  });
});

test("a workload that does not fit the engine's context is refused before measuring, with both numbers", async () => {
  const config = await writeConfig("long.yml", {
    server: started(),
    workloads: [batch, { ...batch, name: "long", "prompt-tokens": 4000, "output-tokens": 100 }],
  });
  const ran = await cli("run", "-c", config, "-o", path("long.json"));
  expect(ran.code).toBe(2);
  expect(ran.stderr).toMatch(/workload long asks for up to 4,?100 tokens.* a context of 4,?096\b/);
  expect(ran.stderr).not.toContain("tok/s");
  expect(servers()).toEqual([]);
});

/**
 * The floor under a decode step is what differs: 16 ms, or 32 for the slower build. On a busy machine a step takes some
 * milliseconds more on one day than on another, so this gate is told to look for a loss of a half: it takes a shift of 30 %
 * (0.6 of that) in three trials to fail, which 16 ms more are by far and the machine's own noise is not.
 */
describe("the gate on five recorded runs", () => {
  const recorded = ["base-1.json", "base-2.json", "base-3.json", "base-4.json", "base-5.json"];
  /** Of a trial in which the client was kept from the processor nothing counts, and a busy machine does that. */
  const leastRuns = 3;
  const withFloor = (name: string, ms: number) =>
    writeConfig(name, {
      server: started("--slow-decode-ms", `${ms}`),
      workloads: [batch, staggered],
      trials: 3,
      gate: { "min-effect": "50%" },
    });
  let equal: string;
  beforeAll(async () => {
    equal = await withFloor("equal.yml", 16);
    for (const name of recorded) {
      expect(await cli("run", "-c", equal, "--trials", "1", "-o", path(name))).toMatchObject({ code: 0 });
    }
  });

  const compared = async (candidate: string, output: string) => {
    const baseline = recorded.flatMap((name) => ["--baseline", path(name)]);
    const ran = await cli("compare", ...baseline, "--candidate", path(candidate), "-c", equal, "-o", path(output));
    return { ran, comparison: await read<Comparison>(output) };
  };
  const rowOf = (cell: ComparedCell, metric: string) => cell.metrics.find((row) => row.metric === metric);

  test("an equal candidate does not fail", async () => {
    expect(await cli("run", "-c", equal, "-o", path("equal.json"))).toMatchObject({ code: 0 });
    const { ran, comparison } = await compared("equal.json", "equal-comparison.json");
    expect(comparison.reason).not.toContain("regression:");
    expect(["pass", "inconclusive"]).toContain(comparison.verdict);
    expect(ran.code).toBe(0);
    expect(comparison.baselineRuns).toBeGreaterThanOrEqual(leastRuns);
    expect(comparison.cells.map(({ workload }) => workload)).toEqual(["batch", "continuous_batching"]);
    for (const cell of comparison.cells) {
      expect(rowOf(cell, "itl_p50")).toMatchObject({ gated: true });
      expect(rowOf(cell, "error_rate")).toMatchObject({ finding: "unchanged", candidate: 0 });
    }
  });

  test("a build whose tokens come slower fails, and its comment names the latency between tokens", async () => {
    const slower = await withFloor("slower.yml", 32);
    expect(await cli("run", "-c", slower, "-o", path("slower.json"))).toMatchObject({ code: 0 });
    const { ran, comparison } = await compared("slower.json", "slower-comparison.json");
    expect(comparison).toMatchObject({ verdict: "fail", exitReason: "regression" });
    expect(comparison.baselineRuns).toBeGreaterThanOrEqual(leastRuns);
    expect(ran.code).toBe(1);
    const batched = comparison.cells.find(({ workload }) => workload === "batch");
    expect(batched && rowOf(batched, "itl_p50")).toMatchObject({ gated: true, finding: "regressed" });
    expect(new Set(trialsOf(await read<ResultsFile>("slower.json")).map(({ boot }) => boot)).size).toBe(3);

    const report = ["report", "--style", "pr-comment", "--comparison", path("slower-comparison.json"), "-c", slower];
    for (const language of ["en", "ru"]) {
      const comment = await cli(...report, "--language", language, path("slower.json"));
      expect(comment.code).toBe(0);
      expect(comment.stdout).toMatch(/^### ❌ `(batch|continuous_batching)`[\s\S]*\| ITL P50, (ms|мс) +\| +❌ /);
    }
  });
});

describe("a server that runs already", () => {
  let server: ChildProcess;
  let url: string;
  beforeAll(async () => {
    const [program = "", ...words] = command.map((word) => (word === "{{port}}" ? "0" : word));
    server = spawn(program, words, { env: { PATH: process.env["PATH"] ?? "", ...serverMark() } });
    let log = "";
    for (const stream of [server.stdout, server.stderr]) {
      stream?.on("data", (chunk) => {
        log += chunk;
      });
    }
    await until("the server is healthy", async () => {
      url = /listening on (\S+)/.exec(log)?.[1] ?? "";
      return url !== "" && (await fetch(`${url}/health`)).ok;
    });
  });

  const few = { ...batch, requests: 8, warmup: 1, "output-tokens": 16 };
  const measured = { workloads: [few], trials: 2 };

  test.each([
    ["server.url", () => ({ server: { url }, ...measured }), () => []],
    ["--url", () => measured, () => ["--url", url]],
  ])("is measured by %s alone as one boot, and runs on", async (name, config, flags) => {
    const file = await writeConfig(`${name}.yml`, config());
    const ran = await cli("run", "-c", file, ...flags(), "-o", path(`${name}.json`));
    expect(ran).toMatchObject({ code: 0 });

    const results = await read<ResultsFile>(`${name}.json`);
    const trials = trialsOf(results);
    expect(trials.map(({ requests }) => requests?.map(({ outcome }) => outcome))).toEqual(
      Array(2).fill(Array(8).fill("ok")),
    );
    expect(new Set(trials.map(({ boot }) => boot)).size).toBe(1);
    expect(trials[0]).not.toHaveProperty("loadMs");
    expect(results.cells[0]?.server).toMatchObject({ url, backend: "llama-cpp" });

    expect(server.exitCode).toBeNull();
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: "ok" });
  });

  test("its trials count as one, and the comparison says so", async () => {
    const results = await read<ResultsFile>("server.url.json");
    // A trial that is void, as on a busy machine some are, would not count at all.
    const counted = results.cells.map((cell) => ({
      ...cell,
      trials: cell.trials.map(({ invalidReason: _, ...trial }) => ({ ...trial, valid: true })),
    }));
    await writeFile(path("counted.json"), JSON.stringify({ ...results, cells: counted }));
    const compared = await cli("compare", "--baseline", path("counted.json"), "--candidate", path("counted.json"));
    const oneBoot = { kind: "one-boot", values: { trials: 2, boots: 1 } };
    expect((JSON.parse(compared.stdout) as Comparison).warnings).toContainEqual(expect.objectContaining(oneBoot));
  });
});

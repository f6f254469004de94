import { existsSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import type { Comparison } from "../../src/core/model/comparison.ts";
import type { ResultsFile } from "../../src/core/model/results.ts";
import { engineCommand, runCli } from "../fakes/cli.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const chat = { name: "chat", requests: 6, warmup: 1, "prompt-tokens": 64, "output-tokens": 24, arrivals: "burst" };
const path = (name: string) => join(folder, name);
const read = async <T>(name: string) => JSON.parse(await readFile(path(name), "utf8")) as T;

async function writeConfig(name: string, config: object): Promise<string> {
  await writeFile(path(name), stringify(config));
  return path(name);
}
const withServer = (command: readonly string[], more: object = {}) =>
  writeConfig("gate.yml", { server: { command, "ready-timeout": "20s" }, workloads: [chat], trials: 1, ...more });
const cells = (results: ResultsFile) => results.cells.map((cell) => cell.trials.length);

describe("run", () => {
  test("measures on fresh server starts, and compare takes what it wrote", async () => {
    const config = await withServer(engineCommand(), { trials: 2 });
    const ran = await runCli(["run", "-c", config, "-o", path("results.json")], { cwd: folder });
    expect(ran).toMatchObject({ code: 0, stdout: "" });
    const results = await read<ResultsFile>("results.json");
    const trials = results.cells[0]?.trials ?? [];
    expect(new Set(trials.map(({ boot }) => boot)).size).toBe(2);
    expect(trials.flatMap(({ requests }) => requests?.map(({ outcome }) => outcome) ?? [])).toEqual(
      Array(12).fill("ok"),
    );
    expect(trials[0]?.tokenSource).toBe("usage");
    const compared = await runCli(
      [
        "compare",
        "--baseline",
        path("results.json"),
        "--candidate",
        path("results.json"),
        "-o",
        path("comparison.json"),
      ],
      { cwd: folder },
    );
    expect(compared.code).toBe(0);
    expect(await read<Comparison>("comparison.json")).toMatchObject({ schema: "serving-gate/comparison@1" });
  });

  test("takes only what the filters name", async () => {
    const config = await withServer(engineCommand(), { workloads: [chat, { ...chat, name: "other" }] });
    const ran = await runCli(["run", "-c", config, "--workload", "other", "--trials", "1"], { cwd: folder });
    expect((JSON.parse(ran.stdout) as ResultsFile).cells.map(({ workload }) => workload)).toEqual(["other"]);
  });

  test("refuses a workload that does not fit the context before it measures, with both numbers", async () => {
    const config = await withServer(engineCommand("--max-model-len", "512"), {
      workloads: [chat, { ...chat, name: "long", "prompt-tokens": 1000, "output-tokens": 100 }],
    });
    const ran = await runCli(["run", "-c", config], { cwd: folder });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/long[\s\S]*1,?[01]\d\d[\s\S]*512/);
    expect(ran.stdout).not.toMatch(/"trials":\[\{/);
  });
});

describe("bad input is one clear message and exit code 2", () => {
  test("an unknown workload and a rate of fast, both at once, with their lines", async () => {
    await writeFile(
      path("gate.yml"),
      [
        "server: { url: http://127.0.0.1:1 }",
        "workloads:",
        "  - basline",
        "  - name: mine",
        "    requests: 4",
        "    prompt-tokens: 8",
        "    output-tokens: 8",
        "    arrivals: { process: poisson, rate: fast }",
      ].join("\n"),
    );
    const ran = await runCli(["run", "-c", path("gate.yml")], { cwd: folder });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/workloads\[0\] is "basline".*baseline.*gate\.yml:3\)/);
    expect(ran.stderr).toMatch(/workloads\[1\]\.arrivals\.rate is "fast"; expected .*gate\.yml:8\)/);
    expect(ran.stderr).not.toMatch(/\n\s+at /);
  });

  test("a server that exits at once: its exit code and last words", async () => {
    const config = await withServer([
      process.execPath,
      "-e",
      "console.error('no such GPU'); process.exit(3)",
      "{{port}}",
    ]);
    const ran = await runCli(["run", "-c", config, "-o", path("r.json")], { cwd: folder });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/exit(ed)?.*3[\s\S]*no such GPU/);
    expect(ran.stderr).not.toMatch(/\n\s+at .*\.js/);
  });

  test("a server that never gets ready: how long it was waited for, and which key raises it", async () => {
    const config = await writeConfig("gate.yml", {
      server: {
        command: [process.execPath, "-e", "setInterval(() => {}, 1000); console.log('still thinking')", "{{port}}"],
        "ready-timeout": "1s",
      },
      workloads: [chat],
    });
    const ran = await runCli(["run", "-c", config], { cwd: folder });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/not ready after 1\.\d s[\s\S]*still thinking/);
    expect(ran.stderr).toMatch(/ready-timeout/);
  });

  test("a server that dies while it is measured: what was measured is saved and named", async () => {
    const config = await withServer(engineCommand("--crash-after", "18"), {
      workloads: [chat, { ...chat, name: "second" }],
      trials: 2,
    });
    const ran = await runCli(["run", "-c", config, "-o", path("r.json")], { cwd: folder });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(`What was measured before is in ${path("r.json")}.`);
    const results = await read<ResultsFile>("r.json");
    const requests = results.cells.flatMap((cell) => cell.trials.flatMap((trial) => trial.requests ?? []));
    expect(requests.filter(({ outcome }) => outcome === "ok").length).toBeGreaterThanOrEqual(6);
    expect(requests.some((request) => request.outcome === "error" && request.error.kind === "connect")).toBe(true);
    expect(cells(results).every((trials) => trials === 1)).toBe(true);
  });

  test("an output that cannot be written is found before a server starts", async () => {
    await writeFile(path("file"), "");
    const config = await withServer([
      process.execPath,
      "-e",
      `require('fs').writeFileSync(${JSON.stringify(path("started"))}, '')`,
      "{{port}}",
    ]);
    const ran = await runCli(["run", "-c", config, "-o", join(path("file"), "r.json")], { cwd: folder });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/r\.json cannot be written: a part of the path is a file/);
    expect(existsSync(path("started"))).toBe(false);
  });

  test("an output that becomes unwritable meanwhile costs no results", async () => {
    const config = await withServer(engineCommand(), { trials: 2 });
    const ran = await runCli(["run", "-c", config, "-o", join(path("out"), "r.json")], {
      cwd: folder,
      onStderr: () => {
        rmSync(path("out"), { recursive: true, force: true });
        writeFileSync(path("out"), "");
      },
    });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/r\.json cannot be written: a part of the path is a file/);
    const spare = /What was measured before is in (.+)\.\n/.exec(ran.stderr)?.[1] ?? "";
    expect(cells(JSON.parse(await readFile(spare, "utf8")))).toEqual([1]);
    await rm(spare);
  });

  test("a baseline cut in half is named, and left as it is", async () => {
    const config = await withServer(engineCommand());
    await runCli(["run", "-c", config, "-o", path("whole.json")], { cwd: folder });
    const whole = await readFile(path("whole.json"));
    await writeFile(path("cut.json"), whole.subarray(0, whole.length / 2));
    const ran = await runCli(["compare", "--baseline", path("cut.json"), "--candidate", path("whole.json")], {
      cwd: folder,
    });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/ends in the middle.*cut\.json/);
    expect((await readFile(path("cut.json"))).length).toBe(Math.floor(whole.length / 2));
  });

  test.each([
    [["frobnicate"], /"frobnicate" is not a command; expected one of demo, run, compare/],
    [["run", "--trials", "none"], /--trials is "none"; expected a whole number/],
    [["run", "-c", "nowhere.yml"], /nowhere\.yml cannot be read: no such file/],
    [["compare"], /--baseline is missing[\s\S]*--candidate is missing/],
    [["report"], /--style is missing[\s\S]*no results file/],
    [["demo", "--regress", "everything"], /--regress is "everything"/],
    [["serve", "--port", "many"], /port.*many/],
    [["baseline", "burn"], /expected list, add, prune or calibrate/],
  ])("%j", async (args, message) => {
    const ran = await runCli(args, { cwd: folder });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).not.toMatch(/\n\s+at /);
  });
});

test.each(["SIGINT", "SIGHUP"] as const)(
  "a run cancelled by %s stops its server and keeps what it measured",
  async (name) => {
    const config = await withServer(engineCommand(), {
      workloads: [chat, { ...chat, name: "endless", requests: 400, "output-tokens": 200, arrivals: "sequential" }],
    });
    let cancelled = false;
    const ran = await runCli(["run", "-c", config, "-o", path("r.json")], {
      cwd: folder,
      onStderr: (text, kill) => {
        if (/chat {10}.*tok\/s/.test(text) && !cancelled) kill(name);
        cancelled ||= /chat {10}.*tok\/s/.test(text);
      },
    });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/cancelled before its plan was carried out/);
    expect((await read<ResultsFile>("r.json")).cells.map(({ workload }) => workload)).toContain("chat");
    const url = /at (http:\S+)/.exec(ran.stderr)?.[1] ?? "";
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  },
);

test("validate prints the plan", async () => {
  const ran = await runCli(["validate", "-c", await withServer(engineCommand(), { trials: 3 })], { cwd: folder });
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.stdout).toMatch(/3 trials, 3 server starts/);
  expect(ran.stdout).toMatch(/chat: 6 requests/);
});

test("baseline add stores a run whole or as summaries, and list shows it", async () => {
  const config = await withServer(engineCommand(), { baseline: { store: "dir", path: path("store") } });
  await runCli(["run", "-c", config, "-o", path("r.json")], { cwd: folder });
  const added = await runCli(["baseline", "add", path("r.json"), "-c", config, "--summary-only"], { cwd: folder });
  expect(added.code).toBe(0);
  expect(existsSync(added.stdout.trim())).toBe(true);
  const listed = await runCli(["baseline", "list", "-c", config], { cwd: folder });
  expect(listed.stdout).toMatch(/accepted.*1 cell × 1 trial /);
  const compared = await runCli(["compare", "--baseline", path("store"), "--candidate", path("r.json")], {
    cwd: folder,
  });
  expect(JSON.parse(compared.stdout)).toMatchObject({ baselineRuns: 1 });
});

test.each(["en", "ru"])("report renders saved files in %s", async (language) => {
  const config = await withServer(engineCommand());
  await runCli(["run", "-c", config, "-o", path("r.json")], { cwd: folder });
  await runCli(["compare", "--baseline", path("r.json"), "--candidate", path("r.json"), "-o", path("c.json")], {
    cwd: folder,
  });
  const args = ["report", "--language", language, "-c", config];
  const log = await runCli([...args, "--style", "serving-log", path("r.json")], { cwd: folder });
  const comment = await runCli([...args, "--style", "pr-comment", "--comparison", path("c.json"), path("r.json")], {
    cwd: folder,
  });
  expect([log.code, comment.code]).toEqual([0, 0]);
  expect(log.stdout).toMatch(language === "en" ? /Throughput \(tok\/s\)/ : /Метрика/);
  expect(comment.stdout).toMatch(/^### /);
  const alone = await runCli([...args, "--style", "pr-comment", path("r.json")], { cwd: folder });
  expect(alone.stdout).toMatch(language === "en" ? /^### ⚪ Measured, not compared/ : /^### ⚪ Измерено/);
});

test("an empty folder as baseline is a first baseline", async () => {
  const config = await withServer(engineCommand());
  await runCli(["run", "-c", config, "-o", path("r.json")], { cwd: folder });
  const empty = await mkdtemp(join(folder, "empty-"));
  expect(await readdir(empty)).toEqual([]);
  const compared = await runCli(["compare", "--baseline", empty, "--candidate", path("r.json")], { cwd: folder });
  expect(compared.code).toBe(0);
  expect(JSON.parse(compared.stdout)).toMatchObject({ verdict: "pass", exitReason: "first-baseline" });
});

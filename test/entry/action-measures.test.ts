import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { parseResults } from "../../src/core/model/result-file.ts";
import { type FakeGitHub, startFakeGitHub } from "../fakes/fake-github.ts";
import { type Job, type StepOptions, startJob } from "../fakes/runner.ts";

/** dist/action.js as the runner runs it, with the embedded engine as the server under test. */
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const repo = { full_name: "o/r" };
const pullRequest: StepOptions = {
  event: "pull_request",
  ref: "refs/pull/7/merge",
  payload: {
    number: 7,
    pull_request: { number: 7, head: { sha: "a".repeat(40), repo }, base: { ref: "main", sha: "b".repeat(40), repo } },
    repository: { default_branch: "main" },
  },
  inputs: { config: "gate.yml" },
};
const push: StepOptions = {
  event: "push",
  ref: "refs/heads/main",
  payload: { repository: { default_branch: "main" } },
  inputs: { config: "gate.yml" },
};

let github: FakeGitHub;
let job: Job;

beforeEach(async () => {
  github = await startFakeGitHub({ tokens: { job: "github-actions[bot]" }, issues: [7] });
  job = startJob({ apiUrl: github.apiUrl });
});

afterEach(async () => {
  job[Symbol.dispose]();
  await github[Symbol.asyncDispose]();
  expect(github.violations).toEqual([]);
});

function configure({ requests = 8, timeScale = 0.05, trials = 1, crashAfter = 0 } = {}): void {
  const crash = crashAfter === 0 ? [] : ["--crash-after", String(crashAfter)];
  const command = [process.execPath, cli, "serve", "--port", "{{port}}", "--time-scale", String(timeScale), ...crash];
  const workload = {
    name: "tiny",
    requests,
    warmup: 1,
    "prompt-tokens": 64,
    "output-tokens": 32,
    arrivals: { process: "concurrency", concurrency: 4 },
  };
  writeFileSync(
    join(job.workspace, "gate.yml"),
    JSON.stringify({ server: { command }, workloads: [workload], trials }),
  );
}

function resultsAt(path: string | undefined) {
  const parsed = parseResults(readFileSync(path ?? "", "utf8"), "results.json");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.results;
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    () => true,
    () => false,
  );
}

const readyAt = /server ready .* at (http:\S+)/;

test("a push to the default branch is measured and recorded, and its server is stopped", async () => {
  configure();
  const end = await job.run({ ...push, runId: "41" });
  expect({ ...end.outputs, log: end.log }).toMatchObject({ verdict: "pass" });
  expect(end.code).toBe(0);
  expect(readdirSync(join(job.home, ".serving-gate", "o", "r"))).toHaveLength(1);
  const results = resultsAt(end.outputs["results-path"]);
  expect(results.source).toMatchObject({ repository: "o/r", ref: "refs/heads/main", runId: "41" });
  expect(results.cells[0]?.trials[0]?.requests).toHaveLength(8);
  expect(await answers(readyAt.exec(end.log)?.[1] ?? "")).toBe(false);
});

test("a pull request is measured and gets its comment", async () => {
  configure();
  const end = await job.run(pullRequest);
  expect({ ...end.outputs, log: end.log }).toMatchObject({ verdict: "pass" });
  expect(end.code).toBe(0);
  expect(github.comments).toHaveLength(1);
  expect(resultsAt(end.outputs["results-path"]).source).toMatchObject({ sha: "a".repeat(40), pullRequest: 7 });
});

/**
 * The engine's speed stands in a file of the repository, which the start script reads: so what a pull request changes is
 * the code under test, and the base build has to come from git.
 */
function commitEngine(): void {
  const start = `import { readFileSync } from "node:fs";
import { spawn } from "node:child_process";
const slowdown = readFileSync("built.txt", "utf8").trim();
const more = slowdown === "none" ? [] : ["--slowdown", slowdown];
const words = [${JSON.stringify(cli)}, "serve", "--time-scale", "0.3", ...process.argv.slice(2), ...more];
const child = spawn(process.execPath, words, { stdio: "inherit" });
child.on("exit", (code) => process.exit(code ?? 1));
`;
  const workload = {
    name: "tiny",
    requests: 8,
    warmup: 1,
    "prompt-tokens": 64,
    "output-tokens": 48,
    arrivals: { process: "concurrency", concurrency: 4 },
  };
  const config = {
    server: {
      command: [process.execPath, "start.mjs", "--port", "{{port}}"],
      build: [process.execPath, "-e", 'require("fs").copyFileSync("speed.txt", "built.txt")'],
    },
    workloads: [workload],
    gate: { blocking: ["itl_p50"], confirm: { "max-minutes": 5 } },
  };
  writeFileSync(join(job.workspace, "start.mjs"), start);
  writeFileSync(join(job.workspace, "gate.yml"), JSON.stringify(config));
  writeFileSync(join(job.workspace, "speed.txt"), "none");
  writeFileSync(join(job.workspace, "built.txt"), "none");
  writeFileSync(join(job.workspace, ".gitignore"), "built.txt\n");
  git("init", "--quiet", "--initial-branch=main");
  git("add", ".");
  git("commit", "--quiet", "-m", "main");
}

function git(...words: readonly string[]): string {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.test", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...identity, ...words], { cwd: job.workspace, encoding: "utf8" }).trim();
}

/** GitHub's merge of a branch that sets the engine's speed, checked out and built. */
function mergeOf(speed: string): StepOptions {
  git("checkout", "--quiet", "-b", "feature");
  writeFileSync(join(job.workspace, "speed.txt"), speed);
  git("commit", "--quiet", "-am", "change");
  const sha = git("rev-parse", "HEAD");
  git("checkout", "--quiet", "main");
  git("merge", "--quiet", "--no-ff", "-m", "merge", "feature");
  writeFileSync(join(job.workspace, "built.txt"), speed);
  const { payload } = pullRequest;
  const pull = { number: 7, head: { sha, repo }, base: { ref: "main", sha: "b".repeat(40), repo } };
  return { ...pullRequest, payload: { ...payload, pull_request: pull } };
}

test("a slower build is measured again in turns with the base, which is built from git; the base is built once", async () => {
  commitEngine();
  for (const runId of ["1", "2", "3"]) await job.run({ ...push, runId });
  const step = mergeOf("itl=60%");
  const end = await job.run(step);
  expect({ ...end.outputs, log: end.log }).toMatchObject({ verdict: "fail" });
  expect(end.code).toBe(1);
  expect(end.log).toMatch(/Base build of [0-9a-f]{12} \(first-parent\)/);
  expect(end.log.match(/base build, /g)).toHaveLength(3);
  expect(github.comments[0]?.body).toMatch(/slower in 3 of 3 pairs/);
  const results = resultsAt(end.outputs["results-path"]);
  expect(results).toMatchObject({ method: "confirm", confirmEnded: "decided" });
  expect(results.cells[0]?.confirmation).toHaveLength(6);
  expect((await job.run({ ...step, runId: "101" })).log).toContain("already built");
});

test("a server that ends at once is one clear message with its last words, which give the runner no orders", async () => {
  const script = 'console.log("::warning::gotcha"); console.error("out of memory"); process.exit(3)';
  writeFileSync(join(job.workspace, "server.js"), script);
  writeFileSync(join(job.workspace, "gate.yml"), 'server: { command: "node server.js {{port}}" }\n');
  const end = await job.run(pullRequest);
  expect(end).toMatchObject({ code: 1, outputs: { verdict: "error", "results-path": "" } });
  expect(end.annotations).toHaveLength(1);
  expect(end.annotations[0]).toMatch(/exited with code 3[\s\S]*out of memory/);
  expect(end.summary).toContain("out of memory");
  expect(github.comments).toMatchObject([{ body: expect.stringContaining("out of memory") }]);
});

test("a server that dies in the middle is an error, and what was measured before is named", async () => {
  // Eight requests find the length of prompts; of the workload some are answered, and some are not.
  configure({ requests: 16, trials: 2, crashAfter: 18 });
  const end = await job.run(pullRequest);
  expect({ ...end.outputs, log: end.log }).toMatchObject({ verdict: "error" });
  expect(end.code).toBe(1);
  expect(end.annotations).toHaveLength(1);
  const path = end.outputs["results-path"] ?? "";
  expect(end.annotations[0]).toContain(path);
  const outcomes = resultsAt(path).cells[0]?.trials[0]?.requests?.map(({ outcome }) => outcome);
  expect(outcomes).toEqual(expect.arrayContaining(["ok", "error"]));
});

test("results are kept and named when their file can no longer be written", async () => {
  configure({ trials: 2 });
  const step = job.start(pullRequest);
  await step.logged(/server ready/);
  mkdirSync(join(job.temp, "serving-gate", "results.json"));
  const end = await step.ended;
  expect(end).toMatchObject({ code: 1, outputs: { verdict: "error" } });
  expect(end.annotations[0]).toContain("cannot be written");
  const path = end.outputs["results-path"] ?? "";
  expect(end.annotations[0]).toContain(path);
  expect(resultsAt(path).cells[0]?.trials).toHaveLength(1);
});

test("a cancelled job stops its server and keeps what it measured", async () => {
  configure({ requests: 100, trials: 50 });
  const step = job.start(pullRequest);
  const [, url = ""] = await step.logged(/trial 2[\s\S]*?server ready .* at (http:\S+)/);
  step.process.kill("SIGINT");
  const end = await step.ended;
  expect(end).toMatchObject({ code: 1, outputs: { verdict: "error" } });
  expect(await answers(url)).toBe(false);
  const kept = resultsAt(end.outputs["results-path"]).cells[0]?.trials[0]?.requests ?? [];
  expect(kept.filter(({ outcome }) => outcome === "ok")).toHaveLength(100);
  expect(github.comments).toEqual([]);
  const after = await job.post();
  expect(after).toMatchObject({ code: 0, log: "" });
});

test("the post step stops the server of a step that was killed", async () => {
  configure({ requests: 2000, timeScale: 1 });
  const step = job.start(pullRequest);
  const [, url = ""] = await step.logged(readyAt);
  step.process.kill("SIGKILL");
  await once(step.process, "close");
  expect(await answers(url)).toBe(true);
  const after = await job.post();
  expect(after).toMatchObject({ code: 0, log: expect.stringContaining("Stopped what the main step left running") });
  expect(await answers(url)).toBe(false);
});

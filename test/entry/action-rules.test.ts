import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ResultsFile } from "../../src/core/model/results.ts";
import { type FakeGitHub, startFakeGitHub } from "../fakes/fake-github.ts";
import { cellOf, resultsOf, trialOf } from "../fakes/gate-data.ts";
import { type Job, type StepEnd, startJob } from "../fakes/runner.ts";

/** By whose rules dist/action.js judges, and what becomes of a slower main; on results that are handed in. */
let github: FakeGitHub;
let job: Job;

beforeEach(async () => {
  github = await startFakeGitHub({ tokens: { job: "github-actions[bot]" }, issues: [7] });
  job = startJob({ apiUrl: github.apiUrl });
});

afterEach(async () => {
  job[Symbol.dispose]();
  await github[Symbol.asyncDispose]();
});

/** Runs of one machine agree within 1 %; `slower` multiplies each gap between tokens. */
function measured(day: number, slower = 1): ResultsFile {
  const trials = [0.998, 1, 1.002].map((spread) => {
    const itl = 11 * slower * spread * (1 + (day % 3) / 1000);
    return trialOf({ output_throughput: 3000 / itl, itl_p50: itl, itl_p95: 1.2 * itl, itl_p99: 1.5 * itl });
  });
  return resultsOf(day, [cellOf(trials)], { source: { sha: `${day}`.repeat(40).slice(0, 40) } });
}

function put(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(job.workspace, path)), { recursive: true });
    writeFileSync(join(job.workspace, path), text);
  }
}

function git(...words: readonly string[]): string {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.test", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...identity, ...words], { cwd: job.workspace, encoding: "utf8" }).trim();
}

function committed(files: Readonly<Record<string, string>>): string {
  put(files);
  git("add", ".");
  git("commit", "--quiet", "--allow-empty", "-m", "change");
  return git("rev-parse", "HEAD");
}

/** GitHub's merge of a pull request, checked out: `main` is its first parent. */
function pullRequestOf(main: Readonly<Record<string, string>>, change: Readonly<Record<string, string>>): string {
  git("init", "--quiet", "--initial-branch=main");
  committed(main);
  git("checkout", "--quiet", "-b", "feature");
  const head = committed(change);
  git("checkout", "--quiet", "main");
  git("merge", "--quiet", "--no-ff", "-m", "merge", "feature");
  return head;
}

const repo = { full_name: "o/r" };

function gate(results: ResultsFile, headSha = "a".repeat(40)): Promise<StepEnd> {
  put({ "../temp/candidate.json": JSON.stringify(results) });
  const pull = { number: 7, head: { sha: headSha, repo }, base: { ref: "main", sha: "b".repeat(40), repo } };
  return job.run({
    event: "pull_request",
    ref: "refs/pull/7/merge",
    payload: { number: 7, pull_request: pull, repository: { default_branch: "main" } },
    inputs: { results: join(job.temp, "candidate.json") },
  });
}

function record(results: ResultsFile): Promise<StepEnd> {
  put({ "../temp/candidate.json": JSON.stringify(results) });
  return job.run({
    event: "push",
    ref: "refs/heads/main",
    payload: { repository: { default_branch: "main" } },
    inputs: { results: join(job.temp, "candidate.json") },
  });
}

const folder = () => join(job.home, ".serving-gate", "o", "r");

function storeFiveRuns(): void {
  mkdirSync(folder(), { recursive: true });
  for (const day of [0, 1, 2, 3, 4]) writeFileSync(join(folder(), `run-${day}.json`), JSON.stringify(measured(day)));
}

/** Of the records that this test's jobs have written. */
function recorded(): readonly ResultsFile[] {
  return readdirSync(folder())
    .filter((name) => name.endsWith(".gz"))
    .sort()
    .map((name) => JSON.parse(gunzipSync(readFileSync(join(folder(), name))).toString("utf8")) as ResultsFile);
}

const firstLine = (markdown: string) => markdown.split("\n").find((line) => line.startsWith("#")) ?? "";
const config = ".github/serving-gate.yml";
const waivers = ".github/serving-gate-waivers.yml";
const row = (metric: string, ceiling: string) =>
  `- { cell: { phase: paged, model: llama, workload: chat }, metric: ${metric}, ceiling: ${ceiling}, expires: 2026-12-31, issue: "#12", reason: larger batches }\n`;
const allWaived = ["output_throughput", "itl_p50", "itl_p95", "itl_p99"].map((metric) => row(metric, "20%")).join("");

describe("a run of main that is slower", () => {
  beforeEach(storeFiveRuns);

  test("is kept as suspect, fails nothing, and says what to do", async () => {
    const end = await record(measured(9, 1.15));
    expect(end).toMatchObject({ code: 0, outputs: { verdict: "fail" } });
    expect(recorded()).toMatchObject([{ status: "suspect" }]);
    expect(end.summary).toContain("Kept as suspect");
    expect(end.annotations).toEqual([expect.stringMatching(/^warning: Slower than the accepted runs.*itl_p50/)]);
  });

  test("is what pull requests inherit; what they lose besides still fails", async () => {
    await record(measured(9, 1.15));
    const inherited = await gate(measured(10, 1.15));
    expect(inherited).toMatchObject({ code: 0, outputs: { verdict: "pass", regressions: "[]" } });
    expect(firstLine(inherited.summary)).toContain("9999999");
    expect(await gate(measured(11, 1.4))).toMatchObject({ code: 1, outputs: { verdict: "fail" } });
  });

  test("is not absorbed: the next slow run is suspect as well, and a run as before is accepted", async () => {
    await record(measured(8, 1.15));
    await record(measured(9, 1.15));
    await record(measured(10));
    expect(recorded().map(({ status }) => status)).toEqual(["suspect", "suspect", "accepted"]);
  });

  test("begins an epoch where a waiver of main accepts it, and is the new baseline", async () => {
    await record(measured(8, 1.15));
    put({ [waivers]: allWaived });
    const end = await record(measured(9, 1.15));
    expect(end).toMatchObject({ code: 0, outputs: { verdict: "pass" } });
    expect(recorded()[1]).toMatchObject({ status: "accepted", epoch: "#12" });
    put({ [waivers]: "" });
    expect(await gate(measured(10, 1.15))).toMatchObject({ code: 0, outputs: { verdict: "pass" } });
    expect(await gate(measured(11, 1.4))).toMatchObject({ code: 1, outputs: { verdict: "fail" } });
  });
});

describe("a pull request is judged by the rules of main", () => {
  beforeEach(storeFiveRuns);
  const strict = "gate: { blocking: [itl_p50] }\n";
  const lenient = "gate: { blocking: [itl_p50], min-effect: 50% }\n";

  test("a min-effect that it raises for itself does not count, and the headline says so", async () => {
    const head = pullRequestOf({ [config]: strict }, { [config]: lenient });
    const end = await gate(measured(9, 1.15), head);
    expect(end).toMatchObject({ code: 1, outputs: { verdict: "fail" } });
    expect(firstLine(end.summary)).toMatch(/❌.*ITL P50.*changes `gate:`.*judged by main's/);
  });

  test("rules it leaves alone are not spoken of", async () => {
    const head = pullRequestOf({ [config]: strict }, { "engine.txt": "faster" });
    const end = await gate(measured(9, 1.15), head);
    expect(firstLine(end.summary)).not.toContain("judged by");
  });

  test("a waiver of its own does not count, one of main does", async () => {
    const own = await gate(measured(9, 1.15), pullRequestOf({ [config]: strict }, { [waivers]: allWaived }));
    expect(own).toMatchObject({ code: 1, outputs: { verdict: "fail" } });
    expect(firstLine(own.summary)).toContain("changes the waivers");
  });

  test("a loss that main has accepted passes and stays in sight, up to its ceiling", async () => {
    const head = pullRequestOf({ [config]: strict, [waivers]: row("itl_p50", "20%") }, { "engine.txt": "slower" });
    const accepted = await gate(measured(9, 1.15), head);
    expect(accepted).toMatchObject({ code: 0, outputs: { verdict: "pass", regressions: "[]" } });
    expect(accepted.summary).toContain("larger batches");
    const beyond = await gate(measured(9, 1.25), head);
    expect(beyond).toMatchObject({ code: 1, outputs: { verdict: "fail" } });
  });

  test("a broken waiver of main is an error that names its line", async () => {
    const head = pullRequestOf({ [waivers]: "- { metric: itl_p50 }\n" }, {});
    const end = await gate(measured(9), head);
    expect(end).toMatchObject({ code: 1, outputs: { verdict: "error" } });
    expect(end.annotations.join("\n")).toMatch(/waivers.*ceiling.*serving-gate-waivers\.yml:1/);
  });

  test("a first config is its own", async () => {
    const head = pullRequestOf({ "engine.txt": "first" }, { [config]: lenient });
    expect(await gate(measured(9, 1.15), head)).toMatchObject({ code: 0 });
  });
});

test("a dry run of main's rules fails nothing, and counts what it would have blocked", async () => {
  storeFiveRuns();
  const head = pullRequestOf({ [config]: "gate: { dry-run: true }\n" }, {});
  const end = await gate(measured(9, 1.15), head);
  expect(end).toMatchObject({ code: 0, outputs: { verdict: "fail" } });
  expect(firstLine(end.summary)).toContain("Dry run");
  expect(end.summary).toContain("would have been blocked, 4 regressions");
  expect(end.annotations.every((annotation) => annotation.startsWith("warning"))).toBe(true);
  expect(end.summary).toContain("Dry runs so far: 1 of 1 would have blocked.");
  expect((await gate(measured(10), head)).summary).toContain("Dry runs so far: 1 of 2 would have blocked.");
});

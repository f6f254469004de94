import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ResultsFile } from "../../src/core/model/results.ts";
import { commentMarker } from "../../src/core/report/comment-marker.ts";
import { type FakeGitHub, startFakeGitHub } from "../fakes/fake-github.ts";
import { cellOf, resultsOf, trialOf } from "../fakes/gate-data.ts";
import { type Job, type StepEnd, startJob } from "../fakes/runner.ts";

/** dist/action.js as the runner runs it, on results that are handed in: no server is started here. */
const bot = "github-actions[bot]";
let github: FakeGitHub;
let job: Job;

beforeEach(async () => {
  github = await startFakeGitHub({ tokens: { job: bot, fork: bot }, readOnly: ["fork"], issues: [7] });
  job = startJob({ apiUrl: github.apiUrl });
});

afterEach(async () => {
  job[Symbol.dispose]();
  await github[Symbol.asyncDispose]();
  expect(github.violations).toEqual([]);
});

/** Runs of one machine agree within 1 %; `slower` multiplies each gap between tokens. */
function measured(day: number, slower = 1, extra: Partial<ResultsFile> = {}): ResultsFile {
  const trials = [0.998, 1, 1.002].map((spread) => {
    const itl = 11 * slower * spread * (1 + (day % 3) / 1000);
    return trialOf({
      output_throughput: 3000 / itl,
      itl_p50: itl,
      itl_p95: 1.2 * itl,
      itl_p99: 1.5 * itl,
      ttft_p50: 40,
    });
  });
  return resultsOf(day, [cellOf(trials)], extra);
}

function store(runs: readonly ResultsFile[]): void {
  const folder = join(job.home, ".serving-gate", "o", "r");
  mkdirSync(folder, { recursive: true });
  for (const [index, run] of runs.entries()) writeFileSync(join(folder, `run-${index}.json`), JSON.stringify(run));
}

const fiveRuns = () => store([0, 1, 2, 3, 4].map((day) => measured(day)));

function pullRequest(headSha = "a".repeat(40)) {
  const repo = { full_name: "o/r" };
  const pull = { number: 7, head: { sha: headSha, repo }, base: { ref: "main", sha: "b".repeat(40), repo } };
  const payload = { number: 7, pull_request: pull, repository: { default_branch: "main" } };
  return { event: "pull_request", ref: "refs/pull/7/merge", payload };
}

const push = {
  event: "push",
  ref: "refs/heads/main",
  payload: { ref: "refs/heads/main", repository: { default_branch: "main" } },
};

function handIn(results: ResultsFile): Record<string, string> {
  writeFileSync(join(job.workspace, "candidate.json"), JSON.stringify(results));
  return { results: "candidate.json" };
}

function gate(
  results: ResultsFile,
  more: { inputs?: Record<string, string>; runId?: string; sha?: string } = {},
): Promise<StepEnd> {
  const { inputs = {}, runId = "100", sha } = more;
  return job.run({ ...pullRequest(sha), runId, inputs: { ...handIn(results), ...inputs } });
}

const firstLine = (markdown: string) => markdown.split("\n").find((line) => line.startsWith("#")) ?? "";
const stored = () =>
  readdirSync(join(job.home, ".serving-gate"), { recursive: true }).filter((name) => String(name).includes(".json"));

describe("on a pull request", () => {
  test("an equal run passes: comment, summary, outputs, exit 0", async () => {
    fiveRuns();
    const end = await gate(measured(9));
    expect(end).toMatchObject({ code: 0, annotations: [], outputs: { verdict: "pass", regressions: "[]" } });
    expect(github.comments).toMatchObject([{ author: bot, issue: 7 }]);
    expect(end.outputs["comment-url"]).toBe("https://github.test/o/r/pull/7#issuecomment-1000");
    expect(firstLine(end.summary)).toContain("✅");
  });

  test("the comment begins with the marker; the summary is the same report without it", async () => {
    fiveRuns();
    const { summary } = await gate(measured(9), { sha: "c".repeat(40), runId: "123" });
    const marker = commentMarker({ key: "default", headSha: "c".repeat(40), runId: "123" });
    expect(github.comments[0]?.body).toBe(`${marker}\n${summary.trimEnd()}\n`);
  });

  test("a loss of 15 % fails: exit 1, and every surface names it", async () => {
    fiveRuns();
    const end = await gate(measured(9, 1.15));
    expect(end.code).toBe(1);
    expect(end.outputs["verdict"]).toBe("fail");
    const regressions = JSON.parse(end.outputs["regressions"] ?? "") as readonly Record<string, unknown>[];
    expect(regressions.map(({ metric }) => metric)).toContain("itl_p50");
    expect(regressions[0]).toMatchObject({
      phase: "paged",
      model: "llama",
      workload: "chat",
      baseline: expect.any(Number),
    });
    expect(firstLine(github.comments[0]?.body ?? "")).toContain("❌");
    expect(end.annotations).toContainEqual(expect.stringMatching(/^error: paged · chat · llama: ITL P50 .*\(\+15%\)$/));
  });

  test("the files it names are there", async () => {
    fiveRuns();
    const { outputs } = await gate(measured(9));
    const folder = join(job.temp, "serving-gate");
    expect(outputs).toMatchObject({
      "report-path": join(folder, "comment.en.md"),
      "results-path": join(folder, "results.json"),
      "comparison-path": join(folder, "comparison.json"),
    });
    expect(JSON.parse(readFileSync(outputs["comparison-path"] ?? "", "utf8"))).toMatchObject({ verdict: "pass" });
    expect(JSON.parse(readFileSync(outputs["results-path"] ?? "", "utf8"))).toMatchObject({
      cells: [{ workload: "chat" }],
    });
    expect(readFileSync(outputs["report-path"] ?? "", "utf8")).toContain("### ✅");
  });

  test("without any record it is the first baseline: pass, and nothing is stored", async () => {
    const end = await gate(measured(9));
    expect(end).toMatchObject({ code: 0, outputs: { verdict: "pass" } });
    const comparison = JSON.parse(readFileSync(end.outputs["comparison-path"] ?? "", "utf8")) as { exitReason: string };
    expect(comparison.exitReason).toBe("first-baseline");
    expect(() => stored()).toThrow("ENOENT");
  });

  test("one record is not enough: a warning, exit 0, or exit 1 where the policy says so", async () => {
    store([measured(0)]);
    const end = await gate(measured(9));
    expect(end).toMatchObject({ code: 0, outputs: { verdict: "inconclusive" } });
    expect(end.annotations).toContainEqual(expect.stringMatching(/^warning: /));
    writeFileSync(join(job.workspace, "strict.yml"), "gate: { on-inconclusive: fail }\n");
    const strict = await gate(measured(9), { inputs: { config: "strict.yml" }, runId: "101" });
    expect(strict).toMatchObject({ code: 1, outputs: { verdict: "inconclusive" } });
  });

  test("the second run edits the first one's comment", async () => {
    fiveRuns();
    await gate(measured(9, 1.15), { runId: "100" });
    await gate(measured(10), { runId: "101", sha: "d".repeat(40) });
    expect(github.comments).toMatchObject([
      { edits: 1, body: expect.stringContaining(`head=${"d".repeat(40)} run=101`) },
    ]);
  });

  test("a stranger's comment with our marker stays, and ours is found behind a hundred others", async () => {
    fiveRuns();
    const body = `${commentMarker({ key: "default", headSha: "e".repeat(40), runId: "1" })}\nnot ours`;
    github.seed({ issue: 7, author: "stranger", body });
    for (let i = 0; i < 120; i += 1) github.seed({ issue: 7, author: "reader", body: `comment ${i}` });
    github.seed({ issue: 7, author: bot, body });
    await gate(measured(9));
    expect(github.comments).toHaveLength(122);
    expect(github.comments[0]).toMatchObject({ author: "stranger", body, edits: 0 });
    expect(github.comments[121]).toMatchObject({ author: bot, edits: 1 });
  });

  test("comment: false leaves the pull request alone", async () => {
    fiveRuns();
    const end = await gate(measured(9), { inputs: { comment: "false" } });
    expect(end).toMatchObject({ code: 0, annotations: [] });
    expect(github.requests).toEqual([]);
    expect(firstLine(end.summary)).toContain("✅");
  });

  test("language ru speaks Russian, both is one comment with both headlines", async () => {
    fiveRuns();
    const russian = await gate(measured(9, 1.15), { inputs: { language: "ru" } });
    expect(russian.summary).toContain("Мерж заблокирован");
    expect(russian.outputs["report-path"]).toMatch(/comment\.ru\.md$/);
    const both = await gate(measured(9, 1.15), { inputs: { language: "both" }, runId: "101" });
    expect(both.summary).toContain("Merge blocked");
    expect(both.summary).toContain("Мерж заблокирован");
  });
});

describe("without permission to comment", () => {
  test.each([
    ["fork", "may not write comments"],
    ["expired", "no valid token"],
    ["", "no valid token"],
  ])("(token %p) the report goes to the summary with a warning, and the verdict stands", async (token, why) => {
    fiveRuns();
    const end = await gate(measured(9, 1.15), { inputs: { "github-token": token } });
    expect(end).toMatchObject({ code: 1, outputs: { verdict: "fail", "comment-url": "" } });
    expect(end.summary).toContain("> [!WARNING]\n> This report is not on the pull request");
    expect(end.summary).toContain(why);
    expect(firstLine(end.summary)).toContain("❌");
    expect(end.annotations).toContainEqual(expect.stringMatching(/^warning: The report is not on the pull request/));
    expect(github.comments).toEqual([]);
  });

  test("a GitHub that is down changes no verdict", async () => {
    fiveRuns();
    github.fail({ status: 503, headers: { "retry-after": "3600" }, times: 9 });
    const end = await gate(measured(9));
    expect(end).toMatchObject({ code: 0, outputs: { verdict: "pass" } });
    expect(end.summary).toContain("GitHub does not answer");
  });
});

describe("on the default branch", () => {
  test("the run is recorded, without a comment", async () => {
    const end = await job.run({ ...push, inputs: handIn(measured(9)) });
    expect(end).toMatchObject({ code: 0, outputs: { verdict: "pass" } });
    expect(stored()).toHaveLength(1);
    expect(end.summary).toContain("Recorded as a baseline run");
    expect(github.requests).toEqual([]);
  });

  test("a store inside the workspace, which the next checkout cleans, is warned about", async () => {
    writeFileSync(join(job.workspace, "gate.yml"), "baseline: { store: dir, path: baselines }\n");
    const end = await job.run({ ...push, inputs: { ...handIn(measured(9)), config: "gate.yml" } });
    expect(end).toMatchObject({ code: 0, outputs: { verdict: "pass" } });
    expect(end.annotations).toEqual([expect.stringMatching(/^warning: .*baselines.* inside the workspace/)]);
  });

  test("what was recorded is what a pull request is gated on", async () => {
    for (let day = 0; day < 5; day += 1)
      await job.run({ ...push, runId: String(day + 1), inputs: handIn(measured(day)) });
    const end = await gate(measured(9, 1.15));
    expect(end).toMatchObject({ code: 1, outputs: { verdict: "fail" } });
  });

  test("a run whose requests failed is kept as rejected, and fails", async () => {
    const broken = resultsOf(9, [cellOf([trialOf({ output_throughput: 1 }, { failed: 24 })])]);
    const end = await job.run({ ...push, inputs: handIn(broken) });
    expect(end).toMatchObject({ code: 1, outputs: { verdict: "fail" } });
    expect(end.summary).toContain("Not a baseline");
    expect(await gate(measured(10))).toMatchObject({ code: 0 });
  });

  test("results of a pull request are not recorded", async () => {
    const end = await job.run({ ...push, inputs: handIn(measured(9, 1, { source: { pullRequest: 7 } })) });
    expect(end).toMatchObject({ code: 1, outputs: { verdict: "error" } });
    expect(end.annotations[0]).toContain("a pull request never becomes a baseline");
    expect(() => stored()).toThrow("ENOENT");
  });
});

describe("what it cannot do is one clear message: annotation, summary, verdict error, exit 1", () => {
  function expectError(end: StepEnd, message: string): void {
    expect(end).toMatchObject({ code: 1, outputs: { verdict: "error", regressions: "[]" } });
    expect(end.annotations).toHaveLength(1);
    expect(end.annotations[0]).toContain(message);
    expect(end.summary).toContain("Serving Gate could not do its job");
    expect(end.summary).toContain(message);
    expect(end.log).not.toMatch(/^\s+at /m);
  }

  test("inputs, all at once", async () => {
    const end = await gate(measured(9), { inputs: { mode: "measure", language: "fr" } });
    expectError(end, 'action: mode is "measure"; expected one of auto, record, gate');
    expect(end.summary).toContain('action: language is "fr"; expected one of en, ru, both');
  });

  test("a config with a fault", async () => {
    writeFileSync(join(job.workspace, "gate.yml"), "gate:\n  min-effect: fast\n");
    expectError(await gate(measured(9), { inputs: { config: "gate.yml" } }), "gate.min-effect");
  });

  test("a config that is not there", async () => {
    expectError(await job.run(pullRequest()), ".github/serving-gate.yml");
  });

  test("results that are not there", async () => {
    expectError(await job.run({ ...pullRequest(), inputs: { results: "nowhere.json" } }), "nowhere.json");
  });

  test("a broken baseline record", async () => {
    fiveRuns();
    writeFileSync(join(job.home, ".serving-gate", "o", "r", "run-9.json"), '{"schema": "serving-gate/res');
    expectError(await gate(measured(9)), "run-9.json");
  });

  test("pull_request_target", async () => {
    const end = await job.run({ ...pullRequest(), event: "pull_request_target", inputs: handIn(measured(9)) });
    expectError(end, "the event is pull_request_target");
  });

  test("recording a pull request", async () => {
    expectError(await gate(measured(9), { inputs: { mode: "record" } }), "a pull request never becomes a baseline");
  });
});

test("names from outside give the runner no orders", async () => {
  fiveRuns();
  const hostile = cellOf(measured(9).cells[0]?.trials ?? [], { workload: "x\n::error::gotcha\n##[error]gotcha" });
  const end = await gate(resultsOf(9, [...measured(9).cells, hostile]));
  expect(end.annotations.filter((annotation) => annotation.startsWith("error: gotcha"))).toEqual([]);
  expect(end.log).not.toContain("##[error]");
});

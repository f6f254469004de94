import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { commentBoard } from "../../../src/adapters/github/comment-board.ts";
import { connectGitHub } from "../../../src/adapters/github/connect.ts";
import { commentMarker } from "../../../src/core/report/comment-marker.ts";
import type { Clock } from "../../../src/gate/ports.ts";
import { type FakeGitHub, startFakeGitHub } from "../../fakes/fake-github.ts";

const bot = "github-actions[bot]";
const issue = 7;
let github: FakeGitHub;
let waits: number[];

beforeEach(async () => {
  waits = [];
  github = await startFakeGitHub({
    tokens: { job: bot, fork: bot, robot: "our-robot" },
    readOnly: ["fork"],
    issues: [issue],
  });
});

afterEach(async () => {
  expect(github.violations).toEqual([]);
  await github[Symbol.asyncDispose]();
});

const waitingClock: Clock = {
  nowMs: () => waits.reduce((sum, wait) => sum + wait, 0),
  sleepUntil: async (atMs, signal) => {
    signal?.throwIfAborted();
    waits.push(atMs - waits.reduce((sum, wait) => sum + wait, 0));
  },
  wallTime: () => "2026-11-22T00:00:00Z",
};

function board({ token = "job", author = bot, signal = new AbortController().signal, onIssue = issue } = {}) {
  const api = connectGitHub({ token, apiUrl: github.apiUrl });
  return commentBoard({ api, clock: waitingClock, owner: "o", repo: "r", issue: onIssue, author, signal });
}

function report(text: string, { key = "default", run = "100" } = {}) {
  return { key, body: `${commentMarker({ key, headSha: "abc123", runId: run })}\n${text}` };
}

describe("finding our comment", () => {
  test("the first report is a new comment, and its address is told", async () => {
    const outcome = await board().upsert(report("first"));
    expect(outcome).toEqual({ kind: "published", url: "https://github.test/o/r/pull/7#issuecomment-1000" });
    expect(github.comments).toMatchObject([{ author: bot, body: report("first").body }]);
  });

  test("the next report edits it", async () => {
    await board().upsert(report("first", { run: "100" }));
    await board().upsert(report("second", { run: "101" }));
    expect(github.comments).toMatchObject([{ body: report("second", { run: "101" }).body, edits: 1 }]);
  });

  test("a comment that says the same already is left alone", async () => {
    await board().upsert(report("same"));
    await board().upsert(report("same"));
    expect(github.comments).toMatchObject([{ edits: 0 }]);
  });

  test("it is found behind a hundred others", async () => {
    for (let i = 0; i < 100; i += 1) github.seed({ issue, author: "reader", body: `comment ${i}` });
    github.seed({ issue, author: bot, body: report("old", { run: "1" }).body });
    await board().upsert(report("new"));
    expect(github.comments).toHaveLength(101);
    expect(github.comments.at(-1)).toMatchObject({ body: report("new").body, edits: 1 });
  });

  test("a marker under another name is not ours", async () => {
    github.seed({ issue, author: "reader", body: report("copied", { run: "1" }).body });
    await board().upsert(report("ours"));
    expect(github.comments).toMatchObject([{ author: "reader", edits: 0 }, { author: bot }]);
  });

  test("a marker further down is quoted text", async () => {
    github.seed({ issue, author: bot, body: `> ${report("quoted", { run: "1" }).body}` });
    await board().upsert(report("ours"));
    expect(github.comments).toHaveLength(2);
  });

  test("each key has its own comment", async () => {
    await board().upsert(report("one", { key: "llama" }));
    await board().upsert(report("two", { key: "qwen" }));
    expect(github.comments).toHaveLength(2);
  });

  test("a later run's report stays", async () => {
    await board().upsert(report("later", { run: "1000" }));
    const outcome = await board().upsert(report("earlier", { run: "999" }));
    expect(outcome).toMatchObject({ kind: "declined", obstacle: "later-run" });
    expect(github.comments).toMatchObject([{ body: report("later", { run: "1000" }).body, edits: 0 }]);
  });

  test("a token of another author is told how its comment is found again", async () => {
    const outcome = await board({ token: "robot" }).upsert(report("hello"));
    expect(outcome).toMatchObject({ kind: "published", warning: expect.stringContaining("comment-author: our-robot") });
  });

  test("an author who is named finds its comments, whatever the case", async () => {
    await board({ token: "robot", author: "Our-Robot" }).upsert(report("one"));
    await board({ token: "robot", author: "Our-Robot" }).upsert(report("two"));
    expect(github.comments).toMatchObject([{ author: "our-robot", edits: 1 }]);
  });
});

describe("refusals", () => {
  test.each([
    ["declined", "no-permission", "permissions: pull-requests: write", { token: "fork" }],
    ["declined", "bad-token", "token is not valid", { token: "stranger" }],
    ["declined", "not-found", "does not see this pull request", { onIssue: 8 }],
  ])("%s, %s: %s", async (kind, obstacle, words, options) => {
    const outcome = await board(options).upsert(report("hello"));
    expect(outcome).toMatchObject({ kind, obstacle, reason: expect.stringContaining(words) });
    expect(waits).toEqual([]);
  });

  test("what GitHub finds invalid has failed, with its words", async () => {
    github.fail({ method: "POST", status: 422, message: "Validation Failed" });
    const outcome = await board().upsert(report("hello"));
    expect(outcome).toMatchObject({ kind: "failed", reason: expect.stringContaining("422: Validation Failed") });
  });

  test("a comment that is too long is not sent", async () => {
    const outcome = await board().upsert(report("x".repeat(65_536)));
    expect(outcome).toMatchObject({ kind: "failed", obstacle: "too-long" });
    expect(github.requests).toEqual([]);
  });

  test("a comment of another key is not sent", async () => {
    const outcome = await board().upsert({ key: "other", body: report("hello").body });
    expect(outcome).toMatchObject({ kind: "failed" });
    expect(github.requests).toEqual([]);
  });

  test("a cancelled job does not wait", async () => {
    const outcome = await board({ signal: AbortSignal.abort() }).upsert(report("hello"));
    expect(outcome).toMatchObject({ kind: "failed" });
    expect(waits).toEqual([]);
  });
});

describe("trying again", () => {
  test("GitHub is given the time it asks for", async () => {
    github.fail({ method: "GET", status: 429, headers: { "retry-after": "7" } });
    expect(await board().upsert(report("hello"))).toMatchObject({ kind: "published" });
    expect(waits).toEqual([7000]);
  });

  test("a 403 that is a rate limit is no lack of permission", async () => {
    github.fail({
      method: "POST",
      status: 403,
      message: "You have exceeded a secondary rate limit",
      headers: { "retry-after": "2" },
    });
    expect(await board().upsert(report("hello"))).toMatchObject({ kind: "published" });
    expect(waits).toEqual([2000]);
  });

  test("an exhausted limit ends when GitHub says", async () => {
    const reset = String(Date.parse("2026-11-22T00:00:30Z") / 1000);
    github.fail({ method: "GET", status: 429, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset } });
    await board().upsert(report("hello"));
    expect(waits).toEqual([30_000]);
  });

  test("a wait of an hour is not waited", async () => {
    github.fail({ method: "GET", status: 429, headers: { "retry-after": "3600" } });
    const outcome = await board().upsert(report("hello"));
    expect(outcome).toMatchObject({
      kind: "failed",
      obstacle: "unavailable",
      reason: expect.stringContaining("3600 s"),
    });
    expect(waits).toEqual([]);
  });

  test("a server that stays broken is given up after four attempts", async () => {
    github.fail({ status: 502, times: 10 });
    const outcome = await board().upsert(report("hello"));
    expect(outcome).toMatchObject({
      kind: "failed",
      obstacle: "unavailable",
      reason: expect.stringContaining("4 attempts"),
    });
    expect(waits).toEqual([1000, 2000, 4000]);
  });

  test("an answer that was lost does not make a second comment", async () => {
    github.fail({ method: "POST", status: 502, carriedOut: true });
    expect(await board().upsert(report("hello"))).toMatchObject({ kind: "published" });
    expect(github.comments).toHaveLength(1);
  });

  test("a machine without a network is told of, not thrown", async () => {
    const api = connectGitHub({ token: "job", apiUrl: "http://127.0.0.1:1" });
    const signal = new AbortController().signal;
    const lonely = commentBoard({ api, clock: waitingClock, owner: "o", repo: "r", issue, author: bot, signal });
    expect(await lonely.upsert(report("hello"))).toMatchObject({
      kind: "failed",
      obstacle: "unavailable",
      reason: expect.stringMatching(/^GitHub could not be reached: /),
    });
  });
});

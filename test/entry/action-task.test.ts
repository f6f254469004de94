import { describe, expect, test } from "@jest/globals";
import type { Trigger } from "../../src/adapters/github/event-context.ts";
import { taskOf } from "../../src/entry/action-task.ts";

const pull: Trigger = { kind: "pull-request", number: 7, headSha: "head", fork: false };
const on = (event: string, ref: string): Trigger =>
  event === "push" ? { kind: "push", ref, sha: "abc" } : { kind: "other", event, ref, sha: "abc" };

describe("mode auto", () => {
  test.each([
    ["push", "refs/heads/trunk", "record"],
    ["schedule", "refs/heads/trunk", "record"],
    ["workflow_dispatch", "refs/heads/trunk", "record"],
    ["push", "refs/heads/feature", "gate"],
    ["push", "refs/tags/trunk", "gate"],
    ["workflow_dispatch", "refs/heads/feature", "gate"],
    ["merge_group", "refs/heads/gh-readonly-queue/trunk/pr-7", "gate"],
    // These name the default branch whatever code the job has checked out.
    ["workflow_run", "refs/heads/trunk", "gate"],
    ["issue_comment", "refs/heads/trunk", "gate"],
  ])("%s on %s: %s", (event, ref, kind) => {
    expect(taskOf("auto", { trigger: on(event, ref), defaultBranch: "trunk" })).toEqual({ kind });
  });

  test("gates a pull request", () => {
    expect(taskOf("auto", { trigger: pull })).toEqual({ kind: "gate", pullRequest: pull });
  });

  test.each([["main"], ["master"]])("takes %s for the default branch where the event does not tell", (branch) => {
    expect(taskOf("auto", { trigger: on("push", `refs/heads/${branch}`) })).toEqual({ kind: "record" });
  });

  test("a schedule records though its event does not name the branch", () => {
    expect(taskOf("auto", { trigger: on("schedule", "refs/heads/trunk") })).toEqual({ kind: "record" });
  });
});

describe("mode record", () => {
  test("never makes a pull request a baseline", () => {
    expect(() => taskOf("record", { trigger: pull })).toThrow("a pull request never becomes a baseline");
  });

  test.each([
    ["push", "refs/heads/feature", "this run is on refs/heads/feature; baselines are recorded on trunk only"],
    ["workflow_run", "refs/heads/trunk", "the event is workflow_run; baselines are recorded on push"],
  ])("refuses %s on %s", (event, ref, message) => {
    expect(() => taskOf("record", { trigger: on(event, ref), defaultBranch: "trunk" })).toThrow(message);
  });
});

test("mode gate gates the default branch too", () => {
  expect(taskOf("gate", { trigger: on("push", "refs/heads/trunk"), defaultBranch: "trunk" })).toEqual({ kind: "gate" });
});

test.each(["auto", "gate", "record"] as const)("pull_request_target is refused in mode %s", (mode) => {
  expect(() => taskOf(mode, { trigger: { kind: "pull-request-target" } })).toThrow(
    /stranger's code.*expected pull_request/,
  );
});

import { describe, expect, test } from "@jest/globals";
import { readRunContext } from "../../../src/adapters/github/event-context.ts";

const env = {
  GITHUB_REPOSITORY: "o/r",
  GITHUB_RUN_ID: "42",
  GITHUB_SHA: "merge",
  GITHUB_REF: "refs/pull/7/merge",
  GITHUB_BASE_REF: "main",
  GITHUB_EVENT_NAME: "pull_request",
  GITHUB_EVENT_PATH: "event.json",
};
const pull = {
  number: 7,
  head: { sha: "head", repo: { full_name: "o/r" } },
  base: { ref: "main", sha: "base", repo: { full_name: "o/r" } },
};

function read(event: unknown, changes: Record<string, string> = {}) {
  return readRunContext({ ...env, ...changes }, JSON.stringify(event));
}

describe("a pull request", () => {
  test("is known by its number, and by the branch's commit rather than the merge commit", () => {
    expect(read({ pull_request: pull, repository: { default_branch: "trunk" } })).toEqual({
      owner: "o",
      repo: "r",
      runId: "42",
      apiUrl: "https://api.github.com",
      defaultBranch: "trunk",
      trigger: { kind: "pull-request", number: 7, headSha: "head", baseRef: "main", baseSha: "base", fork: false },
    });
  });

  test.each([
    ["of another repository", { ...pull.head, repo: { full_name: "stranger/r" } }],
    ["of a repository that is gone", { ...pull.head, repo: null }],
  ])("%s is a fork's", (_what, head) => {
    expect(read({ pull_request: { ...pull, head } }).trigger).toMatchObject({ fork: true });
  });

  test("without its details is known by the ref", () => {
    expect(read({}).trigger).toEqual({
      kind: "pull-request",
      number: 7,
      headSha: "merge",
      baseRef: "main",
      fork: false,
    });
  });

  test.each([["7"], [-7], [1.5], [null]])("number %p is none", (number) => {
    expect(() => read({ pull_request: { ...pull, number } }, { GITHUB_REF: "refs/heads/x" })).toThrow(
      "names no pull request",
    );
  });
});

test.each([
  ["push", { kind: "push", ref: "refs/heads/main", sha: "merge" }],
  ["schedule", { kind: "other", event: "schedule", ref: "refs/heads/main", sha: "merge" }],
  ["pull_request_target", { kind: "pull-request-target" }],
])("%s is told apart", (name, trigger) => {
  expect(read({}, { GITHUB_EVENT_NAME: name, GITHUB_REF: "refs/heads/main" }).trigger).toEqual(trigger);
});

test("an Enterprise server's address is kept", () => {
  expect(read({}, { GITHUB_API_URL: "https://git.example/api/v3/" }).apiUrl).toBe("https://git.example/api/v3");
});

test.each([[""], ["o"], ["o/r/x"], ["/r"]])(
  "outside GitHub Actions (GITHUB_REPOSITORY %p) the command line is named",
  (repository) => {
    expect(() => read({}, { GITHUB_REPOSITORY: repository })).toThrow(/expected owner\/name.*command line/);
  },
);

test("an event file that is not JSON is named", () => {
  expect(() => readRunContext(env, "{")).toThrow("the event file event.json is not JSON");
});

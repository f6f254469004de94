import { expect, test } from "@jest/globals";
import { freshNonce, localSource, repositoryOf } from "../../src/entry/run-identity.ts";

test.each([
  ["https://github.com/owner/name.git", "owner/name"],
  ["https://user:secret@github.com/owner/name", "owner/name"],
  ["git@github.com:owner/name.git", "owner/name"],
  ["ssh://git@host:22/owner/na.me.git/", "owner/na.me"],
  ["/srv/git/name", "git/name"],
  ["", undefined],
  [undefined, undefined],
])("the repository of remote %s is %s", (remote, repository) => {
  expect(repositoryOf(remote)).toBe(repository);
});

test("a job's variables tell the source before git does", async () => {
  const environment = {
    GITHUB_REPOSITORY: "o/r",
    GITHUB_SHA: "abc",
    GITHUB_REF: "refs/heads/main",
    GITHUB_RUN_ID: "7",
  };
  expect(await localSource(environment)).toEqual({ repository: "o/r", sha: "abc", ref: "refs/heads/main", runId: "7" });
});

test("nonces are twelve digits and differ", () => {
  const nonces = Array.from({ length: 100 }, freshNonce);
  expect(nonces.every((nonce) => /^\d{12}$/.test(nonce))).toBe(true);
  expect(new Set(nonces).size).toBe(100);
});

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import type { ChangeUnderTest } from "../../../src/gate/ports.ts";
import { processesWith } from "../../fakes/processes.ts";
import {
  anytime,
  commit,
  environment,
  git,
  newRepository,
  pullRequest,
  repositoryIn,
  scratchFolder,
  shallowCheckout,
  wholeCheckout,
} from "./repositories.ts";

/** Read by all tests: one commit ahead, one behind. */
const small = pullRequest();

const baseIn = (folder: string, change: ChangeUnderTest = {}) => repositoryIn(folder).base(change, anytime);
const found = (sha: string, how: "first-parent" | "merge-base") => ({ kind: "found", commit: { sha, how } });
const missing = (reason: string | RegExp) => ({ kind: "missing", reason: expect.stringMatching(reason) });

test("a pull request's base is the first parent of GitHub's merge commit", async () => {
  const { upstream, main, head, merge } = small;
  const folder = wholeCheckout(upstream, merge);
  expect(await baseIn(folder, { baseRef: "main", headSha: head })).toEqual(found(main, "first-parent"));
  expect(await baseIn(folder, { baseRef: "main" })).toEqual(found(main, "first-parent"));
});

test("at the edge of a shallow checkout the first parent is fetched, and the checkout stays as it is", async () => {
  const { upstream, main, head, merge } = small;
  const folder = shallowCheckout(upstream, merge);
  expect(() => git(folder, "rev-parse", "--verify", "HEAD^1")).toThrow();
  expect(await baseIn(folder, { baseRef: "main", headSha: head })).toEqual(found(main, "first-parent"));
  expect(git(folder, "show", `${main}:main.txt`)).toBe("0");
  expect(git(folder, "rev-parse", "HEAD")).toBe(merge);
  expect(git(folder, "status", "--porcelain")).toBe("");
});

test("a merge that somebody made by hand is compared with where it left main", async () => {
  const { upstream, main, merge } = small;
  // The branch took main in; its workflow checks out the head and not GitHub's merge.
  const folder = wholeCheckout(upstream, merge);
  expect(await baseIn(folder, { baseRef: "main", headSha: merge })).toEqual(found(main, "merge-base"));
  expect(await baseIn(shallowCheckout(upstream, merge), { baseSha: main, headSha: merge })).toEqual(
    found(main, "merge-base"),
  );
});

test("a head without a merge is compared with where it left the base branch", async () => {
  const { upstream, fork, main, head } = small;
  const folder = wholeCheckout(upstream, head);
  for (const change of [{ baseRef: "main" }, { baseRef: "refs/heads/main" }, { baseSha: main }, {}]) {
    expect(await baseIn(folder, change)).toEqual(found(fork, "merge-base"));
  }
});

test.each([
  ["by the branch's name", ({ main: _ }: { main: string }) => ({ baseRef: "main" })],
  ["by the commit", ({ main }: { main: string }) => ({ baseSha: main })],
  ["by the remote's default branch", () => ({})],
])("a shallow checkout is deepened until the merge base shows, with the base given %s", async (_how, changeOf) => {
  const request = pullRequest({ ahead: 40, behind: 45 });
  const folder = shallowCheckout(request.upstream, request.head);
  expect(await baseIn(folder, changeOf(request))).toEqual(found(request.fork, "merge-base"));
  expect(git(folder, "rev-parse", "HEAD")).toBe(request.head);
});

test("a commit that the remote has never seen is compared all the same", async () => {
  const { upstream, fork, head } = pullRequest({ ahead: 3, behind: 3 });
  const folder = shallowCheckout(upstream, head);
  commit(folder, { "local.txt": "not pushed" });
  expect(await baseIn(folder, { baseRef: "main" })).toEqual(found(fork, "merge-base"));
});

test("without a remote the local default branch is the base", async () => {
  const folder = newRepository();
  const fork = commit(folder, { "a.txt": "a" });
  git(folder, "checkout", "--quiet", "-b", "feature");
  commit(folder, { "b.txt": "b" });
  expect(await baseIn(folder)).toEqual(found(fork, "merge-base"));
});

test("the base branch itself has nothing to be compared with", async () => {
  const { upstream, main } = small;
  expect(await baseIn(wholeCheckout(upstream, main))).toEqual(missing(/is part of origin\/HEAD already/));
});

test.each([
  ["outside of any repository", () => scratchFolder(), {}, /is not in a git repository; check the code out/],
  ["before the first commit", () => newRepository(), {}, /HEAD is no commit yet/],
  ["in a folder that is not there", () => "/no/such/folder", {}, /the folder \/no\/such\/folder does not exist/],
  [
    "for a commit of nowhere",
    () => wholeCheckout(small.upstream, "main"),
    { baseSha: "1".repeat(40) },
    /^the commit 111111111111 is not in this checkout and origin does not give it/,
  ],
  [
    "for a branch of nowhere",
    () => wholeCheckout(small.upstream, "main"),
    { baseRef: "no-such-branch" },
    /the branch no-such-branch is not in this checkout and origin does not give it .*fetch-depth: 2/,
  ],
  [
    "for what is no name of a branch",
    () => wholeCheckout(small.upstream, "main"),
    { baseRef: "a b" },
    /"a b" is no name of a branch/,
  ],
])("%s there is no base, and the reason says why", async (_where, folderOf, change, reason) => {
  expect(await baseIn(folderOf(), change)).toEqual(missing(reason));
});

test("a checkout whose remote is gone says what to do", async () => {
  const { upstream, merge } = small;
  const gone = await baseIn(shallowCheckout(upstream, merge, "file:///no/such/remote"), { baseRef: "main" });
  expect(gone).toEqual(missing(/origin does not give it \(.*\); .*fetch-depth: 2 .*persist-credentials: true/));
  const folder = shallowCheckout(upstream, merge);
  git(folder, "remote", "remove", "origin");
  expect(await baseIn(folder, { baseRef: "main" })).toEqual(missing(/there is no remote to fetch it from/));
});

test("histories without a common commit have no base", async () => {
  const folder = newRepository();
  commit(folder, { "a.txt": "a" });
  git(folder, "checkout", "--quiet", "--orphan", "other");
  commit(folder, { "b.txt": "b" });
  expect(await baseIn(folder)).toEqual(missing(/and main have no commit in common/));
});

test("a branch that is named like an option is only a name", async () => {
  const { upstream, fork, head } = small;
  const canary = `${scratchFolder()}/pwned`;
  const name = `--upload-pack=touch\${IFS}${canary}`;
  const folder = shallowCheckout(upstream, head);
  expect(await baseIn(folder, { baseRef: name })).toEqual(missing(/is no name of a branch|does not give it/));
  git(upstream, "update-ref", "refs/heads/--upload-pack=x", "refs/heads/main");
  expect(await baseIn(folder, { baseRef: "--upload-pack=x" })).toEqual(found(fork, "merge-base"));
  expect(() => git(scratchFolder(), "hash-object", canary)).toThrow();
});

test("a cancelled search rejects with the signal's reason", async () => {
  const { upstream, head } = small;
  const reason = new Error("cancelled");
  const search = repositoryIn(wholeCheckout(upstream, head)).base({}, AbortSignal.abort(reason));
  await expect(search).rejects.toBe(reason);
});

test("a fetch that hangs is ended, with git's helpers, when the run is cancelled", async () => {
  const cancel = new AbortController();
  const reason = new Error("cancelled");
  const server = createServer(() => cancel.abort(reason)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const folder = shallowCheckout(small.upstream, small.merge, `http://127.0.0.1:${port}/upstream`);
  const mark = `hanging-fetch-${process.pid}`;
  const repository = repositoryIn(folder, { environment: { ...environment, MARK: mark } });
  await expect(repository.base({ baseRef: "main" }, cancel.signal)).rejects.toBe(reason);
  expect(processesWith(mark)).toEqual([]);
  server.closeAllConnections();
  server.close();
});

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { GitRepositoryOptions } from "../../../src/adapters/git/repository.ts";
import { GateError } from "../../../src/core/model/gate-error.ts";
import type { BaseBuild } from "../../../src/gate/ports.ts";
import { processesWith, until } from "../../fakes/processes.ts";
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

/** A build that runs this script in Node. */
function buildOf(sha: string, script: string, server: Partial<BaseBuild["server"]> = {}): BaseBuild {
  return { sha, command: [process.execPath, "-e", script], server: { passEnv: [], setEnv: {}, ...server } };
}

/** Appends a line to a file: by its lines it is known how often something ran. */
const noted = (file: string) => `require("node:fs").appendFileSync(${JSON.stringify(file)}, "run\\n")`;
const timesNoted = (file: string) => (existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0);
const writes = (file: string, text: string) => `require("node:fs").writeFileSync("${file}", ${text})`;
const everyFile = (folder: string) => readdirSync(folder, { recursive: true, encoding: "utf8" });

async function failure(building: Promise<unknown>): Promise<GateError> {
  const error = await building.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(GateError);
  return error as GateError;
}

test("a base is built once in a worktree of its own, and the checkout stays as it is", async () => {
  const { upstream, main, merge } = pullRequest();
  const folder = shallowCheckout(upstream, merge);
  const cacheFolder = scratchFolder();
  const runs = join(scratchFolder(), "runs");
  const build = buildOf(main, `${noted(runs)}; ${writes("built.txt", '"built"')}`);

  const first = await repositoryIn(folder, { cacheFolder }).built(build, anytime);
  expect(first).toEqual({ folder: expect.stringContaining(cacheFolder), cached: false });
  expect(readFileSync(join(first.folder, "built.txt"), "utf8")).toBe("built");
  expect(readFileSync(join(first.folder, "main.txt"), "utf8")).toBe("0");
  expect(existsSync(join(first.folder, "feature.txt"))).toBe(false);

  const second = await repositoryIn(folder, { cacheFolder }).built(build, anytime);
  expect(second).toEqual({ folder: first.folder, cached: true });
  expect(timesNoted(runs)).toBe(1);
  expect(git(folder, "rev-parse", "HEAD")).toBe(merge);
  expect(git(folder, "status", "--porcelain")).toBe("");
});

test.each([
  ["another command", (build: BaseBuild) => ({ ...build, command: [...build.command, "again"] })],
  ["another variable", (build: BaseBuild) => ({ ...build, server: { passEnv: [], setEnv: { MODE: "fast" } } })],
])("%s is another build", async (_what, changed) => {
  const folder = newRepository();
  const build = buildOf(commit(folder, { "a.txt": "a" }), "");
  const { built } = repositoryIn(folder);
  const first = await built(build, anytime);
  const other = await built(changed(build), anytime);
  expect(other.cached).toBe(false);
  expect(other.folder).not.toBe(first.folder);
});

test.each([
  ["whose tree was moved to another commit", (tree: string) => git(tree, "checkout", "--quiet", "HEAD^1")],
  ["whose tree is gone", (tree: string) => rmSync(tree, { recursive: true })],
  ["whose tree no clone knows any more", (tree: string) => writeFileSync(join(tree, ".git"), "gitdir: /no/such/clone")],
])("a build %s is made anew", async (_what, damage) => {
  const folder = newRepository();
  commit(folder, { "a.txt": "before" });
  const build = buildOf(commit(folder, { "a.txt": "a" }), "");
  const { built } = repositoryIn(folder);
  const { folder: tree } = await built(build, anytime);
  damage(tree);
  expect(await built(build, anytime)).toEqual({ folder: tree, cached: false });
  expect(readFileSync(join(tree, "a.txt"), "utf8")).toBe("a");
});

test("below the root the build runs in the same folder of the base, and that folder is given", async () => {
  const folder = newRepository();
  const sha = commit(folder, { "serving/a.txt": "a" });
  commit(folder, { "later/b.txt": "b" });
  const built = await repositoryIn(join(folder, "serving")).built(buildOf(sha, writes("out.txt", '"x"')), anytime);
  expect(built.folder).toMatch(/\/serving\/?$/);
  expect(existsSync(join(built.folder, "out.txt"))).toBe(true);
  const error = await failure(repositoryIn(join(folder, "later")).built(buildOf(sha, ""), anytime));
  expect(error.message).toMatch(/the base .* has no folder later\//);
});

test("submodules come with the base, whole where their server gives no single commits", async () => {
  const library = newRepository();
  const pinned = commit(library, { "lib.txt": "pinned" });
  commit(library, { "lib.txt": "newer" });
  const folder = newRepository();
  git(folder, "submodule", "--quiet", "add", `file://${library}`, "lib");
  git(join(folder, "lib"), "checkout", "--quiet", pinned);
  const sha = commit(folder, { "a.txt": "a" });
  const tree = async () => (await repositoryIn(folder).built(buildOf(sha, ""), anytime)).folder;
  expect(readFileSync(join(await tree(), "lib", "lib.txt"), "utf8")).toBe("pinned");

  // The old protocol asks whether a commit may be had; a plain repository says no to all but branches.
  git(library, "config", "uploadpack.allowReachableSHA1InWant", "false");
  const old = { ...environment, GIT_CONFIG_COUNT: "2", GIT_CONFIG_KEY_1: "protocol.version", GIT_CONFIG_VALUE_1: "0" };
  const again = await repositoryIn(folder, { environment: old }).built(buildOf(sha, ""), anytime);
  expect(readFileSync(join(again.folder, "lib", "lib.txt"), "utf8")).toBe("pinned");

  rmSync(library, { recursive: true });
  const error = await failure(repositoryIn(folder).built(buildOf(sha, ""), anytime));
  expect(error.message).toMatch(
    /the submodules of the base .* cannot be fetched: .*; the token of a job reads its own/,
  );
});

test("a build that fails is told with its command, its end and its last lines, without passed secrets", async () => {
  const folder = newRepository();
  const sha = commit(folder, { "a.txt": "a" });
  const script = `for (let i = 0; i < 30; i += 1) console.log("line " + i); console.error(process.env.HF_TOKEN); process.exit(3)`;
  const withToken = { ...environment, HF_TOKEN: "hf_verysecret" };
  const cacheFolder = scratchFolder();
  const { built } = repositoryIn(folder, { environment: withToken, cacheFolder });
  const error = await failure(built(buildOf(sha, script, { passEnv: ["HF_TOKEN"] }), anytime));
  expect(error.blame).toBe("config");
  expect(error.message).toMatch(
    /^config: server\.build \(.*\) exited with code 3 in the base [0-9a-f]{12}\. Its last 20 lines:/,
  );
  expect(error.message).toContain("  | line 29\n");
  expect(error.message).toContain("  | ***\n");
  expect(error.message).not.toContain("line 5\n");
  expect(error.message).not.toContain("verysecret");
  expect(everyFile(cacheFolder).filter((name) => /\.(built|lock)/.test(name))).toEqual([]);
});

test("a build that cannot start names its key", async () => {
  const folder = newRepository();
  const sha = commit(folder, { "a.txt": "a" });
  const build = { sha, command: ["./build.sh"], server: { passEnv: [], setEnv: {} } };
  const error = await failure(repositoryIn(folder).built(build, anytime));
  expect(error.message).toMatch(/^config: server\.build starts "\.\/build\.sh", which was not found in \//);
});

test("a build sees the environment of a server: nothing of the workflow's, what is passed and set", async () => {
  const folder = newRepository();
  const sha = commit(folder, { "a.txt": "a" });
  const ours = {
    ...environment,
    GITHUB_TOKEN: "x",
    "INPUT_GITHUB-TOKEN": "x",
    ACTIONS_RUNTIME_TOKEN: "x",
    PIP_TOKEN: "p",
  };
  const server = { passEnv: ["PIP_TOKEN"], setEnv: { MODE: "fast" } };
  const build = buildOf(sha, writes("seen.json", "JSON.stringify(process.env)"), server);
  const { folder: tree } = await repositoryIn(folder, { environment: ours }).built(build, anytime);
  const seen = JSON.parse(readFileSync(join(tree, "seen.json"), "utf8")) as Record<string, string>;
  expect(Object.keys(seen).filter((name) => /GITHUB|INPUT|ACTIONS/.test(name))).toEqual([]);
  expect(seen).toMatchObject({ PIP_TOKEN: "p", MODE: "fast" });
});

test("no hook of the checkout runs", async () => {
  const folder = newRepository();
  const sha = commit(folder, { "a.txt": "a" });
  const canary = join(scratchFolder(), "hook");
  writeFileSync(join(folder, ".git/hooks/post-checkout"), `#!/bin/sh\ntouch ${canary}\n`, { mode: 0o755 });
  await repositoryIn(folder).built(buildOf(sha, ""), anytime);
  expect(existsSync(canary)).toBe(false);
});

test("a cancelled build leaves no process behind and does not count as done", async () => {
  const folder = newRepository();
  const sha = commit(folder, { "a.txt": "a" });
  const cacheFolder = scratchFolder();
  const started = join(scratchFolder(), "started");
  const child = `require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true })`;
  const script = `${child}; ${noted(started)}; setInterval(() => {}, 1000)`;
  const mark = `cancelled-build-${process.pid}`;
  const build = buildOf(sha, script, { setEnv: { MARK: mark } });
  const cancel = new AbortController();
  const reason = new GateError("config", "stopped by SIGINT");
  const building = repositoryIn(folder, { cacheFolder }).built(build, cancel.signal);
  const rejected = expect(building).rejects.toBe(reason);
  await until("the build runs", () => existsSync(started));
  expect(processesWith(mark)).toHaveLength(2);
  cancel.abort(reason);
  await rejected;
  expect(processesWith(mark)).toEqual([]);
  expect(everyFile(cacheFolder).filter((name) => /\.(built|lock)/.test(name))).toEqual([]);
});

test("two that want the same build at once share it: the second waits", async () => {
  const folder = newRepository();
  const sha = commit(folder, { "a.txt": "a" });
  const shared: Partial<GitRepositoryOptions> = { cacheFolder: scratchFolder() };
  const runs = join(scratchFolder(), "runs");
  const goOn = join(scratchFolder(), "go-on");
  const waitFor = `const wait = setInterval(() => { if (require("node:fs").existsSync("${goOn}")) clearInterval(wait) }, 20)`;
  const build = buildOf(sha, `${noted(runs)}; ${waitFor}`);
  const first = repositoryIn(folder, shared).built(build, anytime);
  await until("the first one builds", () => timesNoted(runs) === 1);
  const notes: string[] = [];
  const onNote = (text: string) => {
    notes.push(text);
    writeFileSync(goOn, "");
  };
  const second = repositoryIn(folder, { ...shared, onNote }).built(build, anytime);
  expect([(await first).cached, (await second).cached]).toEqual([false, true]);
  expect(notes).toEqual([`waiting for process ${process.pid}, which builds the base ${sha.slice(0, 12)}`]);
  expect(timesNoted(runs)).toBe(1);
});

test("the three builds used last are kept, and all that this run was given", async () => {
  const folder = newRepository();
  const shas = ["a", "b", "c", "d", "e"].map((text) => commit(folder, { "a.txt": text }));
  const cacheFolder = scratchFolder();
  const trees: string[] = [];
  const build = async (sha: string) => {
    const { folder: tree } = await repositoryIn(folder, { cacheFolder }).built(buildOf(sha, ""), anytime);
    trees.push(tree);
  };
  for (const sha of shas.slice(0, 3)) await build(sha);
  await build(shas[0] ?? "");
  await build(shas[3] ?? "");
  expect(trees.map((tree) => existsSync(tree))).toEqual([true, false, true, true, true]);
  expect(git(folder, "worktree", "list").split("\n")).toHaveLength(4);

  const { built } = repositoryIn(folder, { cacheFolder });
  const ours: string[] = [];
  for (const sha of shas) ours.push((await built(buildOf(sha, ""), anytime)).folder);
  expect(ours.map((tree) => existsSync(tree))).toEqual([true, true, true, true, true]);
});

test("a folder that cannot keep builds is a fault of the machine, and told how to choose another", async () => {
  const folder = newRepository();
  const sha = commit(folder, { "a.txt": "a" });
  const cacheFolder = join(scratchFolder(), "file");
  writeFileSync(cacheFolder, "");
  const error = await failure(repositoryIn(folder, { cacheFolder }).built(buildOf(sha, ""), anytime));
  expect(error.blame).toBe("host");
  expect(error.message).toMatch(/cannot keep a build of the base: mkdir failed with ENOTDIR .*SERVING_GATE_CACHE/);
});

test("a base that is not here and cannot be had is told", async () => {
  const { upstream, main } = pullRequest();
  const { built } = repositoryIn(wholeCheckout(upstream, main));
  const error = await failure(built(buildOf("1".repeat(40), ""), anytime));
  expect(error.message).toContain("the commit 111111111111 is not in this checkout and origin does not give it");
});

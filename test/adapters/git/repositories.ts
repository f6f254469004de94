import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "@jest/globals";
import { type GitRepositoryOptions, gitRepository } from "../../../src/adapters/git/repository.ts";
import { createBuildRunner } from "../../../src/adapters/server/build-runner.ts";
import type { Repository } from "../../../src/gate/ports.ts";

/** Git's environment in tests: nothing of this machine's settings, and submodules from folders, which git forbids by itself. */
export const environment = {
  PATH: process.env["PATH"],
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_COUNT: "1",
  GIT_CONFIG_KEY_0: "protocol.file.allow",
  GIT_CONFIG_VALUE_0: "always",
};

const person = { NAME: "A", EMAIL: "a@example.org", DATE: "2026-01-01T00:00:00Z" };
const people = ["AUTHOR", "COMMITTER"].flatMap((role) =>
  Object.entries(person).map(([key, value]) => [`GIT_${role}_${key}`, value]),
);

/** Runs git for a test's own needs and returns what it prints. */
export function git(folder: string, ...words: readonly string[]): string {
  const env = { ...environment, ...Object.fromEntries(people) };
  return execFileSync("git", words, { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

const scratch: string[] = [];
afterAll(() => {
  for (const folder of scratch) rmSync(folder, { recursive: true, force: true });
});

/** Gone after the file's last test. */
export function scratchFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "serving-gate-git-")));
  scratch.push(folder);
  return folder;
}

export function newRepository(folder = scratchFolder()): string {
  mkdirSync(folder, { recursive: true });
  git(folder, "init", "--quiet", "--initial-branch=main");
  // GitHub gives any commit that a ref reaches.
  git(folder, "config", "uploadpack.allowReachableSHA1InWant", "true");
  return folder;
}

/** Writes files, commits them all and returns the commit's id. */
export function commit(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  git(folder, "add", "--all");
  git(folder, "commit", "--quiet", "--allow-empty", "--message", Object.keys(files).join(" "));
  return git(folder, "rev-parse", "HEAD");
}

/** Many commits of one file onto the branch that is checked out, quickly. */
function commits(folder: string, count: number, name: string): string {
  const branch = git(folder, "symbolic-ref", "HEAD");
  const before = git(folder, "rev-parse", "HEAD");
  const blocks = Array.from({ length: count }, (_, index) =>
    [
      `commit ${branch}\ncommitter A <a@example.org> ${1_767_225_600 + index} +0000\ndata 1\n${index % 10}`,
      ...(index === 0 ? [`from ${before}`] : []),
      `M 644 inline ${name}\ndata 1\n${index % 10}\n`,
    ].join("\n"),
  );
  execFileSync("git", ["fast-import", "--quiet"], { cwd: folder, env: environment, input: blocks.join("\n") });
  git(folder, "reset", "--quiet", "--hard");
  return git(folder, "rev-parse", "HEAD");
}

export interface PullRequest {
  readonly upstream: string;
  /** Where the branch left main. */
  readonly fork: string;
  /** Main's newest commit. */
  readonly main: string;
  readonly head: string;
  /** What GitHub makes of the two: `refs/pull/1/merge`. */
  readonly merge: string;
}

/** A repository as GitHub has it, with a branch of `ahead` commits while main went on by `behind`. */
export function pullRequest({ ahead = 1, behind = 1 } = {}): PullRequest {
  const upstream = newRepository();
  const fork = commit(upstream, { "a.txt": "fork", "served/b.txt": "b" });
  git(upstream, "checkout", "--quiet", "-b", "feature");
  const head = commits(upstream, ahead, "feature.txt");
  git(upstream, "checkout", "--quiet", "main");
  const main = commits(upstream, behind, "main.txt");
  git(upstream, "checkout", "--quiet", "--detach");
  git(upstream, "merge", "--quiet", "--no-ff", "--message", "merge", "feature");
  const merge = git(upstream, "rev-parse", "HEAD");
  git(upstream, "update-ref", "refs/pull/1/merge", merge);
  git(upstream, "update-ref", "refs/pull/1/head", head);
  git(upstream, "checkout", "--quiet", "main");
  return { upstream, fork, main, head, merge };
}

/** What actions/checkout makes of a commit with `fetch-depth: 1`. */
export function shallowCheckout(upstream: string, sha: string, url = `file://${upstream}`): string {
  const folder = newRepository();
  git(folder, "fetch", "--quiet", "--no-tags", "--depth=1", `file://${upstream}`, sha);
  git(folder, "remote", "add", "origin", url);
  git(folder, "checkout", "--quiet", "--detach", "FETCH_HEAD");
  return folder;
}

export function wholeCheckout(upstream: string, sha: string): string {
  const folder = join(scratchFolder(), "clone");
  git(dirname(folder), "clone", "--quiet", `file://${upstream}`, folder);
  git(folder, "fetch", "--quiet", "origin", sha);
  git(folder, "checkout", "--quiet", "--detach", sha);
  return folder;
}

export function repositoryIn(folder: string, options: Partial<GitRepositoryOptions> = {}): Repository {
  const runBuild = createBuildRunner({ environment: options.environment ?? environment });
  return gitRepository({ folder, cacheFolder: scratchFolder(), runBuild, environment, ...options });
}

export const anytime = new AbortController().signal;

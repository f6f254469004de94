import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { GateError } from "../../core/model/gate-error.ts";
import type { Checkout } from "./checkout.ts";
import { shortId } from "./fetch.ts";
import type { GitEnd } from "./git.ts";

export interface Worktree {
  readonly folder: string;
  readonly sha: string;
}

/** A tree of the commit and of its submodules, whatever was there before. */
export async function createWorktree(checkout: Checkout, worktree: Worktree): Promise<void> {
  await addWorktree(checkout, worktree);
  if (!existsSync(join(worktree.folder, ".gitmodules"))) return;
  if ((await updateSubmodules(checkout, worktree, ["--depth=1"])).ok) return;
  // A server may refuse single commits. What the attempt left is as shallow, so it begins anew.
  await addWorktree(checkout, worktree);
  const end = await updateSubmodules(checkout, worktree, []);
  if (end.ok) return;
  const advice = "the token of a job reads its own repository only; private submodules take one of their own";
  throw new GateError(
    "config",
    `git: the submodules of the base ${shortId(worktree.sha)} cannot be fetched: ${end.reason}; ${advice} (actions/checkout's token)`,
  );
}

/** With what git notes of it; a tree that is half there, or of another clone, is no obstacle. */
export async function removeWorktree({ git, signal }: Checkout, folder: string): Promise<void> {
  await git(["worktree", "remove", "--force", "--", folder], { signal, isLong: true });
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** The commit a tree stands at; undefined where it is none, or no more. */
export async function worktreeCommit({ git, signal }: Checkout, folder: string): Promise<string | undefined> {
  if (!existsSync(join(folder, ".git"))) return undefined;
  const head = await git(["rev-parse", "--verify", "--quiet", "HEAD"], { signal, folder });
  return head.ok ? head.text.trim() : undefined;
}

async function addWorktree(checkout: Checkout, { folder, sha }: Worktree): Promise<void> {
  const { git, signal, remote } = checkout;
  await removeWorktree(checkout, folder);
  await mkdir(dirname(folder), { recursive: true });
  // Files may come from the remote only now (LFS, a partial clone). A note of a tree that is gone gives way to --force.
  const added = await git(["worktree", "add", "--detach", "--force", "--quiet", "--", folder, sha], {
    signal,
    isLong: true,
    ...(remote === undefined ? {} : { variables: remote.access.ofCheckout }),
  });
  if (added.ok) return;
  throw new GateError("host", `git: the base ${shortId(sha)} cannot be checked out to ${folder}: ${added.reason}`);
}

function updateSubmodules(
  { git, signal, remote }: Checkout,
  { folder }: Worktree,
  depth: readonly string[],
): Promise<GitEnd> {
  return git(["submodule", "--quiet", "update", "--init", "--recursive", ...depth], {
    signal,
    folder,
    isLong: true,
    ...(remote === undefined ? {} : { variables: remote.access.ofSubmodules }),
  });
}

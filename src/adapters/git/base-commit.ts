import { GateError } from "../../core/model/gate-error.ts";
import type { BaseCommit, ChangeUnderTest } from "../../gate/ports.ts";
import type { Checkout } from "./checkout.ts";
import { commitOf, ensureCommit, fetchObjects, isCommitId, shallowDepth, shortId } from "./fetch.ts";
import { mergeBase } from "./merge-base.ts";

/**
 * The commit to compare HEAD with.
 *
 * GitHub checks a pull request out as a merge commit of its own: base branch first, the pull request's head second. Its
 * first parent has all of main that HEAD has, so what differs is the pull request alone. Any other HEAD, a merge that
 * somebody made by hand among them, is compared with where it left the base.
 */
export async function baseCommit(checkout: Checkout, change: ChangeUnderTest): Promise<BaseCommit> {
  const head = await headCommit(checkout);
  const parent = githubsFirstParent(head, change);
  if (parent !== undefined) {
    await ensureCommit(checkout, parent);
    return { sha: parent, how: "first-parent" };
  }
  const tip = await baseTip(checkout, change);
  const sha = await mergeBase(checkout, { head: head.sha, tip });
  if (sha === head.sha) {
    const reason = `HEAD (${shortId(sha)}) is part of ${tip.name} already, so there is nothing to compare it with`;
    throw new GateError("config", `git: ${reason}; check the change out`);
  }
  return { sha, how: "merge-base" };
}

interface HeadCommit {
  readonly sha: string;
  readonly parents: readonly string[];
}

/** Read from the commit's own text: `HEAD^1` fails at the edge of a shallow history, where the text still names them. */
async function headCommit(checkout: Checkout): Promise<HeadCommit> {
  const { git, signal } = checkout;
  const sha = await commitOf(checkout, "HEAD");
  if (sha === undefined) throw new GateError("config", "git: HEAD is no commit yet; commit what is to be measured");
  const commit = await git(["cat-file", "commit", sha], { signal });
  if (!commit.ok) throw new GateError("config", `git: HEAD (${shortId(sha)}) cannot be read: ${commit.reason}`);
  const [header = ""] = commit.text.split("\n\n");
  return { sha, parents: [...header.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, parent = ""]) => parent) };
}

function githubsFirstParent({ parents }: HeadCommit, change: ChangeUnderTest): string | undefined {
  const [first, second] = parents;
  const isPullRequest = change.baseRef !== undefined || change.baseSha !== undefined;
  if (!isPullRequest || parents.length !== 2) return undefined;
  return change.headSha === undefined || change.headSha === second ? first : undefined;
}

interface Tip {
  readonly sha: string;
  /** For people: "main". */
  readonly name: string;
}

async function baseTip(checkout: Checkout, { baseSha, baseRef }: ChangeUnderTest): Promise<Tip> {
  const branch = baseRef?.replace(/^refs\/heads\//, "");
  if (baseSha !== undefined && isCommitId(baseSha)) {
    await ensureCommit(checkout, baseSha);
    return { sha: baseSha, name: branch ?? shortId(baseSha) };
  }
  return branch === undefined ? defaultTip(checkout) : branchTip(checkout, branch);
}

async function branchTip(checkout: Checkout, branch: string): Promise<Tip> {
  const { git, signal, remote } = checkout;
  const local = `refs/heads/${branch}`;
  if (!(await git(["check-ref-format", local], { signal })).ok) {
    throw new GateError("config", `git: ${JSON.stringify(branch)} is no name of a branch; expected one such as main`);
  }
  const tracked = remote && `refs/remotes/${remote.name}/${branch}`;
  const refs = tracked === undefined ? [] : [tracked];
  const known = await firstCommit(checkout, refs);
  if (known !== undefined) return { sha: known.sha, name: branch };
  const end = await fetchObjects(checkout, [`+${local}:${tracked}`], await shallowDepth(checkout));
  // Our own branch of that name may be an older one: better than none.
  const found = await firstCommit(checkout, [...refs, local]);
  if (found !== undefined) return { sha: found.sha, name: branch };
  const reason = end.ok ? "came without a commit" : end.reason;
  throw new GateError("config", `git: the branch ${branch} is not in this checkout and ${reason}`);
}

/** The remote's default branch, as the clone noted it or as the remote says now; else main or master. */
async function defaultTip(checkout: Checkout): Promise<Tip> {
  const { git, signal, remote } = checkout;
  const ofRemote = remote === undefined ? [] : [`refs/remotes/${remote.name}/HEAD`];
  const noted = await firstCommit(checkout, ofRemote);
  if (noted !== undefined) return noted;
  if (remote !== undefined) {
    const options = { signal, isLong: true, variables: remote.access.ofCheckout };
    const told = await git(["ls-remote", "--", remote.name, "HEAD"], options);
    const [sha = ""] = told.ok ? told.text.split("\t") : [];
    if (isCommitId(sha)) {
      await ensureCommit(checkout, sha);
      return { sha, name: `${remote.name}'s default branch` };
    }
  }
  const places = remote === undefined ? ["refs/heads"] : [`refs/remotes/${remote.name}`, "refs/heads"];
  const guesses = places.flatMap((place) => ["main", "master"].map((branch) => `${place}/${branch}`));
  const guessed = await firstCommit(checkout, guesses);
  if (guessed !== undefined) return guessed;
  throw new GateError(
    "config",
    "git: no default branch was found, neither a remote's nor main or master; name the base",
  );
}

async function firstCommit(checkout: Checkout, refs: readonly string[]): Promise<Tip | undefined> {
  for (const ref of refs) {
    const sha = await commitOf(checkout, ref);
    if (sha !== undefined) return { sha, name: ref.replace(/^refs\/(heads|remotes)\//, "") };
  }
  return undefined;
}

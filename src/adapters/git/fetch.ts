/** Getting what a shallow checkout has not. Nothing here moves HEAD, a branch or a file. */
import { GateError } from "../../core/model/gate-error.ts";
import type { Checkout } from "./checkout.ts";

/** Whole ids only: anything else could be taken for an option or mean another commit tomorrow. */
export function isCommitId(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

export function shortId(sha: string): string {
  return sha.slice(0, 12);
}

/** The id that a ref stands for, by its full name; undefined where there is none. */
export async function commitOf({ git, signal }: Checkout, ref: string): Promise<string | undefined> {
  const found = await git(["rev-parse", "--verify", "--quiet", `${ref}^{commit}`], { signal });
  return found.ok ? found.text.trim() : undefined;
}

/** Makes sure that a commit is here with all its files; rejects with a GateError that says how to make it so. */
export async function ensureCommit(checkout: Checkout, sha: string): Promise<void> {
  const { git, signal } = checkout;
  if (!isCommitId(sha)) throw new GateError("bug", `git: ${JSON.stringify(sha)} is not the id of a commit`);
  if ((await git(["cat-file", "-e", `${sha}^{commit}`], { signal })).ok) return;
  const end = await fetchObjects(checkout, [sha], await shallowDepth(checkout));
  if (!end.ok)
    throw new GateError("config", `git: the commit ${shortId(sha)} is not in this checkout and ${end.reason}`);
}

/** `--depth` where there is more to be had than is here; in a whole clone it would cut the history off. */
export async function shallowDepth(checkout: Checkout): Promise<readonly string[]> {
  return (await isShallow(checkout)) ? ["--depth=1"] : [];
}

export async function isShallow({ git, signal }: Checkout): Promise<boolean> {
  const answer = await git(["rev-parse", "--is-shallow-repository"], { signal });
  return answer.ok && answer.text.trim() === "true";
}

/** `reason` goes on after "… and ". */
export type FetchEnd = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Fetches commits by their ids, or refspecs. */
export async function fetchObjects(
  { git, signal, remote }: Checkout,
  wanted: readonly string[],
  depth: readonly string[],
): Promise<FetchEnd> {
  if (remote === undefined) return { ok: false, reason: "there is no remote to fetch it from" };
  const options = ["--quiet", "--no-tags", "--no-recurse-submodules", ...depth];
  const end = await git(["fetch", ...options, "--", remote.name, ...wanted], {
    signal,
    isLong: true,
    variables: remote.access.ofCheckout,
  });
  if (end.ok) return end;
  return {
    ok: false,
    reason:
      `${remote.name} does not give it (${end.reason}); in the workflow let actions/checkout fetch more ` +
      "(fetch-depth: 2 for a pull request, 0 for all) or keep its credentials (persist-credentials: true)",
  };
}

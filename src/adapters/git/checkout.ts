import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { GateError } from "../../core/model/gate-error.ts";
import { type Access, accessTo, type Credentials, secretsOf } from "./access.ts";
import { type Git, gitIn, type Variables } from "./git.ts";

export interface CheckoutOptions {
  /** In the checkout; need not be its root. */
  readonly folder: string;
  readonly credentials: Credentials;
  readonly environment: Variables;
}

/** The checkout we stand in, and one operation on it. */
export interface Checkout {
  readonly git: Git;
  readonly signal: AbortSignal;
  /** Where we stand in it. */
  readonly folder: string;
  /** Its top folder. */
  readonly root: string;
  /** From the root to the folder we stand in: empty, or with a slash at its end. */
  readonly prefix: string;
  /** Where git keeps what all worktrees share; one for each clone. */
  readonly gitFolder: string;
  /** Where commits that are not here can be had. */
  readonly remote: Remote | undefined;
}

interface Remote {
  readonly name: string;
  readonly access: Access;
}

export async function openCheckout(options: CheckoutOptions, signal: AbortSignal): Promise<Checkout> {
  const { folder, credentials, environment } = options;
  const git = gitIn({ folder, environment, secrets: secretsOf(credentials) });
  const found = await git(["rev-parse", "--show-toplevel", "--git-common-dir", "--show-prefix"], { signal });
  if (!found.ok) {
    const reason = /not a git repository/i.test(found.reason) ? "is not in a git repository" : `(${found.reason})`;
    throw new GateError("config", `git: ${folder} ${reason}; check the code out with actions/checkout, or git clone`);
  }
  const [root = "", gitFolder = "", prefix = ""] = found.text.split("\n");
  const remote = await remoteOf(options, git, signal);
  return { git, signal, folder, root, prefix, gitFolder: await realpath(resolve(folder, gitFolder)), remote };
}

/** `origin`, or the only one there is. */
async function remoteOf(
  { credentials, environment }: CheckoutOptions,
  git: Git,
  signal: AbortSignal,
): Promise<Remote | undefined> {
  const listed = await git(["remote"], { signal });
  const names = listed.ok ? listed.text.split("\n").filter((name) => name !== "") : [];
  const name = names.includes("origin") || names.length !== 1 ? "origin" : names[0];
  if (name === undefined || !names.includes(name)) return undefined;
  const url = await git(["remote", "get-url", name], { signal });
  const access = await accessTo(url.ok ? url.text.trim() : "", credentials, { git, environment, signal });
  return { name, access };
}

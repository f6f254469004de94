import { rm } from "node:fs/promises";
import { GateError } from "../../core/model/gate-error.ts";
import type { Repository } from "../../gate/ports.ts";
import { builtBase, type RunBuild } from "./base-build.ts";
import { baseCommit } from "./base-commit.ts";
import { openCheckout } from "./checkout.ts";
import { ensureCommit } from "./fetch.ts";
import { fileAt } from "./file-at.ts";
import type { Variables } from "./git.ts";

export interface GitRepositoryOptions {
  /** In the checkout; need not be its root. */
  readonly folder: string;
  /** Where builds are kept, outside the workspace: a checkout cleans that. */
  readonly cacheFolder: string;
  readonly runBuild: RunBuild;
  /** For fetches from remotes below `serverUrl`, where the checkout keeps no credentials of its own. */
  readonly token?: string | undefined;
  /** Default https://github.com. */
  readonly serverUrl?: string | undefined;
  /** Git's environment; default process.env. */
  readonly environment?: Variables;
  /** Things a user would want to know while waiting. */
  readonly onNote?: (text: string) => void;
}

/** The git repository around a folder. HEAD, branches and files stay as they are; commits and worktrees are added. */
export function gitRepository(options: GitRepositoryOptions): Repository {
  const { folder, cacheFolder, runBuild: run, environment = process.env, onNote = () => undefined } = options;
  const credentials = { token: options.token, serverUrl: options.serverUrl ?? "https://github.com" };
  const open = (signal: AbortSignal) => openCheckout({ folder, credentials, environment }, signal);
  const inUse = new Set<string>();
  const markers = new Map<string, string>();
  return {
    async base(change, signal) {
      try {
        return { kind: "found", commit: await baseCommit(await open(signal), change) };
      } catch (error) {
        return { kind: "missing", reason: reasonOf(error, signal) };
      }
    },
    async fileAt(sha, path, signal = AbortSignal.timeout(UNASKED_LIMIT_MS)) {
      try {
        const checkout = await open(signal);
        await ensureCommit(checkout, sha);
        return await fileAt(checkout, sha, path);
      } catch (error) {
        return { kind: "unreadable", path, reason: reasonOf(error, signal) };
      }
    },
    async built(request, signal) {
      return builtBase(await open(signal), request, { cacheFolder, run, inUse, markers, onNote });
    },
    async distrust(built) {
      const marker = markers.get(built);
      if (marker !== undefined) await rm(marker, { force: true }).catch(() => undefined);
    },
  };
}

const UNASKED_LIMIT_MS = 600_000;

/** Part of somebody's sentence, so without the subject. An abort stays one: what the signal was given is no reason of ours. */
function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted || !(error instanceof GateError)) throw error;
  return error.message.replace(/^git: /, "");
}

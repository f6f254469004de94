import { relative } from "node:path";
import { connectGitHub } from "../adapters/github/connect.ts";
import { contentsAt } from "../adapters/github/contents.ts";
import type { RunContext } from "../adapters/github/event-context.ts";
import { parseConfig } from "../core/config/parse-config.ts";
import type { Config } from "../core/model/config.ts";
import type { BaseCommit, Repository } from "../gate/ports.ts";
import type { ActionInputs } from "./action-inputs.ts";
import type { ActionParts } from "./action-parts.ts";
import type { ActionTask } from "./action-task.ts";
import type { BaseFiles } from "./rules.ts";

/** The branch that a pull request wants to change, as it stood when they were put together. */
export interface Base extends BaseFiles {
  readonly repository: Repository;
  readonly commit: BaseCommit | { readonly reason: string };
}

/** Outside a pull request the base is where HEAD left the default branch. */
export async function findBase(
  { env, world, signal }: ActionParts,
  known: { readonly inputs: ActionInputs; readonly context: RunContext; readonly task: ActionTask },
): Promise<Base> {
  const { inputs, context, task } = known;
  const { githubToken: token } = inputs;
  const pull = task.kind === "gate" ? task.pullRequest : undefined;
  const repository = world.repository({ token, serverUrl: env["GITHUB_SERVER_URL"] || undefined });
  const found = await repository.base(pull ?? {}, signal);
  if (found.kind === "found") {
    const { commit } = found;
    return { repository, commit, read: (path) => repository.fileAt(commit.sha, path, signal) };
  }
  const { reason } = found;
  const ref = pull?.baseSha;
  return {
    repository,
    commit: { reason },
    read: async (path) => {
      if (token === "" || ref === undefined) return { kind: "unreadable", path, reason };
      const { apiUrl, owner, repo } = context;
      const place = relative(process.cwd(), path) || path;
      return contentsAt({ api: connectGitHub({ token, apiUrl }), owner, repo, signal }, { path: place, ref });
    },
  };
}

/** The base's config where it can start a server; undefined where it has none that can. */
export async function baseConfig(base: BaseFiles, path: string | undefined): Promise<Config | undefined> {
  const written = path === undefined ? undefined : await base.read(path);
  if (written?.kind !== "found") return undefined;
  const parsed = parseConfig(written.value, { file: written.path, purpose: "run" });
  return parsed.ok ? parsed.config : undefined;
}

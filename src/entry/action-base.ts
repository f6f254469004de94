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
  { inputs, task }: { readonly inputs: ActionInputs; readonly task: ActionTask },
): Promise<Base> {
  const pull = task.kind === "gate" ? task.pullRequest : undefined;
  const repository = world.repository({
    token: inputs.githubToken,
    serverUrl: env["GITHUB_SERVER_URL"] || undefined,
  });
  const found = await repository.base(pull ?? {}, signal);
  if (found.kind === "missing") {
    const { reason } = found;
    return { repository, commit: { reason }, read: async (path) => ({ kind: "unreadable", path, reason }) };
  }
  const { commit } = found;
  return { repository, commit, read: (path) => repository.fileAt(commit.sha, path, signal) };
}

/** The base's config where it can start a server; undefined where it has none that can. */
export async function baseConfig(base: BaseFiles, path: string | undefined): Promise<Config | undefined> {
  const written = path === undefined ? undefined : await base.read(path);
  if (written?.kind !== "found") return undefined;
  const parsed = parseConfig(written.value, { file: written.path, purpose: "run" });
  return parsed.ok ? parsed.config : undefined;
}

import type { BaseCommit, Repository } from "../gate/ports.ts";
import type { ActionInputs } from "./action-inputs.ts";
import type { ActionParts } from "./action-parts.ts";
import type { ActionTask } from "./action-task.ts";
import { type BaseFiles, baseFilesOf } from "./base-files.ts";

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
  return { repository, commit, ...baseFilesOf(repository, commit, signal) };
}

import type { Config, GatePolicy, PhaseConfig } from "../core/model/config.ts";
import { GateError } from "../core/model/gate-error.ts";
import { type BaseSide, namesBaseBuild } from "./base-side.ts";
import type { BaseCommit, Progress, Repository } from "./ports.ts";

export interface BaseWanted {
  readonly config: Config;
  /** The base's own; absent where it has none that can be read. */
  readonly baseConfig?: Config;
  readonly policy: GatePolicy;
  readonly phases: readonly string[] | undefined;
}

export interface BaseSources {
  readonly repository: Repository;
  /** The commit to build, or why it is not known. */
  readonly commit: BaseCommit | { readonly reason: string };
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface FoundBase {
  readonly base?: BaseSide;
  /** Why there is none, though the config says how it comes about. */
  readonly obstacle?: string;
}

/**
 * The base build, ready to be started: built now, before anything holds the GPU.
 *
 * None where the policy is the history's alone, or nobody says how a base comes about. Where the policy insists on one
 * (`confirm`, `paired`) what is in the way is an error; under `auto` it is said, and the history decides.
 */
export async function findBaseSide(wanted: BaseWanted, sources: BaseSources): Promise<FoundBase> {
  const { policy, phases, config, baseConfig } = wanted;
  if (policy.method === "history") return {};
  const named = [baseConfig, config].find((one) => one !== undefined && namesBaseBuild(one, phases));
  if (named === undefined) {
    if (policy.method === "auto") return {};
    throw new GateError(
      "config",
      `config: gate.method is "${policy.method}", but the base build cannot be started; add server.base-command or server.build`,
    );
  }
  try {
    const folders = await builtFolders(gating(named, phases), sources);
    const distrust = (folder: string) => sources.repository.distrust(folder);
    return { base: { config: baseConfig ?? config, folders, distrust } };
  } catch (error) {
    sources.signal.throwIfAborted();
    if (policy.method !== "auto" || !(error instanceof GateError)) throw error;
    sources.progress.report({
      kind: "note",
      text: `No confirmation in this run, the history decides: ${error.message}`,
    });
    return { obstacle: error.message };
  }
}

function gating({ phases }: Config, wanted: readonly string[] | undefined): readonly PhaseConfig[] {
  return phases.filter(({ id }) => wanted?.includes(id) ?? true);
}

async function builtFolders(
  phases: readonly PhaseConfig[],
  sources: BaseSources,
): Promise<ReadonlyMap<string, string>> {
  const { repository, commit, progress, signal } = sources;
  const folders = new Map<string, string>();
  for (const { id, server } of phases) {
    if (server.build === undefined || server.baseCommand !== undefined) continue;
    if ("reason" in commit) throw new GateError("host", `git: the base to build is not known: ${commit.reason}`);
    const sha = commit.sha.slice(0, 12);
    progress.report({ kind: "note", text: `Base build of ${sha} (${commit.how}): ${server.build.join(" ")}` });
    const { folder, cached } = await repository.built({ sha: commit.sha, command: server.build, server }, signal);
    if (cached) progress.report({ kind: "note", text: `Base build of ${sha}: already built, in ${folder}` });
    folders.set(id, folder);
  }
  return folders;
}

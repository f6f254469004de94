import { parseConfig } from "../core/config/parse-config.ts";
import type { Config } from "../core/model/config.ts";
import type { BaseCommit, Repository, Stored } from "../gate/ports.ts";

/** Files as they stand in the base commit. */
export interface BaseFiles {
  /** `path` as in the checkout. */
  read(path: string): Promise<Stored<string>>;
}

export function baseFilesOf(repository: Repository, { sha }: BaseCommit, signal: AbortSignal): BaseFiles {
  return { read: (path) => repository.fileAt(sha, path, signal) };
}

/** The base's config where it can start a server; undefined where it has none that can. */
export async function baseConfig(base: BaseFiles, path: string | undefined): Promise<Config | undefined> {
  const written = path === undefined ? undefined : await base.read(path);
  if (written?.kind !== "found") return undefined;
  const parsed = parseConfig(written.value, { file: written.path, purpose: "run" });
  return parsed.ok ? parsed.config : undefined;
}

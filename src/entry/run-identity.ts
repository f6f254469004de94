import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { promisify } from "node:util";
import type { Source } from "../core/model/results.ts";

const exec = promisify(execFile);

/** Twelve digits that no earlier run used: prompts that start with them cannot hit what a server has cached. */
export function freshNonce(): string {
  return String(randomInt(100_000_000_000, 281_474_976_710_655)).slice(0, 12);
}

/** Where the code under test comes from: GitHub's variables in a job, else the checkout we stand in; what is unknown is absent. */
export async function localSource(environment: NodeJS.ProcessEnv = process.env): Promise<Source> {
  const repository =
    environment["GITHUB_REPOSITORY"] ?? repositoryOf(await git("config", "--get", "remote.origin.url"));
  const sha = environment["GITHUB_SHA"] ?? (await git("rev-parse", "HEAD"));
  const ref = environment["GITHUB_REF"] ?? (await git("symbolic-ref", "-q", "HEAD"));
  const runId = environment["GITHUB_RUN_ID"];
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(sha === undefined ? {} : { sha }),
    ...(ref === undefined ? {} : { ref }),
    ...(runId === undefined ? {} : { runId }),
  };
}

/** `owner/name` of a remote's URL in any of git's spellings, without credentials. */
export function repositoryOf(remoteUrl: string | undefined): string | undefined {
  return /[/:]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(remoteUrl ?? "")?.[1];
}

/** No git and no repository are ordinary. */
async function git(...words: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await exec("git", words, { timeout: 5000 });
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

import type { Stored } from "../../gate/ports.ts";
import { readApiFailure } from "./api-failure.ts";
import type { GitHubApi } from "./connect.ts";

const requestTimeoutMs = 30_000;

/** A file as GitHub has it at a commit, for a checkout that is no git repository. GitHub says 404 for a file that is not there. */
export async function contentsAt(
  { api, owner, repo, signal }: ContentsOptions,
  { path, ref }: { readonly path: string; readonly ref: string },
): Promise<Stored<string>> {
  try {
    const { data } = await api.request("GET /repos/{owner}/{repo}/contents/{path}", {
      ...{ owner, repo, path, ref },
      request: { signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]) },
    });
    const content = typeof data === "object" && "content" in data ? data.content : undefined;
    if (content === undefined) return { kind: "unreadable", path, reason: `GitHub has no file at ${path}` };
    return { kind: "found", path, value: Buffer.from(content, "base64").toString("utf8") };
  } catch (error) {
    if ((error as { status?: unknown }).status === 404) return { kind: "missing" };
    return { kind: "unreadable", path, reason: readApiFailure(error, 0).reason };
  }
}

export interface ContentsOptions {
  readonly api: GitHubApi;
  readonly owner: string;
  readonly repo: string;
  readonly signal: AbortSignal;
}

import { commentBoard } from "../adapters/github/comment-board.ts";
import { connectGitHub } from "../adapters/github/connect.ts";
import { commentMarker } from "../core/report/comment-marker.ts";
import type { CommentBoard } from "../gate/ports.ts";
import type { Publication } from "../gate/publish.ts";
import type { ActionParts } from "./action-parts.ts";
import type { ActionRun } from "./action-prepare.ts";

/** The comment for the pull request; undefined where there is none, or none is wanted. */
export function commentOn(parts: ActionParts, run: ActionRun, body: string): Publication["comment"] {
  const { inputs, task, context } = run;
  if (!inputs.comment || task.kind !== "gate" || task.pullRequest === undefined) return undefined;
  const key = inputs.commentKey;
  const marker = commentMarker({ key, headSha: task.pullRequest.headSha, runId: context.runId });
  return { key, body: `${marker}\n${body}`, board: boardOf(parts, run, task.pullRequest.number) };
}

function boardOf({ world, signal }: ActionParts, { inputs, context }: ActionRun, issue: number): CommentBoard {
  const { githubToken: token, commentAuthor: author } = inputs;
  const { apiUrl, owner, repo } = context;
  if (token === "") return tokenless;
  return commentBoard({
    api: connectGitHub({ token, apiUrl }),
    clock: world.clock,
    owner,
    repo,
    issue,
    author,
    signal,
  });
}

const tokenless: CommentBoard = {
  upsert: async () => ({ kind: "declined", obstacle: "bad-token", reason: "the input github-token is empty" }),
};

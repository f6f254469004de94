import { type CommentMarker, isFromLaterRun, parseCommentMarker } from "../../core/report/comment-marker.ts";
import type { Clock, CommentBoard, Published } from "../../gate/ports.ts";
import { readApiFailure } from "./api-failure.ts";
import type { GitHubApi } from "./connect.ts";

/** GitHub refuses a longer comment with 422. */
const commentCharacters = 65_536;

const attempts = 4;
/** Waits before the next attempt where GitHub names none: 1, 2, 4 s. */
const firstWaitMs = 1000;
/** All waits of one comment together: a job on a GPU does not stand still for a comment. */
const patienceMs = 60_000;
/** For the search over all pages, and for the one write after it. */
const requestTimeoutMs = 30_000;

export interface CommentBoardOptions {
  readonly api: GitHubApi;
  readonly clock: Clock;
  readonly owner: string;
  readonly repo: string;
  readonly issue: number;
  /** Login that our comments carry; a marker under another name is not ours. */
  readonly author: string;
  readonly signal: AbortSignal;
}

/** One sticky comment per key on a pull request: edited where it exists, written anew where not. Never rejects. */
export function commentBoard(options: CommentBoardOptions): CommentBoard {
  return {
    upsert: async (comment) => {
      const marker = parseCommentMarker(comment.body);
      if (marker?.key !== comment.key) {
        return { kind: "failed", reason: `the comment does not begin with the marker of key ${comment.key}` };
      }
      if (comment.body.length > commentCharacters) {
        return {
          kind: "failed",
          obstacle: "too-long",
          reason: `the comment has ${comment.body.length} characters; GitHub takes ${commentCharacters}`,
        };
      }
      return withRetries(options, () => upsertOnce(options, marker, comment.body));
    },
  };
}

/** The whole of it is tried again, search included: a create that timed out may have been carried out. */
async function withRetries(options: CommentBoardOptions, act: () => Promise<Published>): Promise<Published> {
  let waitedMs = 0;
  for (let attempt = 1; ; attempt += 1) {
    const result = await act().catch((error: unknown) => readApiFailure(error, Date.parse(options.clock.wallTime())));
    if (result.kind !== "busy") return result;
    const waitMs = result.waitMs ?? firstWaitMs * 2 ** (attempt - 1);
    waitedMs += waitMs;
    if (attempt === attempts) return unavailable(`${result.reason} (${attempts} attempts)`);
    if (waitedMs > patienceMs) {
      return unavailable(`${result.reason} (it asks to wait ${Math.ceil(waitMs / 1000)} s)`);
    }
    if (!(await slept(options, waitMs))) return { kind: "failed", reason: "the job was cancelled" };
  }
}

function unavailable(reason: string): Published {
  return { kind: "failed", obstacle: "unavailable", reason };
}

/** False when the run was cancelled meanwhile. */
async function slept({ clock, signal }: CommentBoardOptions, waitMs: number): Promise<boolean> {
  try {
    await clock.sleepUntil(clock.nowMs() + waitMs, signal);
    return true;
  } catch {
    return !signal.aborted;
  }
}

async function upsertOnce(options: CommentBoardOptions, marker: CommentMarker, body: string): Promise<Published> {
  const { api, owner, repo, issue, author } = options;
  const existing = await findOurs(options, marker.key);
  if (existing === undefined) {
    const { data } = await api.rest.issues.createComment({
      owner,
      repo,
      issue_number: issue,
      body,
      request: { signal: deadline(options) },
    });
    const writtenBy = data.user?.login;
    const found = writtenBy === undefined || sameLogin(writtenBy, author);
    return { kind: "published", url: data.html_url, ...(found ? {} : { warning: strangerWarning(writtenBy, author) }) };
  }
  if (isFromLaterRun(existing.marker, marker)) {
    const reason = `a later run (${existing.marker.runId}) has already written its report`;
    return { kind: "declined", obstacle: "later-run", reason };
  }
  if (existing.body === body) return { kind: "published", url: existing.url };
  const { data } = await api.rest.issues.updateComment({
    owner,
    repo,
    comment_id: existing.id,
    body,
    request: { signal: deadline(options) },
  });
  return { kind: "published", url: data.html_url };
}

function strangerWarning(writtenBy: string, author: string): string {
  return (
    `the comment was written by ${writtenBy}, and the next run looks for one by ${author}: ` +
    `set \`comment-author: ${writtenBy}\`, or every run writes a new comment`
  );
}

interface OwnComment {
  readonly id: number;
  readonly url: string;
  readonly body: string;
  readonly marker: CommentMarker;
}

/** Of several (two runs may have started at once) the one of the latest run. */
async function findOurs(options: CommentBoardOptions, key: string): Promise<OwnComment | undefined> {
  let latest: OwnComment | undefined;
  for await (const page of listedComments(options)) {
    const written = page.filter(({ user }) => sameLogin(user?.login ?? "", options.author));
    for (const ours of written.flatMap((comment) => asOurs(comment, key))) {
      if (latest === undefined || !isFromLaterRun(latest.marker, ours.marker)) latest = ours;
    }
  }
  return latest;
}

async function* listedComments(options: CommentBoardOptions): AsyncGenerator<readonly ListedComment[]> {
  const { api, owner, repo, issue } = options;
  const pages = api.paginate.iterator(api.rest.issues.listComments, {
    owner,
    repo,
    issue_number: issue,
    per_page: 100,
    request: { signal: deadline(options) },
  });
  for await (const { data } of pages) {
    // A body cut off on the way arrives as text: without this we would find nothing and write a second comment.
    if (!Array.isArray(data)) throw new Error("the list of comments came incomplete");
    yield data;
  }
}

interface ListedComment {
  readonly id: number;
  readonly html_url: string;
  readonly body?: string;
  readonly user: { readonly login: string } | null;
}

function asOurs({ id, html_url: url, body = "" }: ListedComment, key: string): readonly OwnComment[] {
  const marker = parseCommentMarker(body);
  return marker?.key === key ? [{ id, url, body, marker }] : [];
}

function sameLogin(login: string, author: string): boolean {
  return login.toLowerCase() === author.toLowerCase();
}

function deadline({ signal }: CommentBoardOptions): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]);
}

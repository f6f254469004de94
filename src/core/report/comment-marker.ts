/** The hidden first line of our pull request comment: which gate wrote it, for which commit, in which run. */
export interface CommentMarker {
  /** Tells the comments of several gates on one pull request apart. */
  readonly key: string;
  readonly headSha: string;
  /** Decimal; a later run has a larger one. */
  readonly runId: string;
}

/** What a key may hold, so that it can neither end the HTML comment nor be mistaken for another key. */
export const commentKeyPattern = /^[A-Za-z0-9._-]+$/;

const markerPattern = /^<!-- serving-gate:report key=(?<key>\S+) head=(?<head>\S*) run=(?<run>\d*)\S* -->/;

export function commentMarker({ key, headSha, runId }: CommentMarker): string {
  return `<!-- serving-gate:report key=${key} head=${headSha} run=${runId} -->`;
}

/** The marker a comment begins with; one further down is quoted text, not ours. */
export function parseCommentMarker(body: string): CommentMarker | undefined {
  const { key, head, run } = markerPattern.exec(body)?.groups ?? {};
  if (key === undefined || head === undefined || run === undefined) return undefined;
  return { key, headSha: head, runId: run };
}

/** Whether `marker` was written by a later run than `other`. Run ids outgrow 2^53 nowhere near our time, but are kept as text. */
export function isFromLaterRun(marker: CommentMarker, other: CommentMarker): boolean {
  return BigInt(marker.runId || "0") > BigInt(other.runId || "0");
}

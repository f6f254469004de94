import type { Published, PublishObstacle } from "../../gate/ports.ts";

/** What a failed call to GitHub means for us: try again, do without, or report that it failed. */
export type ApiFailure =
  | {
      readonly kind: "busy";
      readonly reason: string;
      /** As GitHub asks; absent where it does not say. */
      readonly waitMs?: number;
    }
  | Exclude<Published, { kind: "published" }>;

/** `nowMs`: wall clock, ms since 1970; rate limits are told as dates. */
export function readApiFailure(error: unknown, nowMs: number): ApiFailure {
  const { status, headers, message, isAnswered } = failureFacts(error);
  if (status === undefined) return { kind: "failed", reason: `GitHub could not be asked: ${message}` };
  const answer = isAnswered ? `GitHub answers ${status}: ${message}` : `GitHub could not be reached: ${message}`;
  if (status === 429 || status >= 500 || (status === 403 && isRateLimit(headers, message))) {
    const waitMs = askedWaitMs(headers, nowMs);
    return { kind: "busy", reason: answer, ...(waitMs === undefined ? {} : { waitMs }) };
  }
  const refusal = refusals[status];
  if (refusal === undefined) return { kind: "failed", reason: answer };
  return { kind: "declined", reason: `${refusal.reason} (${answer})`, obstacle: refusal.obstacle };
}

const refusals: Readonly<Record<number, { readonly obstacle: PublishObstacle; readonly reason: string }>> = {
  401: { obstacle: "bad-token", reason: "the token is not valid; pass one that is as `github-token`" },
  403: {
    obstacle: "no-permission",
    reason:
      "the token may not write comments; give the job `permissions: pull-requests: write` " +
      "(a pull request from a fork never has it)",
  },
  404: {
    obstacle: "not-found",
    reason: "the token does not see this pull request; give the job `permissions: pull-requests: write`",
  },
  410: { obstacle: "comments-off", reason: "comments are switched off in this repository" },
};

interface FailureFacts {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly message: string;
  readonly isAnswered: boolean;
}

/** octokit's RequestError; one without a response means that the network failed, and says status 500. */
function failureFacts(error: unknown): FailureFacts {
  const { status, response } = error as { status?: unknown; response?: { headers?: Record<string, unknown> } };
  const message = error instanceof Error ? error.message : String(error);
  return {
    status: typeof status === "number" ? status : undefined,
    headers: response?.headers ?? {},
    isAnswered: response !== undefined,
    message: message.replace(/\s+/g, " ").slice(0, 300),
  };
}

function isRateLimit(headers: Readonly<Record<string, unknown>>, message: string): boolean {
  return (
    headers["retry-after"] !== undefined || headers["x-ratelimit-remaining"] === "0" || /rate limit/i.test(message)
  );
}

/** Retry-After is in seconds or a date; x-ratelimit-reset in seconds since 1970. */
function askedWaitMs(headers: Readonly<Record<string, unknown>>, nowMs: number): number | undefined {
  const asked = headers["retry-after"];
  if (typeof asked === "string") {
    const seconds = Number(asked);
    const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(asked) - nowMs;
    return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined;
  }
  const resetAtMs = Number(headers["x-ratelimit-reset"]) * 1000;
  const exhausted = headers["x-ratelimit-remaining"] === "0" && Number.isFinite(resetAtMs);
  return exhausted ? Math.max(0, resetAtMs - nowMs) : undefined;
}

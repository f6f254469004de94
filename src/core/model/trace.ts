/** Why a request failed. `aborted`: we gave up on it (the run was cancelled). */
type FailureKind = "http" | "connect" | "timeout" | "stream" | "protocol" | "aborted";

/**
 * What the client saw of one request, and the record of it in a results file (DESIGN §4).
 *
 * All times are ms on one monotonic clock from the workload's start: `scheduledMs` is when the schedule wanted it sent
 * (closed loops: when its turn came), `sentMs` when it was.
 */
export type RequestTrace = AnsweredTrace | FailedTrace;

export interface AnsweredTrace {
  readonly outcome: "ok";
  readonly scheduledMs: number;
  readonly sentMs: number;
  /** First token-bearing chunk: content, reasoning, tool call or text; never a role-only or empty delta. */
  readonly firstTokenMs: number;
  readonly lastTokenMs: number;
  /** End of the stream, after usage and [DONE]. */
  readonly endMs: number;
  /** Absent where the server reports no usage. */
  readonly promptTokens?: number;
  readonly outputTokens: number;
  /** Gap before each token-bearing chunk after the first, ms. */
  readonly tokenGapsMs: readonly number[];
  /** Tokens of each token-bearing chunk, the first included; absent when every chunk bore one token. */
  readonly tokensPerChunk?: readonly number[];
  readonly finishReason?: string;
  /** Whether the answer was right; only where the workload's answers are known. The answer itself is kept nowhere. */
  readonly correct?: boolean;
}

export interface FailedTrace {
  readonly outcome: "error";
  readonly scheduledMs: number;
  readonly sentMs: number;
  readonly endMs: number;
  readonly error: RequestFailure;
}

export interface RequestFailure {
  readonly kind: FailureKind;
  /** HTTP status, where one came. */
  readonly status?: number;
  readonly message?: string;
}

/** Where output token counts came from, best first. */
export type TokenSource = "usage" | "stream" | "chunks";

import type { RequestFailure } from "../../core/model/trace.ts";
import type { StreamTally } from "./stream-tally.ts";

/** One HTTP answer and when its bytes came. Times are of Clock.nowMs(). */
export interface Reply {
  /** When the connection that answered was asked for. */
  readonly askedMs: number;
  /**
   * When the request's bytes were handed to the socket that answered: connecting, and an attempt on a connection that
   * the server had already closed, come before it and count as the client's lateness, not as the server's latency.
   */
  readonly sentMs: number;
  /** The end of the answer, or the moment it failed. */
  readonly endMs: number;
  /** Absent when no answer began. */
  readonly status?: number;
  readonly contentType: string;
  readonly contentEncoding: string;
  /** The body; of a stream no more than its opening. */
  readonly reads: readonly Uint8Array[];
  /** What the stream said; absent where it is none. */
  readonly tally?: StreamTally;
  /** One a read; reads that came in one piece from the socket have the same time. */
  readonly readAtMs: readonly number[] | Float64Array;
  /** Why the answer has no proper end. */
  readonly failure?: RequestFailure;
}

export function bodyText(reply: Reply): string {
  return Buffer.concat(reply.reads).toString("utf8");
}

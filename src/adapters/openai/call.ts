/** One HTTP call: bytes out, bytes and their times in. The hot path: it stamps and keeps, and parses nothing. */
import { setMaxListeners } from "node:events";
import type { Dispatcher } from "undici";
import type { RequestFailure } from "../../core/model/trace.ts";
import type { Clock } from "../../gate/ports.ts";
import type { Cargo, Connection, Connections } from "./connections.ts";
import type { Reply } from "./reply.ts";
import { excerpt } from "./server-error.ts";

export interface Call {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly timeoutMs: number;
  /** A longer answer is a failure of kind `protocol`. */
  readonly maxBytes: number;
}

export interface CallContext {
  readonly connections: Connections;
  readonly clock: Clock;
  /** Told when a call is sent again because its kept-alive connection had been closed. */
  readonly onStale?: () => void;
}

/**
 * Never rejects. A kept-alive connection that the server closed before it got the request is replaced once: some servers
 * (llama.cpp's) offer keep-alive and close right after the reply.
 */
export async function call(request: Call, context: CallContext, signal: AbortSignal): Promise<Reply> {
  const { clock, connections, onStale } = context;
  const deadlineMs = clock.nowMs() + request.timeoutMs;
  const connection = connections.take("any");
  const mayBeStale = connection.isOpen() && connections.mayBeStale(connection);
  const first = await attempt({ request, connection, deadlineMs, isReused: connection.isOpen() }, context, signal);
  if (!(mayBeStale && first.reset && first.reply.status === undefined)) return first.reply;
  onStale?.();
  connections.proveClosed(connection);
  const fresh = connections.take("fresh");
  return (await attempt({ request, connection: fresh, deadlineMs, isReused: false }, context, signal)).reply;
}

interface Attempt {
  readonly request: Call;
  readonly connection: Connection;
  readonly deadlineMs: number;
  readonly isReused: boolean;
}

interface Outcome {
  readonly reply: Reply;
  /** The connection was closed by the other side. */
  readonly reset: boolean;
}

const resetCodes = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

function attempt(
  { request, connection, deadlineMs, isReused }: Attempt,
  context: CallContext,
  signal: AbortSignal,
): Promise<Outcome> {
  const { clock, connections } = context;
  return new Promise((resolve) => {
    const record = newRecord(clock);
    let ended = false;
    let isLeft = false;
    let grace: NodeJS.Timeout | undefined;
    const end = (failure?: RequestFailure, reset = false): void => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      clearTimeout(grace);
      signal.removeEventListener("abort", abort);
      if (isReused && record.status !== undefined) connections.proveKept(connection);
      if (failure === undefined && !isLeft && mayCarryMore(request, record))
        connections.giveBack(connection, cargoOf(request));
      else connections.discard(connection);
      resolve({ reply: toReply(record, clock.nowMs(), failure), reset });
    };
    const leave = (): void => {
      isLeft = true;
      end();
    };
    const abort = (): void => end({ kind: "aborted", message: "given up: the run was cancelled" });
    const expire = (): void => end({ kind: "timeout", message: timeoutMessage(request, record) });
    const timer = setTimeout(expire, Math.min(Math.max(0, deadlineMs - clock.nowMs()), longestTimerMs));
    if (signal.aborted) return abort();
    // Every request in flight listens to the one signal; Node takes eleven for a leak.
    setMaxListeners(0, signal);
    signal.addEventListener("abort", abort, { once: true });
    connection.client.dispatch(dispatchOptions(request), {
      ...stamping(record, clock, (bytes, piece) => {
        if (bytes > request.maxBytes)
          end({ kind: "protocol", message: `answered with over ${request.maxBytes} bytes` });
        clearTimeout(grace);
        if (!ended && endsWithDone(piece)) grace = setTimeout(leave, doneGraceMs);
      }),
      onResponseEnd: () => end(),
      onResponseError: (_controller, error) => {
        const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
        end(lossOf(record, { code, error, origin: connections.origin }), resetCodes.has(code));
      },
    });
  });
}

/** Some servers write [DONE] and neither end the answer nor close; their last word is taken for it after this, ms. */
const doneGraceMs = 1000;

function endsWithDone(piece: Buffer): boolean {
  return piece.indexOf("[DONE]", Math.max(0, piece.length - "[DONE]\r\n\r\n".length)) !== -1;
}

function cargoOf({ method }: Call): Cargo {
  return method === "GET" ? "page" : "stream";
}

/** Many servers close after an error, said or not. */
function mayCarryMore({ method }: Call, { status }: CallRecord): boolean {
  return method === "GET" || status === 200;
}

/** setTimeout takes 31 bits of milliseconds. */
const longestTimerMs = 2_000_000_000;

function dispatchOptions({ method, path, headers, body }: Call): Dispatcher.DispatchOptions {
  return { method, path, headers: { ...headers }, ...(body !== undefined && { body: body as Buffer }) };
}

interface CallRecord {
  readonly askedMs: number;
  sentMs: number;
  isSent: boolean;
  status: number | undefined;
  contentType: string;
  contentEncoding: string;
  readonly reads: Uint8Array[];
  readonly readAtMs: number[];
}

function newRecord(clock: Clock): CallRecord {
  const askedMs = clock.nowMs();
  return {
    askedMs,
    sentMs: askedMs,
    isSent: false,
    status: undefined,
    contentType: "",
    contentEncoding: "",
    reads: [],
    readAtMs: [],
  };
}

/** Pieces of one socket read share its buffer, and are handed over within this time, ms; undici's own joined reads may share a pooled buffer for longer. */
const sameReadMs = 1;

function stamping(
  record: CallRecord,
  clock: Clock,
  onBytes: (total: number, piece: Buffer) => void,
): Pick<Dispatcher.DispatchHandler, "onRequestStart" | "onResponseStart" | "onResponseData"> {
  let buffer: ArrayBufferLike | undefined;
  let readMs = 0;
  let bytes = 0;
  return {
    onRequestStart: () => {
      record.sentMs = clock.nowMs();
      record.isSent = true;
    },
    onResponseStart: (_controller, status, headers) => {
      record.status = status;
      record.contentType = String(headers["content-type"] ?? "");
      record.contentEncoding = String(headers["content-encoding"] ?? "");
    },
    onResponseData: (_controller, piece) => {
      const nowMs = clock.nowMs();
      if (piece.buffer !== buffer || nowMs - readMs > sameReadMs) {
        buffer = piece.buffer;
        readMs = nowMs;
      }
      record.reads.push(piece);
      record.readAtMs.push(readMs);
      bytes += piece.length;
      onBytes(bytes, piece);
    },
  };
}

function toReply(record: CallRecord, endMs: number, failure: RequestFailure | undefined): Reply {
  return {
    askedMs: record.askedMs,
    sentMs: record.sentMs,
    endMs,
    ...(record.status !== undefined && { status: record.status }),
    contentType: record.contentType,
    contentEncoding: record.contentEncoding,
    reads: record.reads,
    readAtMs: record.readAtMs,
    ...(failure !== undefined && { failure }),
  };
}

interface Loss {
  readonly code: string;
  readonly error: Error;
  readonly origin: string;
}

/** No connection, or one lost before the answer began, is `connect`; one lost inside the answer is `stream`. */
function lossOf(record: CallRecord, { code, error, origin }: Loss): RequestFailure {
  if (error.name === "HTTPParserError")
    return { kind: "protocol", message: excerpt(`answered with bad HTTP: ${error.message}`) };
  const why = excerpt(error.message.includes(code) ? error.message : `${error.message} ${code}`);
  if (!record.isSent) return { kind: "connect", message: `no connection to ${origin} (${why})` };
  if (record.status === undefined) return { kind: "connect", message: `connection lost before an answer (${why})` };
  return { kind: "stream", message: `connection lost inside the answer (${why})` };
}

function timeoutMessage({ timeoutMs }: Call, record: CallRecord): string {
  const seconds = `${timeoutMs / 1000} s`;
  if (!record.isSent) return `no connection within ${seconds}`;
  if (record.status === undefined) return `no answer within ${seconds}`;
  return `no end of the answer within ${seconds}`;
}

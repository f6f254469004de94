/** One HTTP call: bytes out, bytes and their times in. The hot path: it stamps and keeps, and parses nothing. */
import { setMaxListeners } from "node:events";
import type { RequestFailure } from "../../core/model/trace.ts";
import type { Clock } from "../../gate/ports.ts";
import type { Cargo, Connection, Connections } from "./connections.ts";
import type { ConnectionLoss, Exchanging } from "./http-connection.ts";
import type { AnswerHead } from "./http-head.ts";
import type { Recording } from "./recording.ts";
import { excerpt } from "./server-error.ts";

export interface Call {
  readonly cargo: Cargo;
  /** The whole request, as it goes to the socket. */
  readonly bytes: Uint8Array;
  readonly timeoutMs: number;
  /** How many reads the answer is expected in: room for them is made before it begins. */
  readonly reads: number;
  /** A longer answer is a failure of kind `protocol`. */
  readonly maxBytes: number;
}

export interface CallContext {
  readonly connections: Connections;
  readonly clock: Clock;
  /** A new recording, asked for now. */
  record(askedMs: number, reads: number): Recording;
  /** Told when a call is sent again because its kept-alive connection had been closed. */
  readonly onStale?: () => void;
}

/**
 * Never rejects. A kept-alive connection that the server closed before it got the request is replaced once: some servers
 * (llama.cpp's) offer keep-alive and close right after the reply.
 */
export async function call(request: Call, context: CallContext, signal: AbortSignal): Promise<Recording> {
  const { clock, connections, onStale } = context;
  const deadlineMs = clock.nowMs() + request.timeoutMs;
  const connection = connections.take("any");
  const mayBeStale = connection.isOpen() && connections.mayBeStale(connection);
  const first = await attempt({ request, connection, deadlineMs }, context, signal);
  if (!(mayBeStale && first.wasClosed && first.recording.status === undefined)) return first.recording;
  onStale?.();
  connections.proveClosed(connection);
  const fresh = connections.take("fresh");
  return (await attempt({ request, connection: fresh, deadlineMs }, context, signal)).recording;
}

interface Attempt {
  readonly request: Call;
  readonly connection: Connection;
  readonly deadlineMs: number;
}

interface Outcome {
  readonly recording: Recording;
  /** The connection was closed by the other side. */
  readonly wasClosed: boolean;
}

function attempt(one: Attempt, context: CallContext, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => new Exchange(one, context, { signal, resolve }).begin());
}

/** Some servers write [DONE] and neither end the answer nor close; their last word is taken for it after this, ms. */
const doneGraceMs = 1000;

/** setTimeout takes 31 bits of milliseconds. */
const longestTimerMs = 2_000_000_000;

/** A class, so that a read finds its state in fields and no closure is made for a request's every part. */
class Exchange implements Exchanging {
  readonly #request: Call;
  readonly #connection: Connection;
  readonly #context: CallContext;
  readonly #signal: AbortSignal;
  readonly #resolve: (outcome: Outcome) => void;
  readonly #recording: Recording;
  readonly #isReused: boolean;
  readonly #leftMs: number;
  #bytes = 0;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;

  constructor(
    { request, connection, deadlineMs }: Attempt,
    context: CallContext,
    { signal, resolve }: { readonly signal: AbortSignal; readonly resolve: (outcome: Outcome) => void },
  ) {
    const nowMs = context.clock.nowMs();
    this.#request = request;
    this.#connection = connection;
    this.#context = context;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#recording = context.record(nowMs, request.reads);
    this.#isReused = connection.isOpen();
    this.#leftMs = Math.min(Math.max(0, deadlineMs - nowMs), longestTimerMs);
  }

  begin(): void {
    if (this.#signal.aborted) {
      this.#abort();
      return;
    }
    this.#timer = setTimeout(this.#expire, this.#leftMs);
    // Every request in flight listens to the one signal; Node takes eleven for a leak.
    setMaxListeners(0, this.#signal);
    this.#signal.addEventListener("abort", this.#abort, { once: true });
    this.#connection.send(this.#request.bytes, this);
  }

  onSent(): void {
    this.#recording.send(this.#context.clock.nowMs());
  }

  onRead(): void {
    this.#recording.stamp(this.#context.clock.nowMs());
  }

  onHead(head: AnswerHead): void {
    this.#recording.begin(head);
  }

  onBody(bytes: Buffer, from: number, to: number): void {
    this.#recording.keep(bytes, from, to);
  }

  onBytes(bytes: Buffer, count: number): void {
    this.#bytes += count;
    if (this.#bytes > this.#request.maxBytes) {
      this.#end({ kind: "protocol", message: `answered with over ${this.#request.maxBytes} bytes` });
      return;
    }
    if (this.#grace !== undefined) clearTimeout(this.#grace);
    this.#grace = endsWithDone(bytes, count) ? setTimeout(this.#leave, doneGraceMs) : undefined;
  }

  onEnded(): void {
    this.#end(undefined, { mayCarryMore: this.#request.cargo === "page" || this.#recording.status === 200 });
  }

  onLost(loss: ConnectionLoss): void {
    this.#end(lossOf(this.#recording, loss, this.#context.connections.origin), { wasClosed: loss.kind === "closed" });
  }

  readonly #leave = (): void => this.#end(undefined);

  readonly #abort = (): void => this.#end({ kind: "aborted", message: "given up: the run was cancelled" });

  readonly #expire = (): void =>
    this.#end({ kind: "timeout", message: timeoutMessage(this.#request, this.#recording) });

  /** `mayCarryMore`: many servers close after an error, said or not. */
  #end(
    failure: RequestFailure | undefined,
    { mayCarryMore = false, wasClosed = false }: { readonly mayCarryMore?: boolean; readonly wasClosed?: boolean } = {},
  ): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#grace);
    this.#signal.removeEventListener("abort", this.#abort);
    const { connections, clock } = this.#context;
    const recording = this.#recording;
    recording.end(clock.nowMs(), failure);
    if (this.#isReused && recording.status !== undefined) connections.proveKept(this.#connection);
    if (mayCarryMore) connections.giveBack(this.#connection, this.#request.cargo);
    else connections.discard(this.#connection);
    this.#resolve({ recording, wasClosed });
  }
}

const done = Buffer.from("[DONE]");

/** Whether [DONE], and behind it no more than line ends (the chunk's own included), ends these bytes. */
function endsWithDone(bytes: Buffer, to: number): boolean {
  let end = to;
  while (end > 0 && to - end < 6 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end -= 1;
  if (bytes[end - 1] !== 0x5d || end < done.length) return false;
  return bytes.compare(done, 0, done.length, end - done.length, end) === 0;
}

/** No connection, or one lost before the answer began, is `connect`; one lost inside the answer is `stream`. */
function lossOf(recording: Recording, { kind, message }: ConnectionLoss, origin: string): RequestFailure {
  if (kind === "bad-http") return { kind: "protocol", message: excerpt(`answered with bad HTTP: ${message}`) };
  const why = excerpt(message);
  if (!recording.isSent) return { kind: "connect", message: `no connection to ${origin} (${why})` };
  if (recording.status === undefined) return { kind: "connect", message: `connection lost before an answer (${why})` };
  return { kind: "stream", message: `connection lost inside the answer (${why})` };
}

function timeoutMessage({ timeoutMs }: Call, recording: Recording): string {
  const seconds = `${timeoutMs / 1000} s`;
  if (!recording.isSent) return `no connection within ${seconds}`;
  if (recording.status === undefined) return `no answer within ${seconds}`;
  return `no end of the answer within ${seconds}`;
}

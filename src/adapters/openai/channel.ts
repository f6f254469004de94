/** Calls to one server over its kept-alive connections: pages read whole, streams read as they come or in gaps. */
import type { Clock, Exchange } from "../../gate/ports.ts";
import { type Call, type CallContext, call } from "./call.ts";
import { connectionsTo } from "./connections.ts";
import type { Target } from "./http-connection.ts";
import { keptBytesLimit, readInGaps, streamStudio } from "./reading.ts";
import { Recording } from "./recording.ts";
import type { Reply } from "./reply.ts";
import { SlabStore } from "./tape.ts";

export interface Channel {
  page(bytes: Uint8Array, signal: AbortSignal, timeoutMs?: number): Promise<Reply>;
  /** `onFree` is told when the answer has ended, which may be before it was read. */
  stream(post: StreamCall, signal: AbortSignal, onFree?: () => void): Promise<Exchange>;
  /** What weakens the times measured since they were last forgotten. */
  notes(): readonly string[];
  forgetNotes(): void;
  close(): void;
}

interface StreamCall extends Pick<Call, "bytes" | "timeoutMs"> {
  /** The answer's words are wanted too. */
  readonly keepsText?: boolean;
}

/** Longest wait for a page of the server (models, version, counters), ms. */
const pageTimeoutMs = 5000;
const maxPageBytes = 16 * 1024 * 1024;
/** 4,096 tokens of 1 KB each are 4 MB; more than this is no generation. */
const maxStreamBytes = 64 * 1024 * 1024;

export function channelTo(target: Target, clock: Clock): Channel {
  const connections = connectionsTo(target, clock);
  const store = new SlabStore();
  const reading = readInGaps(store, clock);
  let resent = 0;
  const onStale = (): void => {
    resent += 1;
  };
  const studio = streamStudio(store, reading);
  const pages: CallContext = { connections, clock, onStale, record: (askedMs) => new Recording({ store }, askedMs) };
  const streams: CallContext = { ...pages, record: (askedMs) => new Recording(studio, askedMs) };
  const spoken: CallContext = {
    ...pages,
    record: (askedMs) => new Recording({ ...studio, keepsText: true }, askedMs),
  };
  return {
    page: async (bytes, signal, timeoutMs = pageTimeoutMs) => {
      const page = { cargo: "page", bytes, timeoutMs, maxBytes: maxPageBytes } as const;
      return (await call(page, pages, signal)).plainReply();
    },
    stream: async ({ bytes, timeoutMs, keepsText = false }, signal, onFree) => {
      const stream = { cargo: "stream", bytes, timeoutMs, maxBytes: maxStreamBytes } as const;
      const recording = await call(stream, keepsText ? spoken : streams, signal);
      onFree?.();
      return reading.exchangeOf(recording);
    },
    notes: () => [...(resent === 0 ? [] : [resentNote(resent)]), ...(reading.wasPressed() ? [pressedNote] : [])],
    forgetNotes: () => {
      resent = 0;
      reading.forget();
    },
    close: () => connections.close(),
  };
}

function resentNote(resent: number): string {
  const what = resent === 1 ? "1 request was" : `${resent} requests were`;
  return `${what} sent again because the server had closed a connection it offered to keep: times are of the second sending`;
}

const pressedNote = `over ${keptBytesLimit / 1024 / 1024} MB of answers waited to be read, and were read while tokens came: these may have been stamped late`;

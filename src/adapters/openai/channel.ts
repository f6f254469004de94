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
  page(bytes: Uint8Array, signal: AbortSignal): Promise<Reply>;
  /** `onFree` is told when the answer has ended, which may be before it was read. */
  stream(post: Pick<Call, "bytes" | "timeoutMs">, signal: AbortSignal, onFree?: () => void): Promise<Exchange>;
  /** What weakens the times measured since they were last forgotten. */
  notes(): readonly string[];
  forgetNotes(): void;
  close(): void;
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
  return {
    page: async (bytes, signal) => {
      const get = { cargo: "page", bytes, timeoutMs: pageTimeoutMs, maxBytes: maxPageBytes } as const;
      return (await call(get, pages, signal)).plainReply();
    },
    stream: async (post, signal, onFree) => {
      const recording = await call({ ...post, cargo: "stream", maxBytes: maxStreamBytes }, streams, signal);
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

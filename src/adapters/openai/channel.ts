/** Calls to one server over its kept-alive connections: pages read whole, streams read as they come or in gaps. */
import type { Clock, Exchange } from "../../gate/ports.ts";
import { type Call, type CallContext, call } from "./call.ts";
import { type ChunkExample, ChunkTemplates } from "./chunk-template.ts";
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
  /** Of the events met so far. */
  examples(): readonly ChunkExample[];
  /** What weakens the times measured since it was last forgotten. */
  toll(): ChannelToll;
  forgetToll(): void;
  close(): void;
}

export interface ChannelToll {
  /** Requests sent a second time. */
  readonly resent: number;
  /** More answers waited to be read than the limit allows. */
  readonly wasPressed: boolean;
}

export const noToll: ChannelToll = { resent: 0, wasPressed: false };

export function sumOfTolls(tolls: readonly ChannelToll[]): ChannelToll {
  return {
    resent: tolls.reduce((sum, { resent }) => sum + resent, 0),
    wasPressed: tolls.some(({ wasPressed }) => wasPressed),
  };
}

interface StreamCall extends Pick<Call, "bytes" | "timeoutMs"> {
  /** How many are asked for. */
  readonly maxTokens: number;
  /** The answer's words are wanted too. */
  readonly keepsText?: boolean;
}

/** Longest wait for a page of the server (models, version, counters), ms. */
const pageTimeoutMs = 5000;
const maxPageBytes = 16 * 1024 * 1024;
/** 4,096 tokens of 1 KB each are 4 MB; more than this is no generation. */
const maxStreamBytes = 64 * 1024 * 1024;
const pageReads = 4;

/** A read for each token, and some for the rest; an answer that is asked to be endless gets no room for all of it. */
function readsOf(maxTokens: number): number {
  return Math.min(maxTokens, 8192) + 8;
}

/** `examples`: of the events of this server, where some are known. */
export function channelTo(target: Target, clock: Clock, examples?: readonly ChunkExample[]): Channel {
  const connections = connectionsTo(target, clock);
  const store = new SlabStore();
  const reading = readInGaps(store, clock);
  let resent = 0;
  const onStale = (): void => {
    resent += 1;
  };
  const templates = new ChunkTemplates(examples);
  const studio = streamStudio(store, reading, templates);
  const record: CallContext["record"] = (askedMs, reads) => new Recording({ store }, askedMs, reads);
  const pages: CallContext = { connections, clock, onStale, record };
  const streams: CallContext = { ...pages, record: (askedMs, reads) => new Recording(studio, askedMs, reads) };
  const spoken: CallContext = {
    ...pages,
    record: (askedMs, reads) => new Recording({ ...studio, keepsText: true }, askedMs, reads),
  };
  return {
    page: async (bytes, signal, timeoutMs = pageTimeoutMs) => {
      const page = { cargo: "page", bytes, timeoutMs, maxBytes: maxPageBytes, reads: pageReads } as const;
      return (await call(page, pages, signal)).plainReply();
    },
    stream: async ({ bytes, timeoutMs, maxTokens, keepsText = false }, signal, onFree) => {
      const stream = {
        cargo: "stream",
        bytes,
        timeoutMs,
        maxBytes: maxStreamBytes,
        reads: readsOf(maxTokens),
      } as const;
      const recording = await call(stream, keepsText ? spoken : streams, signal);
      onFree?.();
      return reading.exchangeOf(recording);
    },
    examples: () => templates.examples(),
    toll: () => ({ resent, wasPressed: reading.wasPressed() }),
    forgetToll: () => {
      resent = 0;
      reading.forget();
    },
    close: () => connections.close(),
  };
}

/** Sentences for a trial's warnings. */
export function tollNotes({ resent, wasPressed }: ChannelToll): readonly string[] {
  return [...(resent === 0 ? [] : [resentNote(resent)]), ...(wasPressed ? [pressedNote] : [])];
}

function resentNote(resent: number): string {
  const what = resent === 1 ? "1 request was" : `${resent} requests were`;
  return `${what} sent again because the server had closed a connection it offered to keep: times are of the second sending`;
}

const pressedNote = `over ${keptBytesLimit / 1024 / 1024} MB of answers waited to be read, and were read while tokens came: these may have been stamped late`;

/** The client of an inference server, as the gate sees it. Part of the ports: import it from ports.ts. */
import type { ServerConfig } from "../core/model/config.ts";
import type { RequestTrace, TokenSource } from "../core/model/trace.ts";
import type { ServerValues } from "../core/plan/server-names.ts";

/** One generation to ask for. */
export interface GenerationRequest {
  readonly model: string;
  readonly prompt: string;
  readonly maxTokens: number;
  readonly sampling: Readonly<Record<string, number | string | boolean>>;
  /** Ask the server for exactly `maxTokens`, where it takes such a flag. */
  readonly exactLength: boolean;
  /** The answer's text is wanted too, to be judged and forgotten. */
  readonly keepText?: true;
}

/** What `send` saw, in ms of `Clock.nowMs()`; gate/drive makes it relative to the workload's start and adds the schedule. */
export type Exchange = RequestTimes<RequestTrace> & {
  readonly tokenSource?: TokenSource;
  /** Token-bearing chunks that came in one read with the one before. */
  readonly coalescedChunks?: number;
  /** The part of the send's lateness that was waiting for a connection. */
  readonly connectMs?: number;
  /** Prompt tokens that the server found in its cache, where it says so. */
  readonly cachedTokens?: number;
  /** Only where it was asked for. In memory alone: no results hold it. */
  readonly answerText?: string;
};
type RequestTimes<T> = T extends RequestTrace ? Omit<T, "scheduledMs"> : never;

export interface InferenceClient {
  /** What the server tells of itself. */
  inspect(signal: AbortSignal): Promise<ServerFacts>;
  /** Opens connections and encodes bodies ahead, so that neither happens inside a measurement. Never fails. */
  prepare?(work: PreparedWork, signal: AbortSignal): Promise<void>;
  /**
   * Sends one streaming request. Never rejects: every failure is an exchange with its kind. The exchange comes when there
   * was time to read the answer; `onFree`, where given, is told as soon as the answer has ended.
   */
  send(request: GenerationRequest, signal: AbortSignal, onFree?: () => void): Promise<Exchange>;
  /**
   * Sends everything that `prepare` was told of, on threads of the client's own; resolves when all has ended and was read.
   * Absent where the client has none. Rejects only where a thread died.
   */
  load?(load: Load, watch: LoadWatch): Promise<LoadEnd>;
  /** Whether anything still takes connections at the address. Never fails. */
  reaches?(signal: AbortSignal): Promise<boolean>;
  /** Server counters by metric name, where it has any: its own names, and ours (core/plan/server-names.ts) beside them. */
  scrape(signal: AbortSignal): Promise<ServerValues>;
  /** The same while something is measured: what costs time is left to the function it returns. */
  scrapeUnread?(signal: AbortSignal): Promise<() => ServerValues>;
  /** Empties the server's prefix cache, where it has a way. Never fails. */
  resetCache?(signal: AbortSignal): Promise<CacheReset>;
  /** What this server refused so far and what that costs: sentences for a trial's warnings. */
  notes?(): readonly string[];
  close(): Promise<void>;
}

/** `none`: the server has no such thing. `refused`: it has, and could not now. */
export type CacheReset =
  | { readonly kind: "reset" }
  | { readonly kind: "none" }
  | { readonly kind: "refused"; readonly reason: string };

export interface PreparedWork {
  readonly connections: number;
  readonly requests: readonly GenerationRequest[];
}

/** All measured requests of a workload. */
export interface Load {
  /** `atMs`: when each is sent, since the start; absent in closed loops. */
  readonly requests: readonly { readonly generation: GenerationRequest; readonly atMs?: number }[];
  /** How many requests a closed loop keeps in flight; absent in open loops, whose times do not depend on replies. */
  readonly streams?: number;
  /** The start, of Clock.nowMs(). */
  readonly originMs: number;
}

export interface LoadWatch {
  /** Fires when nothing more is to be sent. */
  readonly sending: AbortSignal;
  /** Fires when what is open is to be given up. */
  readonly inFlight: AbortSignal;
  /** Told of each request that was sent, once it was read; `index` is its place in the load. */
  onSent(index: number, sent: LoadSent): void;
}

export interface LoadSent {
  /** When its turn came, ms since the start. */
  readonly scheduledMs: number;
  readonly exchange: Exchange;
}

export interface LoadEnd {
  /** Of the thread that fared worst. */
  readonly eventLoopDelayP99Ms?: number;
  /** How many sent; absent where the program's own did. */
  readonly threads?: number;
}

export interface ConnectOptions {
  readonly url: string;
  readonly backend: ServerConfig["backend"];
  readonly requestTimeoutMs: number;
  /** Threads that send a workload; absent: by its streams and the machine's cores. 0: the program's own. */
  readonly clientThreads?: number;
  /** Bearer token for the server under test, if the user gave one. */
  readonly apiKey?: string;
}
export type ConnectClient = (options: ConnectOptions) => InferenceClient;

export interface ServerFacts {
  readonly models: readonly { readonly id: string; readonly maxContextTokens?: number }[];
  readonly version?: string;
  /** The dialect spoken: given, or found by probing. */
  readonly backend: string;
}

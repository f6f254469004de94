/**
 * Threads that send loads and stamp tokens, shared by the clients of a process.
 *
 * A thread has a heap of its own, with room for all that a workload leaves behind: what the rest of the program does and
 * collects keeps no token waiting. Threads are started when first needed and stay, since their code is warm then.
 */
import { availableParallelism } from "node:os";
import type { Load } from "../../../gate/ports.ts";
import { noToll, sumOfTolls } from "../channel.ts";
import type { Sender } from "../sender.ts";
import { startWarmServer, type WarmServer } from "../warm-server.ts";
import type { ThreadShare } from "./load-messages.ts";
import { type Answer, LoadThread } from "./load-thread.ts";

export interface LoadThreads {
  /** The threads as one client uses them. */
  client(): Sender;
  /** Ends them. */
  close(): Promise<void>;
}

export interface ThreadsOptions {
  /** Path of the bundled entry/load-thread.ts. */
  readonly program: string;
  /** Of the clock that the threads are to share: SystemClock.originNs. */
  readonly originNs: bigint;
}

export function loadThreads({ program, originNs }: ThreadsOptions): LoadThreads {
  let threads: readonly LoadThread[] = [];
  let warmServer: Promise<WarmServer | undefined> | undefined;
  let clients = 0;
  const take = async (count: number): Promise<readonly LoadThread[]> => {
    // Where no socket may be opened the threads' code stays cold.
    warmServer ??= startWarmServer().catch(() => undefined);
    const warmTarget = (await warmServer)?.target;
    const data = { originNs, ...(warmTarget !== undefined && { warmTarget }) };
    const alive = threads.filter((thread) => !thread.isDead());
    const missing = Math.max(0, count - alive.length);
    threads = [...alive, ...Array.from({ length: missing }, () => new LoadThread(program, data))];
    return threads.slice(0, count);
  };
  return {
    client: () => threadedClient(clients++, take),
    close: async () => {
      await Promise.all(threads.map((thread) => thread.end()));
      threads = [];
      (await warmServer)?.close();
    },
  };
}

function threadedClient(client: number, take: (count: number) => Promise<readonly LoadThread[]>): Sender {
  const used = new Set<LoadThread>();
  let threads: readonly LoadThread[] = [];
  let toll = noToll;
  /** The answers of all threads, which are told meanwhile when a signal fires. */
  const together = async (
    ask: (thread: LoadThread, index: number) => Promise<Answer>,
    signals: readonly (readonly [AbortSignal, "stop" | "abort"])[],
  ): Promise<readonly Answer[]> => {
    const asked = threads.map(ask);
    const ends = signals.map(([signal, kind]) =>
      onAbort(signal, () => {
        for (const thread of threads) thread.tell({ kind, client });
      }),
    );
    try {
      return await Promise.all(asked);
    } finally {
      for (const end of ends) end();
    }
  };
  return {
    prepare: async ({ threads: wanted, ...work }, signal) => {
      toll = noToll;
      const count = Math.max(1, Math.min(wanted, work.connections));
      threads = await take(count);
      for (const thread of threads) used.add(thread);
      const open = { ...work, kind: "open", connections: Math.ceil(work.connections / count) } as const;
      await together((thread) => thread.ask(client, open, () => {}), [[signal, "abort"]]);
    },
    load: async (load, { sending, inFlight, onSent }) => {
      const shares = sharesOf(load, threads.length);
      const { originMs } = load;
      const start = (thread: LoadThread, index: number) =>
        thread.ask(client, { kind: "start", originMs, share: shares[index] as ThreadShare }, onSent);
      const answers = await together(start, [
        [sending, "stop"],
        [inFlight, "abort"],
      ]);
      const ended = answers.flatMap((answer) => (answer.kind === "end" ? [answer] : []));
      toll = sumOfTolls(ended.map((one) => one.toll));
      const delays = ended.flatMap(({ end }) => end.eventLoopDelayP99Ms ?? []);
      return {
        threads: threads.length,
        ...(delays.length > 0 && { eventLoopDelayP99Ms: Math.max(...delays) }),
      };
    },
    toll: () => toll,
    close: () => {
      for (const thread of used) thread.tell({ kind: "close", client });
    },
  };
}

/** Calls at once where it has fired already; the function it returns lets go of the signal. */
function onAbort(signal: AbortSignal, tell: () => void): () => void {
  if (signal.aborted) tell();
  else signal.addEventListener("abort", tell, { once: true });
  return () => signal.removeEventListener("abort", tell);
}

/** Open loops are dealt out in the order of their times; the streams of closed ones take from one counter. */
function sharesOf({ requests, streams }: Load, threads: number): readonly ThreadShare[] {
  const places = Array.from({ length: threads }, (_, place) => place);
  if (streams !== undefined) {
    const counter = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const of = (place: number): number => Math.floor(streams / threads) + (place < streams % threads ? 1 : 0);
    return places.map((place) => ({ kind: "streams", streams: of(place), counter }));
  }
  const turns = requests.map(({ atMs = 0 }, index) => ({ index, atMs })).sort((a, b) => a.atMs - b.atMs);
  return places.map((place) => ({ kind: "turns", turns: turns.filter((_, order) => order % threads === place) }));
}

/** So many streams one thread stamps in time: a step of all of them takes it under a millisecond. */
const streamsPerThread = 128;

/** By the streams expected together; at most half the cores, since the server has work for them too. */
export function threadsFor(streams: number, cores: number = availableParallelism()): number {
  return Math.max(1, Math.min(Math.ceil(streams / streamsPerThread), Math.floor(cores / 2)));
}

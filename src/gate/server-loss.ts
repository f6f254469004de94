/** When a workload stops sending: the run is cancelled, the server's process is gone, or nothing reaches it any more. */
import type { RequestTrace } from "../core/model/trace.ts";
import type { Clock } from "./ports.ts";

export interface ServerLoss {
  /** For what is in flight: the run's own signal, and a while after the server is gone. */
  readonly inFlight: AbortSignal;
  /** For the waits between sends: fires at once. */
  readonly sending: AbortSignal;
  /** Why nothing more is sent. */
  reason(): string | undefined;
  /** Connections were lost and no new one is taken; known once the traces were judged. */
  isDeaf(): boolean;
  /** Told of every ended request. */
  note(trace: RequestTrace): void;
  /**
   * The traces with what the server's end took down as kind `connect`; waits for the news of it where they look so.
   * Their times are relative to `originMs`.
   */
  judged(traces: readonly RequestTrace[], originMs: number): Promise<readonly RequestTrace[]>;
  /** Lets go of the signals. */
  stop(): void;
}

interface Watched {
  readonly signal: AbortSignal;
  readonly gone: AbortSignal | undefined;
  readonly clock: Clock;
  /** Whether anything still takes connections; asked only when one was lost. */
  readonly reaches: () => Promise<boolean>;
}

/** After the process is gone: what it had written is still read; a child that holds a socket open is not waited for. */
const lastWordsMs = 1000;

/** A server that took the connection down is seen on the socket before its exit is reported. */
const newsMs = 500;

/** So many requests in a row without a connection or an answer: a server that fails one in ten does this once in 100,000. */
const unreachableAfter = 5;

const goneReason = "the server's process is gone";
const deafReason = "the server takes no connections any more";

export function watchServer({ signal, gone, clock, reaches }: Watched): ServerLoss {
  const sending = new AbortController();
  const inFlight = new AbortController();
  const stopped = new AbortController();
  let reason: string | undefined;
  let goneAtMs: number | undefined;
  let inRow = 0;
  let isDeaf = false;

  const lose = (why: string): void => {
    reason ??= why;
    sending.abort(new Error(why));
  };
  const onCancel = (): void => {
    sending.abort(signal.reason);
    inFlight.abort(signal.reason);
  };
  const onGone = (): void => {
    goneAtMs = clock.nowMs();
    lose(goneReason);
    clock.sleepUntil(goneAtMs + lastWordsMs, stopped.signal).then(
      () => inFlight.abort(new Error(goneReason)),
      () => {}, // stopped: nothing is in flight any more
    );
  };
  /** The exit of the process, or nothing that takes a connection; `lastLossMs` is when the last one broke. */
  const seekNews = async (lastLossMs: number): Promise<void> => {
    if (gone?.aborted === false) await firesWithin(gone, newsMs, clock);
    if (goneAtMs !== undefined || (await reaches())) return;
    isDeaf = true;
    goneAtMs = lastLossMs;
    lose(deafReason);
  };
  if (signal.aborted) onCancel();
  else if (gone?.aborted) onGone();
  signal.addEventListener("abort", onCancel, { once: true });
  gone?.addEventListener("abort", onGone, { once: true });
  return {
    inFlight: inFlight.signal,
    sending: sending.signal,
    reason: () => reason,
    isDeaf: () => isDeaf,
    note: (trace) => {
      inRow = isUnanswered(trace) ? inRow + 1 : 0;
      if (inRow >= unreachableAfter) lose(`${inRow} requests in a row got no connection or no answer`);
    },
    judged: async (traces, originMs) => {
      const lost = traces.filter(isLostConnection);
      if (lost.length > 0 && !signal.aborted) await seekNews(originMs + Math.max(...lost.map(({ endMs }) => endMs)));
      if (goneAtMs === undefined) return traces;
      const took = { fromMs: goneAtMs - originMs - newsMs, why: isDeaf ? deafReason : goneReason };
      return traces.map((trace) => takenDown(trace, took));
    },
    stop: () => {
      signal.removeEventListener("abort", onCancel);
      gone?.removeEventListener("abort", onGone);
      stopped.abort();
    },
  };
}

function isUnanswered(trace: RequestTrace): boolean {
  return trace.outcome === "error" && (trace.error.kind === "connect" || trace.error.kind === "timeout");
}

function isLostConnection(trace: RequestTrace): boolean {
  return trace.outcome === "error" && (trace.error.kind === "connect" || trace.error.kind === "stream");
}

interface TakenDown {
  readonly fromMs: number;
  readonly why: string;
}

/** A stream that broke no earlier than `fromMs`, or that we gave up on after the server was gone, was open when it went. */
function takenDown(trace: RequestTrace, { fromMs, why }: TakenDown): RequestTrace {
  if (trace.outcome === "ok") return trace;
  const { error } = trace;
  const isOpen = error.kind === "aborted" || (error.kind === "stream" && trace.endMs >= fromMs);
  if (!isOpen) return trace;
  const seen = error.kind === "stream" && error.message !== undefined ? ` (${error.message})` : "";
  return { ...trace, error: { ...error, kind: "connect", message: `${why}; this request was open${seen}` } };
}

async function firesWithin(signal: AbortSignal, ms: number, clock: Clock): Promise<void> {
  const over = new AbortController();
  const wake = (): void => over.abort();
  signal.addEventListener("abort", wake, { once: true });
  await clock.sleepUntil(clock.nowMs() + ms, over.signal).catch(() => {});
  signal.removeEventListener("abort", wake);
}

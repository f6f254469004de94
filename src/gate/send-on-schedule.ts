/** Sends a workload's requests when its schedule wants them sent, and writes down what came of each. */
import type { RequestTrace } from "../core/model/trace.ts";
import type { ScheduledRequest, Workload } from "../core/model/workload.ts";
import { loadHere } from "./load-here.ts";
import type {
  Clock,
  Exchange,
  GenerationRequest,
  InferenceClient,
  Load,
  LoadEnd,
  LoadSent,
  LoadWatch,
} from "./ports.ts";
import type { ServerLoss } from "./server-loss.ts";

export interface PlannedRequest {
  readonly scheduled: ScheduledRequest;
  /** What the server is to count, the shared prefix included. */
  readonly promptTokens: number;
  readonly generation: GenerationRequest;
}

export interface Sending {
  readonly requests: readonly PlannedRequest[];
  readonly arrivals: Workload["arrivals"];
  readonly client: InferenceClient;
  readonly clock: Clock;
  readonly loss: ServerLoss;
  /** The workload's start, of Clock.nowMs(). */
  readonly originMs: number;
  readonly onEnded: (trace: RequestTrace) => void;
}

export interface Sent {
  readonly trace: RequestTrace;
  /** Absent for a request that was never sent. */
  readonly exchange?: Exchange;
}

export interface SentAll extends LoadEnd {
  /** One a request, in the schedule's order. */
  readonly sent: readonly Sent[];
}

/** Rejects only when a thread of the client died, once nothing is in flight. */
export async function sendOnSchedule(sending: Sending): Promise<SentAll> {
  const { requests, arrivals, client, clock, loss, originMs, onEnded } = sending;
  const sent = new Map<number, Sent>();
  const onSent = (index: number, { exchange, scheduledMs }: LoadSent): void => {
    const trace = toTrace(exchange, scheduledMs, originMs);
    sent.set(index, { trace, exchange });
    loss.note(trace);
    onEnded(trace);
  };
  const streams = closedLoopStreams(arrivals);
  const load: Load = {
    requests: requests.map(({ generation, scheduled }) => ({ generation, ...timeOf(scheduled) })),
    originMs,
    ...(streams !== undefined && { streams }),
  };
  const watch: LoadWatch = { sending: loss.sending, inFlight: loss.inFlight, onSent };
  const end = await (client.load?.(load, watch) ?? loadHere(client, clock, { load, watch }));
  return { ...end, sent: requests.map((request, index) => sent.get(index) ?? notSent(sending, request)) };
}

function timeOf({ atMs }: ScheduledRequest): { readonly atMs?: number } {
  return atMs === undefined ? {} : { atMs };
}

/** How many requests a closed loop keeps in flight; undefined for open loops, whose times do not depend on replies. */
export function closedLoopStreams(arrivals: Workload["arrivals"]): number | undefined {
  if (arrivals.process === "sequential") return 1;
  return arrivals.process === "concurrency" ? arrivals.concurrency : undefined;
}

/** Relative to the workload's start, to the microsecond. */
function toTrace(exchange: Exchange, scheduledMs: number, originMs: number): RequestTrace {
  const since = (atMs: number): number => toMicroseconds(atMs - originMs);
  const times = {
    scheduledMs: toMicroseconds(scheduledMs),
    sentMs: since(exchange.sentMs),
    endMs: since(exchange.endMs),
  };
  if (exchange.outcome === "error") return { outcome: "error", ...times, error: exchange.error };
  const { coalescedChunks: _coalesced, connectMs: _connect, tokenSource: _source, ...answer } = exchange;
  return {
    ...answer,
    ...times,
    firstTokenMs: since(exchange.firstTokenMs),
    lastTokenMs: since(exchange.lastTokenMs),
    tokenGapsMs: exchange.tokenGapsMs.map(toMicroseconds),
  };
}

export function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** A request whose turn came when nothing was there to send it to: as if it had been refused at its time. */
function notSent({ clock, loss, originMs }: Sending, { scheduled }: PlannedRequest): Sent {
  const atMs = toMicroseconds(Math.max(scheduled.atMs ?? 0, clock.nowMs() - originMs));
  const message = `not sent: ${loss.reason() ?? "the run was cancelled"}`;
  const scheduledMs = scheduled.atMs ?? atMs;
  const trace: RequestTrace = {
    outcome: "error",
    scheduledMs,
    sentMs: Math.max(scheduledMs, atMs),
    endMs: Math.max(scheduledMs, atMs),
    error: { kind: "connect", message },
  };
  return { trace };
}

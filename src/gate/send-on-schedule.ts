/** Sends a workload's requests when its schedule wants them sent, and writes down what came of each. */
import type { RequestTrace } from "../core/model/trace.ts";
import type { ScheduledRequest, Workload } from "../core/model/workload.ts";
import type { Clock, Exchange, GenerationRequest, InferenceClient } from "./ports.ts";
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

/** One a request, in the schedule's order. Rejects only when the run is cancelled, once nothing is in flight. */
export async function sendOnSchedule(sending: Sending): Promise<readonly Sent[]> {
  const streams = closedLoopStreams(sending.arrivals);
  const sent = await (streams === undefined ? openLoop(sending) : closedLoop(sending, streams));
  return sending.requests.map((request, index) => sent.get(index) ?? notSent(sending, request));
}

/** How many requests a closed loop keeps in flight; undefined for open loops, whose times do not depend on replies. */
export function closedLoopStreams(arrivals: Workload["arrivals"]): number | undefined {
  if (arrivals.process === "sequential") return 1;
  return arrivals.process === "concurrency" ? arrivals.concurrency : undefined;
}

type SentByIndex = Map<number, Sent>;

/** Every send waits for its own absolute moment: a late one does not push the next. Nothing caps what is in flight. */
async function openLoop(sending: Sending): Promise<SentByIndex> {
  const { requests, clock, loss, originMs } = sending;
  const sent: SentByIndex = new Map();
  const inFlight: Promise<void>[] = [];
  const atMs = ({ scheduled }: PlannedRequest): number => scheduled.atMs ?? 0;
  const inOrder = [...requests.entries()].sort(([, a], [, b]) => atMs(a) - atMs(b));
  for (const [index, request] of inOrder) {
    const isTime = await clock.sleepUntil(originMs + atMs(request), loss.sending).then(
      () => !loss.sending.aborted,
      () => false,
    );
    if (!isTime) break;
    inFlight.push(sendOne(sending, request, { scheduledMs: atMs(request) }).then((one) => void sent.set(index, one)));
  }
  await Promise.all(inFlight);
  return sent;
}

/** Each stream sends its next request when its last one ended, which may be long before that was read. */
async function closedLoop(sending: Sending, streams: number): Promise<SentByIndex> {
  const { clock, loss, originMs } = sending;
  const sent: SentByIndex = new Map();
  const read: Promise<void>[] = [];
  const queue = sending.requests.entries();
  const stream = async (): Promise<void> => {
    for (const [index, request] of queue) {
      if (loss.sending.aborted) return;
      await new Promise<void>((resolve, reject) => {
        const one = sendOne(sending, request, { scheduledMs: clock.nowMs() - originMs, onFree: resolve });
        read.push(one.then((seen) => void sent.set(index, seen)));
        one.then(() => resolve(), reject);
      });
    }
  };
  await Promise.all(Array.from({ length: streams }, stream));
  await Promise.all(read);
  return sent;
}

async function sendOne(
  sending: Sending,
  { generation }: PlannedRequest,
  { scheduledMs, onFree }: { readonly scheduledMs: number; readonly onFree?: () => void },
): Promise<Sent> {
  const exchange = await sending.client.send(generation, sending.loss.inFlight, onFree);
  const trace = toTrace(exchange, scheduledMs, sending.originMs);
  sending.loss.note(trace);
  sending.onEnded(trace);
  return { trace, exchange };
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

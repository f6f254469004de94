/** Drives one workload against one server: warm-up, then the schedule, and what the client saw of it. */
import type { PlannedWorkload } from "../core/model/plan.ts";
import type { ClientHealth } from "../core/model/results.ts";
import type { RequestTrace, TokenSource } from "../core/model/trace.ts";
import { clientFault, clientHealth, clientWarnings } from "./client-health.ts";
import { tokenSourceOf, trafficWarnings, warmupWarning } from "./drive-warnings.ts";
import type { Clock, InferenceClient, LoadEnd } from "./ports.ts";
import { closedLoopStreams, type PlannedRequest, type Sent, sendOnSchedule } from "./send-on-schedule.ts";
import { type ServerLoss, watchServer } from "./server-loss.ts";
import { workloadRequests } from "./workload-requests.ts";

export interface Drive {
  readonly planned: PlannedWorkload;
  readonly model: string;
  readonly client: InferenceClient;
  readonly clock: Clock;
  /** The trial's: 8 decimal digits or more, so that no prompt was ever seen by the server before. */
  readonly nonce: string;
  readonly charsPerToken: number;
  /** What the server counts beside a prompt's text; absent: nothing. */
  readonly overheadTokens?: number;
  readonly signal: AbortSignal;
  /** Fires when the server's process is gone: what is open then fails, and the rest is not sent. */
  readonly gone?: AbortSignal;
  readonly onRequest?: (state: DriveState) => void;
}

/** How far the measurement is; warm-up requests are not in it. */
interface DriveState {
  readonly done: number;
  readonly of: number;
  readonly failed: number;
  readonly outputTokens: number;
}

export interface WorkloadMeasurement {
  /** Wall clock, ISO 8601. */
  readonly startedAt: string;
  /** One a request of the schedule, in its order. */
  readonly requests: readonly RequestTrace[];
  /** The poorest source of any answer; absent where none came. */
  readonly tokenSource?: TokenSource;
  readonly client: ClientHealth;
  readonly warnings: readonly string[];
  /** Why the trial cannot count: the client was late. */
  readonly invalidReason?: string;
  /** At the end nothing took connections any more. */
  readonly isDeaf: boolean;
}

/** Between the workload's start and its first send, ms: the first is then as punctual as the others. */
const leadMs = 10;

/**
 * Beyond it connections open as they are needed: more than any server here holds at once, and of a rate never that many
 * requests are open together.
 */
const maxPreparedConnections = { together: 2048, atRate: 256 };

/** Rejects only when the run is cancelled, with the signal's reason, once nothing is in flight any more. */
export async function driveWorkload(drive: Drive): Promise<WorkloadMeasurement> {
  const { client, clock, signal, gone } = drive;
  signal.throwIfAborted();
  const { warmup, requests } = workloadRequests(drive);
  const loss = watchServer({ signal, gone, clock, reaches: async () => (await client.reaches?.(signal)) ?? true });
  try {
    const warmupWarnings = await warmUp(drive, warmup, loss);
    await client.prepare?.(
      { connections: connectionsFor(drive.planned), requests: requests.map(({ generation }) => generation) },
      loss.sending,
    );
    signal.throwIfAborted();
    const pass = await measure(drive, requests, loss);
    signal.throwIfAborted();
    const health = clientHealth({ ...pass, arrivals: drive.planned.workload.arrivals });
    const tokenSource = tokenSourceOf(pass.sent);
    const invalidReason = clientFault(pass.sent, health);
    return {
      startedAt: pass.startedAt,
      requests: pass.traces,
      ...(tokenSource !== undefined && { tokenSource }),
      client: health,
      warnings: [
        ...warmupWarnings,
        ...(client.notes?.() ?? []),
        ...lossWarnings(loss, pass.sent),
        ...trafficWarnings(drive.planned.workload, requests, pass.sent),
        ...clientWarnings(health),
      ],
      ...(invalidReason !== undefined && { invalidReason }),
      isDeaf: loss.isDeaf(),
    };
  } finally {
    loss.stop();
  }
}

/** One at a time where the workload is, else together; what fails is only said. */
async function warmUp(
  { client, planned }: Drive,
  warmup: readonly PlannedRequest[],
  loss: ServerLoss,
): Promise<readonly string[]> {
  const isSequential = closedLoopStreams(planned.workload.arrivals) === 1;
  let before: Promise<unknown> = Promise.resolve();
  const exchanges = await Promise.all(
    warmup.map(({ generation }) => {
      const send = () => client.send(generation, loss.inFlight);
      const exchange = isSequential ? before.then(send) : send();
      before = exchange;
      return exchange;
    }),
  );
  const failures = exchanges.flatMap((exchange) => (exchange.outcome === "error" ? [exchange.error] : []));
  return failures.length === 0 ? [] : [warmupWarning(failures, warmup.length)];
}

function connectionsFor({ workload, schedule }: Drive["planned"]): number {
  const { arrivals } = workload;
  const streams = closedLoopStreams(arrivals) ?? (arrivals.process === "burst" ? schedule.requests.length : undefined);
  const most = streams === undefined ? maxPreparedConnections.atRate : maxPreparedConnections.together;
  return Math.min(streams ?? most, schedule.requests.length, most);
}

interface Pass extends LoadEnd {
  readonly startedAt: string;
  readonly sent: readonly Sent[];
  /** Of `sent`, with what the server's end took down told apart. */
  readonly traces: readonly RequestTrace[];
}

async function measure(
  { planned, client, clock, onRequest }: Drive,
  requests: readonly PlannedRequest[],
  loss: ServerLoss,
): Promise<Pass> {
  const { arrivals } = planned.workload;
  const startedAt = clock.wallTime();
  const originMs = clock.nowMs() + leadMs;
  const onEnded = counting(requests.length, onRequest);
  const { sent, ...end } = await sendOnSchedule({ requests, arrivals, client, clock, loss, originMs, onEnded });
  const traces = await loss.judged(
    sent.map(({ trace }) => trace),
    originMs,
  );
  return { startedAt, sent, traces, ...end };
}

function counting(of: number, onRequest: Drive["onRequest"]): (trace: RequestTrace) => void {
  let state: DriveState = { done: 0, of, failed: 0, outputTokens: 0 };
  return (trace) => {
    const isOk = trace.outcome === "ok";
    state = {
      done: state.done + 1,
      of,
      failed: state.failed + (isOk ? 0 : 1),
      outputTokens: state.outputTokens + (isOk ? trace.outputTokens : 0),
    };
    onRequest?.(state);
  };
}

/** Where all had been sent already there is nothing to say. */
function lossWarnings(loss: ServerLoss, sent: readonly Sent[]): readonly string[] {
  const reason = loss.reason();
  return reason === undefined || sent.every(({ exchange }) => exchange !== undefined)
    ? []
    : [`sending stopped: ${reason}`];
}

/**
 * A client that also notes what no trace holds: what the server counted while a workload was measured, what it found in
 * its cache, and, where they are to be judged, the answers. Whoever drives the workload need not know of it.
 */
import type { ServerValues } from "../core/plan/server-names.ts";
import type { Clock, Exchange, GenerationRequest, InferenceClient, PreparedWork } from "./ports.ts";
import { sampleGauges } from "./sample-gauges.ts";

export interface Observation {
  readonly client: InferenceClient;
  /** What a request's answer told; undefined for one that was not answered. */
  noted(request: GenerationRequest): Noted | undefined;
  /** In the order of the schedule; empty where nothing came to be measured. */
  measured(): readonly GenerationRequest[];
  /** Everything sent since the server's counters were read for the first time. */
  tally(): Tally;
  /** When the measurement began; absent where it did not. */
  before(): ServerValues | undefined;
  /** Stops looking at the server. */
  samples(): Promise<readonly ServerValues[]>;
}

interface Noted {
  readonly promptTokens?: number;
  readonly cachedTokens?: number;
  readonly answerText?: string;
}

export interface Tally {
  readonly sent: number;
  readonly failed: number;
  readonly outputTokens: number;
}

/** Preparing comes between the warm-up and the measurement: what the server counts from then on is the workload's. */
export function observeClient(inner: InferenceClient, clock: Clock): Observation {
  const notes = new WeakMap<GenerationRequest, Noted>();
  let tally: Tally = { sent: 0, failed: 0, outputTokens: 0 };
  let prepared: PreparedWork | undefined;
  let before: ServerValues | undefined;
  let sampling: ReturnType<typeof sampleGauges> | undefined;
  const note = (request: GenerationRequest, exchange: Exchange): Exchange => {
    tally = withExchange(tally, exchange);
    if (exchange.outcome === "error") return exchange;
    const { cachedTokens, answerText, ...told } = exchange;
    notes.set(request, {
      ...(told.promptTokens !== undefined && { promptTokens: told.promptTokens }),
      ...(cachedTokens !== undefined && { cachedTokens }),
      ...(answerText !== undefined && { answerText }),
    });
    return told;
  };
  return {
    client: {
      ...inner,
      prepare: async (work, signal) => {
        await inner.prepare?.(work, signal);
        await sampling?.stop();
        before = await inner.scrape(signal).catch(() => ({}));
        prepared = work;
        tally = { sent: 0, failed: 0, outputTokens: 0 };
        sampling = sampleGauges(inner, before, { clock, signal });
      },
      send: async (request, signal, onFree) => note(request, await inner.send(request, signal, onFree)),
      ...(inner.load !== undefined && { load: notedLoad(inner.load, note) }),
    },
    noted: (request) => notes.get(request),
    measured: () => prepared?.requests ?? [],
    tally: () => tally,
    before: () => before,
    samples: async () => (await sampling?.stop()) ?? [],
  };
}

type Load = NonNullable<InferenceClient["load"]>;

function notedLoad(inner: Load, note: (request: GenerationRequest, exchange: Exchange) => Exchange): Load {
  return (load, watch) =>
    inner(load, {
      ...watch,
      onSent: (index, { scheduledMs, exchange }) => {
        const request = load.requests[index]?.generation;
        watch.onSent(index, { scheduledMs, exchange: request === undefined ? exchange : note(request, exchange) });
      },
    });
}

function withExchange({ sent, failed, outputTokens }: Tally, exchange: Exchange): Tally {
  return exchange.outcome === "error"
    ? { sent: sent + 1, failed: failed + 1, outputTokens }
    : { sent: sent + 1, failed, outputTokens: outputTokens + exchange.outputTokens };
}

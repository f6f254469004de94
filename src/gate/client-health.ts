/** How well the client kept time: what says whether a trial measured the server or us. */
import type { Arrivals, ClientHealth } from "../core/model/results.ts";
import { percentile } from "../core/stats/percentile.ts";
import type { LoadEnd } from "./ports.ts";
import { type Sent, toMicroseconds } from "./send-on-schedule.ts";

/**
 * Sent later than this, a request is late; ms. The shortest gap between two sends of the built-in workloads is 125 ms, so
 * such a send still has its own place. Connecting counts.
 */
const latenessLimitMs = 50;

/**
 * A trial with more late requests than this share, and with two at least (one hiccup of the machine is one request), is
 * invalid: the load on the server was not the one drawn.
 */
const lateShareLimit = 0.01;

/**
 * An event loop later than this at the 99th percentile voids the trial: for a hundredth of the time and more nothing was
 * stamped when it came. ms.
 */
const eventLoopDelayLimitMs = 100;

/** With more chunks than this share arriving together with the one before, gaps of 0 say little of the server's pace. */
const coalescedWarningShare = 0.1;

/** Later than this it is said: token gaps are as short. ms. */
const eventLoopDelayWarningMs = 20;

/**
 * A burst that took longer than this to send is said; ms. A step of decoding takes about as long: what comes later than
 * one is scheduled as a second arrival, and not with the burst.
 */
const burstSpreadWarningMs = 20;

/** What of a pass says how the client did. */
export interface ClientPass extends LoadEnd {
  readonly sent: readonly Sent[];
  readonly arrivals: Arrivals;
}

export function clientHealth({ sent, arrivals, eventLoopDelayP99Ms, threads }: ClientPass): ClientHealth {
  const spreadMs = arrivals.process === "burst" ? spreadOf(sent) : undefined;
  const lateness = latenessMs(sent).sort((a, b) => a - b);
  const answered = sent.flatMap(({ exchange }) => (exchange?.outcome === "ok" ? [exchange] : []));
  const chunks = answered.reduce((sum, { tokenGapsMs }) => sum + tokenGapsMs.length + 1, 0);
  const coalesced = answered.reduce((sum, { coalescedChunks }) => sum + (coalescedChunks ?? 0), 0);
  return {
    ...(threads !== undefined && { threads }),
    ...(eventLoopDelayP99Ms !== undefined && { eventLoopDelayP99Ms: toMicroseconds(eventLoopDelayP99Ms) }),
    ...(lateness.length > 0 && { latenessP99Ms: toMicroseconds(percentile(lateness, 99)) }),
    ...(spreadMs !== undefined && { burstSpreadMs: toMicroseconds(spreadMs) }),
    ...(chunks > 0 && { coalescedShare: Math.round((coalesced / chunks) * 10_000) / 10_000 }),
  };
}

/** Why the trial cannot count; undefined where the client kept time. */
export function clientFault(sent: readonly Sent[], { eventLoopDelayP99Ms = 0 }: ClientHealth): string | undefined {
  const lateness = latenessMs(sent);
  const late = lateness.filter((ms) => ms > latenessLimitMs);
  if (late.length >= 2 && late.length > lateShareLimit * lateness.length) {
    return `the client sent ${late.length} of ${lateness.length} requests over ${latenessLimitMs} ms after their time (the worst: ${Math.round(Math.max(...late))} ms); ${latenessCure(sent)}`;
  }
  if (eventLoopDelayP99Ms > eventLoopDelayLimitMs) {
    return `the client's event loop ran ${Math.round(eventLoopDelayP99Ms)} ms late at the 99th percentile, at most ${eventLoopDelayLimitMs} ms may be; measure on a machine with a free core`;
  }
  return undefined;
}

/** Most of the late sends waited for a connection longer than for us: the server's backlog is short, or it accepts slowly. */
function latenessCure(sent: readonly Sent[]): string {
  const late = sent.filter((one) => wasSent(one) && one.trace.sentMs - one.trace.scheduledMs > latenessLimitMs);
  const waited = late.filter(
    ({ exchange }) => exchange?.outcome === "ok" && (exchange.connectMs ?? 0) > latenessLimitMs,
  );
  return 2 * waited.length > late.length
    ? "the server took so long to accept connections: let it keep them open between requests, or lengthen its backlog"
    : "measure on a machine with a free core";
}

export function clientWarnings(health: ClientHealth): readonly string[] {
  const { eventLoopDelayP99Ms = 0, coalescedShare = 0, burstSpreadMs = 0 } = health;
  const late = `the client's event loop ran ${Math.round(eventLoopDelayP99Ms)} ms late at the 99th percentile: tokens may be timed late by as much; a free core for the client would cure it`;
  const coalesced = `${Math.round(100 * coalescedShare)} % of the token chunks arrived together with the one before: their ITL is 0, and that of the first of each group stands for all`;
  const spread = `the burst took ${Math.round(burstSpreadMs)} ms to send, over ${burstSpreadWarningMs} ms: its last requests came to a server that had begun with the first`;
  return [
    ...(eventLoopDelayP99Ms > eventLoopDelayWarningMs ? [late] : []),
    ...(burstSpreadMs > burstSpreadWarningMs ? [spread] : []),
    ...(coalescedShare > coalescedWarningShare ? [coalesced] : []),
  ];
}

/** From the first to the last send; undefined where nothing was sent. */
function spreadOf(sent: readonly Sent[]): number | undefined {
  const times = sent.filter(wasSent).map(({ trace }) => trace.sentMs);
  return times.length === 0 ? undefined : Math.max(...times) - Math.min(...times);
}

function latenessMs(sent: readonly Sent[]): number[] {
  return sent.filter(wasSent).map(({ trace }) => Math.max(0, trace.sentMs - trace.scheduledMs));
}

/** A request that met no connection says nothing of when we would have sent it. */
function wasSent({ trace, exchange }: Sent): boolean {
  return exchange !== undefined && !(trace.outcome === "error" && trace.error.kind === "connect");
}

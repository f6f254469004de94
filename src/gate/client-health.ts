/** How well the client kept time: what says whether a trial measured the server or us. */
import type { ClientHealth } from "../core/model/results.ts";
import { percentile } from "../core/stats/percentile.ts";
import type { Sent } from "./send-on-schedule.ts";

/**
 * A trial whose sends were later than this at the 99th percentile is invalid: the schedule was not the one drawn, and the
 * load on the server not the one compared. Connecting counts; the five workloads' shortest gap is 125 ms.
 */
export const maxLatenessMs = 50;

/**
 * A trial whose event loop ran later than this at the 99th percentile is invalid: arrivals were stamped late by as much.
 * As long as the token gaps that are to be measured.
 */
export const maxEventLoopDelayMs = 50;

export function clientHealth(sent: readonly Sent[], eventLoopDelayP99Ms: number | undefined): ClientHealth {
  const lateness = sent.filter(wasSent).map(({ trace }) => Math.max(0, trace.sentMs - trace.scheduledMs));
  const answered = sent.flatMap(({ exchange }) => (exchange?.outcome === "ok" ? [exchange] : []));
  const chunks = answered.reduce((sum, { tokenGapsMs }) => sum + tokenGapsMs.length + 1, 0);
  const coalesced = answered.reduce((sum, { coalescedChunks }) => sum + (coalescedChunks ?? 0), 0);
  return {
    ...(eventLoopDelayP99Ms !== undefined && { eventLoopDelayP99Ms: toMicroseconds(eventLoopDelayP99Ms) }),
    ...(lateness.length > 0 && {
      latenessP99Ms: toMicroseconds(
        percentile(
          lateness.sort((a, b) => a - b),
          99,
        ),
      ),
    }),
    ...(chunks > 0 && { coalescedShare: Math.round((coalesced / chunks) * 10_000) / 10_000 }),
  };
}

/** Why the trial cannot count; undefined where the client kept time. */
export function clientFault({ latenessP99Ms = 0, eventLoopDelayP99Ms = 0 }: ClientHealth): string | undefined {
  if (latenessP99Ms > maxLatenessMs) {
    return `the client sent late: ${Math.round(latenessP99Ms)} ms after the schedule at the 99th percentile, at most ${maxLatenessMs} ms may be; measure on a machine with a free core`;
  }
  if (eventLoopDelayP99Ms > maxEventLoopDelayMs) {
    return `the client was busy: its event loop ran ${Math.round(eventLoopDelayP99Ms)} ms late at the 99th percentile, at most ${maxEventLoopDelayMs} ms may be; measure on a machine with a free core`;
  }
  return undefined;
}

/** A request that met no connection says nothing of when we would have sent it. */
function wasSent({ trace, exchange }: Sent): boolean {
  return exchange !== undefined && !(trace.outcome === "error" && trace.error.kind === "connect");
}

function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** The machine's monotonic clock (performance.now) and its wall clock. */
import { setMaxListeners } from "node:events";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { Clock } from "../../gate/ports.ts";

export interface SystemClock extends Clock {
  /** Where nowMs() is 0, on the clock of process.hrtime, which all threads share; a clock of another thread begins here too. */
  readonly originNs: bigint;
}

/** `originNs`: of a clock in another thread, which this one is to agree with to the microsecond. */
export function systemClock(originNs?: bigint): SystemClock {
  const ownNs = threadOriginNs();
  const aheadMs = originNs === undefined ? 0 : Number(ownNs - originNs) / 1e6;
  const nowMs = (): number => performance.now() + aheadMs;
  return {
    originNs: originNs ?? ownNs,
    nowMs,
    sleepUntil: (atMs, signal) => sleepUntil(atMs - aheadMs, signal),
    wallTime: () => new Date().toISOString(),
    watchEventLoop,
  };
}

const originLooks = 50;

/** performance.now() counts from the start of its thread. The smallest difference is the one least disturbed in between. */
function threadOriginNs(): bigint {
  let earliest: bigint | undefined;
  for (let look = 0; look < originLooks; look += 1) {
    const sinceNs = BigInt(Math.round(performance.now() * 1e6));
    const origin = process.hrtime.bigint() - sinceNs;
    if (earliest === undefined || origin < earliest) earliest = origin;
  }
  return earliest ?? 0n;
}

/** Timers fire up to about 1 ms late, so the end of a wait is spun over setImmediate, which still lets sockets be read. */
const spinMs = 1.5;

/** setTimeout takes 31 bits; a longer wait is slept in parts. */
const longestTimerMs = 2_000_000_000;

/** One promise for a whole wait: a load sleeps a thousand times a second, and what it leaves behind is collected in it. */
function sleepUntil(atMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", look);
      settle();
    };
    const look = (): void => {
      const leftMs = atMs - performance.now();
      if (signal?.aborted) end(() => reject(signal.reason));
      else if (leftMs <= 0) end(resolve);
      else if (leftMs <= spinMs) setImmediate(look);
      else timer = setTimeout(look, Math.min(leftMs - spinMs, longestTimerMs));
    };
    // A spin sees the signal at every turn.
    if (atMs - performance.now() > spinMs) listen(signal, look);
    look();
  });
}

function listen(signal: AbortSignal | undefined, look: () => void): void {
  if (signal === undefined) return;
  // Hundreds of sleeps may share one signal; Node takes eleven listeners for a leak.
  setMaxListeners(0, signal);
  signal.addEventListener("abort", look, { once: true });
}

/** Interval of the histogram's own timer, ms: what it records is this and the delay. */
const resolutionMs = 10;

function watchEventLoop(): () => number | undefined {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  return () => {
    histogram.disable();
    if (histogram.count === 0) return undefined;
    return Math.max(0, histogram.percentile(99) / 1e6 - resolutionMs);
  };
}

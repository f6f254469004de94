/** The machine's monotonic clock (performance.now) and its wall clock. */
import { setMaxListeners } from "node:events";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { Clock } from "../../gate/ports.ts";

export function systemClock(): Clock {
  return {
    nowMs: () => performance.now(),
    sleepUntil,
    wallTime: () => new Date().toISOString(),
    watchEventLoop,
  };
}

/** Timers fire up to about 1 ms late, so the end of a wait is spun over setImmediate, which still lets sockets be read. */
const spinMs = 1.5;

/** setTimeout takes 31 bits; a longer wait is slept in parts. */
const longestTimerMs = 2_000_000_000;

async function sleepUntil(atMs: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  for (let leftMs = atMs - performance.now(); leftMs > 0; leftMs = atMs - performance.now()) {
    await (leftMs > spinMs ? pause(Math.min(leftMs - spinMs, longestTimerMs), signal) : nextTurn());
    signal?.throwIfAborted();
  }
}

/** Resolves after `ms`, or as soon as the signal fires: the caller looks at it. */
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    if (signal === undefined) return;
    // Hundreds of sleeps may share one signal; Node takes eleven listeners for a leak.
    setMaxListeners(0, signal);
    signal.addEventListener("abort", wake, { once: true });
  });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
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

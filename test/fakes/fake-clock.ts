/** A clock whose time moves only when someone sleeps: then at once to the earliest awakening, when nothing else is to do. */
import { setMaxListeners } from "node:events";
import type { Clock } from "../../src/gate/ports.ts";

export function fakeClock(startMs = 1000): Clock {
  let nowMs = startMs;
  let isTurning = false;
  const sleepers = new Set<Sleeper>();

  const turn = (): void => {
    isTurning = false;
    const next = [...sleepers].sort((a, b) => a.atMs - b.atMs)[0];
    if (next === undefined) return;
    nowMs = Math.max(nowMs, next.atMs);
    next.wake();
    turnSoon();
  };
  const turnSoon = (): void => {
    if (isTurning || sleepers.size === 0) return;
    isTurning = true;
    setImmediate(turn);
  };
  return {
    nowMs: () => nowMs,
    wallTime: () => new Date(Date.UTC(2026, 0, 1) + nowMs).toISOString(),
    sleepUntil: async (atMs, signal) => {
      signal?.throwIfAborted();
      if (atMs <= nowMs) return;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const sleeper = { atMs, wake };
        sleepers.add(sleeper);
        if (signal !== undefined) setMaxListeners(0, signal);
        signal?.addEventListener("abort", wake, { once: true });
        turnSoon();
      });
      signal?.throwIfAborted();
    },
  };
}

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

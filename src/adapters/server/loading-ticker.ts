import type { Clock } from "../../gate/ports.ts";

/** Calls back about every second with the time since now, until stopped. */
export function everySecond(clock: Clock, onSecond: (elapsedMs: number) => void): { readonly stop: () => void } {
  const startedAtMs = clock.nowMs();
  const ended = new AbortController();
  const tick = async (second: number): Promise<void> => {
    await clock.sleepUntil(startedAtMs + second * 1000, ended.signal);
    onSecond(clock.nowMs() - startedAtMs);
    return tick(second + 1);
  };
  // Ends by being stopped, which is the only thing a sleep rejects with.
  void tick(1).catch(() => undefined);
  return { stop: () => ended.abort() };
}

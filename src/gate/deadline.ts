import type { Clock } from "./ports.ts";

/** Fires when the time is over, or when the run is cancelled. */
export interface Deadline {
  readonly signal: AbortSignal;
  minutesLeft(): number;
  /** Lets go of the timer. */
  stop(): void;
}

export function deadlineSignal(clock: Clock, afterMs: number, cancelled: AbortSignal): Deadline {
  const atMs = clock.nowMs() + afterMs;
  const over = new AbortController();
  const stopped = new AbortController();
  clock.sleepUntil(atMs, AbortSignal.any([stopped.signal, cancelled])).then(
    () => over.abort(new Error("the time of the confirmation is over")),
    () => undefined, // stopped or cancelled: nobody waits for it
  );
  return {
    signal: AbortSignal.any([cancelled, over.signal]),
    minutesLeft: () => Math.max(0, (atMs - clock.nowMs()) / 60_000),
    stop: () => stopped.abort(),
  };
}

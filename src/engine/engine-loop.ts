/** Runs the scheduler's steps in real time. */
import type { Next, Scheduler, Step } from "./scheduler.ts";
import type { Sequence } from "./sequence.ts";

/** A timer may fire this much before or after its time; the rest of a step is waited for more finely. */
const TIMER_SLACK_MS = 2;

/** What the fine wait leaves to a busy loop, about a thread's wake-up time. */
const SPIN_MS = 0.1;

/**
 * Step k ends at the start plus the costs of all steps to k: a late wake-up delays one step's tokens and none after it.
 * While nothing is to do it holds no timer.
 */
export class EngineLoop {
  readonly #scheduler: Scheduler;
  readonly #onTokens: (served: readonly Sequence[]) => void;
  readonly #sleepCell = new Int32Array(new SharedArrayBuffer(4));
  #state: "idle" | "waiting" | "stepping" | "stopped" = "idle";
  /** The simulated machine's own time: the end of the last step. */
  #atMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(scheduler: Scheduler, onTokens: (served: readonly Sequence[]) => void) {
    this.#scheduler = scheduler;
    this.#onTokens = onTokens;
  }

  submit(sequence: Sequence): void {
    this.#scheduler.submit(sequence);
    if (this.#state === "stepping" || this.#state === "stopped") return;
    clearTimeout(this.#timer);
    this.#state = "stepping";
    // After this turn's other sockets: what came at once is scheduled at once.
    setImmediate(() => this.#restart());
  }

  stop(): void {
    this.#state = "stopped";
    clearTimeout(this.#timer);
  }

  #restart(): void {
    this.#atMs = performance.now();
    this.#begin();
  }

  #begin(): void {
    if (this.#state === "stopped") return;
    const next: Next = this.#scheduler.nextStep(this.#atMs);
    switch (next.kind) {
      case "idle":
        this.#state = "idle";
        return;
      case "wait":
        this.#state = "waiting";
        this.#timer = setTimeout(() => this.#restart(), Math.max(1, Math.ceil(next.untilMs - performance.now())));
        return;
      case "step":
        this.#state = "stepping";
        this.#atMs += next.step.durationMs;
        this.#at(this.#atMs, () => this.#finish(next.step));
    }
  }

  #finish(step: Step): void {
    if (this.#state === "stopped") return;
    this.#onTokens(this.#scheduler.complete(step));
    // Sockets are read between steps.
    setImmediate(() => this.#begin());
  }

  #at(deadlineMs: number, act: () => void): void {
    const coarseMs = Math.floor(deadlineMs - performance.now()) - TIMER_SLACK_MS;
    const exactly = (): void => {
      this.#block(deadlineMs);
      act();
    };
    if (coarseMs >= 1) this.#timer = setTimeout(exactly, coarseMs);
    else exactly();
  }

  /**
   * Sleeps on a futex: to 0.1 ms where timers count in whole milliseconds, and without the processor time of spinning,
   * which a client on the same machine needs. Requests that come meanwhile had to wait for the step's end anyway.
   */
  #block(deadlineMs: number): void {
    const sleepMs = deadlineMs - performance.now() - SPIN_MS;
    if (sleepMs > 0) Atomics.wait(this.#sleepCell, 0, 0, sleepMs);
    while (performance.now() < deadlineMs);
  }
}

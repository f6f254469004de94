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
  /** Called at the end of each step with the sequences that got a token. */
  readonly #onTokens: (served: readonly Sequence[]) => void;
  readonly #sleepCell = new Int32Array(new SharedArrayBuffer(4));
  #state: "idle" | "waiting" | "busy" | "stopped" = "idle";
  /** The simulated machine's own time: the end of the last step. */
  #atMs = 0;
  /** Sequences came since the running step was put together. */
  #hasNewcomers = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(scheduler: Scheduler, onTokens: (served: readonly Sequence[]) => void) {
    this.#scheduler = scheduler;
    this.#onTokens = onTokens;
  }

  submit(sequence: Sequence): void {
    this.#scheduler.submit(sequence);
    this.#hasNewcomers = true;
    if (this.#state === "busy" || this.#state === "stopped") return;
    clearTimeout(this.#timer);
    this.#wake(performance.now());
  }

  stop(): void {
    this.#state = "stopped";
    clearTimeout(this.#timer);
  }

  #wake(atMs: number): void {
    this.#state = "busy";
    this.#atMs = atMs;
    setImmediate(() => this.#begin("first"));
  }

  #begin(which: "first" | "next"): void {
    if (this.#state === "stopped") return;
    this.#hasNewcomers = false;
    const next: Next = this.#scheduler.nextStep(this.#atMs);
    switch (next.kind) {
      case "idle":
        this.#state = "idle";
        return;
      case "wait":
        this.#state = "waiting";
        this.#timer = setTimeout(() => this.#wake(next.untilMs), next.untilMs - performance.now());
        return;
      case "step":
        this.#at(this.#atMs + next.step.durationMs, () => {
          if (which === "next") this.#finish(next.step);
          else setImmediate(() => this.#finishFirst(next.step));
        });
    }
  }

  /**
   * The first step after a pause is put together again for those who came during it, and then lasts longer. Else it would
   * be chance, and differ from run to run, how much of a burst it held: a burst takes 10 ms and more to arrive.
   */
  #finishFirst(step: Step): void {
    if (this.#hasNewcomers) this.#begin("first");
    else this.#finish(step);
  }

  #finish(step: Step): void {
    if (this.#state === "stopped") return;
    this.#atMs += step.durationMs;
    this.#onTokens(this.#scheduler.complete(step));
    // Sockets are read between steps.
    setImmediate(() => this.#begin("next"));
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

/**
 * When answers are read: in the gaps of a workload, so that no token waits for its stamp because another answer is parsed.
 *
 * A gap is a turn of the event loop, or a millisecond, in which no socket had anything. Where no gap comes for long a
 * little is read all the same, so that progress is seen. Where more bytes are kept than the limit, the answers are read
 * at once, those under way too: times and counts stay exact, the stamps of others may wait, and it is said.
 */
import type { Clock } from "../../gate/ports.ts";
import type { Recording } from "./recording.ts";
import type { Reply } from "./reply.ts";
import type { Store } from "./tape.ts";

export interface Reading {
  /** A successful answer may grow on while others are read. */
  note(recording: Recording): void;
  /** What an ended answer said, once there was time to read it; at once where it failed. */
  replyOf(recording: Recording): Promise<Reply>;
  /** Whether the limit was passed since this was last asked to forget it. */
  wasPressed(): boolean;
  forget(): void;
}

export const keptBytesLimit = 256 * 1024 * 1024;

/** Of one turn in a gap; a token that comes meanwhile waits no longer. ms */
const sliceMs = 0.2;
/** How often it is looked for a gap, ms. */
const lookMs = 1;
/** Without a gap for so long a slice is read all the same, ms. */
const patienceMs = 20;
/** Of one turn when twice the limit is kept, ms; in proportion between. */
const pressedSliceMs = 100;
/** Pieces between two looks at the clock. */
const piecesPerLook = 4;

export function readInGaps(
  store: Store,
  clock: Pick<Clock, "nowMs">,
  limitBytes: number = keptBytesLimit,
): Reading {
  return new GapReading(store, clock, limitBytes);
}

interface Job {
  readonly recording: Recording;
  readonly resolve: (reply: Reply) => void;
}

class GapReading implements Reading {
  readonly #store: Store;
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #limitBytes: number;
  readonly #growing = new Set<Recording>();
  readonly #jobs: Job[] = [];
  #jobAt = 0;
  #current: Generator<void> | undefined;
  #seenReads = 0;
  #lastSliceMs = 0;
  #isAwake = false;
  #pressed = false;

  constructor(store: Store, clock: Pick<Clock, "nowMs">, limitBytes: number) {
    this.#store = store;
    this.#clock = clock;
    this.#limitBytes = limitBytes;
  }

  note(recording: Recording): void {
    if (recording.status !== 200) return;
    this.#growing.add(recording);
    this.#wake();
  }

  replyOf(recording: Recording): Promise<Reply> {
    this.#growing.delete(recording);
    if (recording.status !== 200) return Promise.resolve(recording.plainReply());
    return new Promise((resolve) => {
      this.#jobs.push({ recording, resolve });
      this.#wake();
    });
  }

  wasPressed(): boolean {
    return this.#pressed;
  }

  forget(): void {
    this.#pressed = false;
  }

  #wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.#seenReads = this.#store.reads();
    this.#lastSliceMs = this.#clock.nowMs();
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    const nowMs = this.#clock.nowMs();
    const reads = this.#store.reads();
    const isQuiet = reads === this.#seenReads;
    this.#seenReads = reads;
    const excess = this.#store.keptBytes() / this.#limitBytes - 1;
    if (excess > 0) this.#readPressed(nowMs + sliceMs + pressedSliceMs * excess);
    else if (isQuiet || nowMs - this.#lastSliceMs > patienceMs) this.#readJobs(nowMs + sliceMs);
    if (this.#jobAt === this.#jobs.length && this.#growing.size === 0 && this.#current === undefined) {
      this.#isAwake = false;
      return;
    }
    const isBusy = excess > 0 || (isQuiet && this.#jobAt < this.#jobs.length);
    if (isBusy) setImmediate(this.#turn);
    else setTimeout(this.#turn, lookMs);
  };

  /** Ended answers, the first one first. */
  #readJobs(untilMs: number): void {
    this.#lastSliceMs = this.#clock.nowMs();
    for (;;) {
      if (!this.#finishCurrent(untilMs)) return;
      const job = this.#jobs[this.#jobAt];
      if (job === undefined) return;
      this.#current = job.recording.readOn();
      if (!this.#finishCurrent(untilMs)) return;
      this.#shiftJob();
      job.resolve(job.recording.streamReply());
    }
  }

  /** Ended answers first, then those under way, in turn. */
  #readPressed(untilMs: number): void {
    this.#pressed = true;
    this.#readJobs(untilMs);
    for (const recording of [...this.#growing]) {
      if (!this.#finishCurrent(untilMs) || this.#clock.nowMs() >= untilMs) return;
      // The last in turn from now on.
      this.#growing.delete(recording);
      this.#growing.add(recording);
      this.#current = recording.readOn();
    }
    this.#finishCurrent(untilMs);
  }

  /** False where time ran out before. */
  #finishCurrent(untilMs: number): boolean {
    for (let pieces = 1; this.#current !== undefined; pieces += 1) {
      if (this.#current.next().done) this.#current = undefined;
      else if (pieces % piecesPerLook === 0 && this.#clock.nowMs() >= untilMs) return false;
    }
    return true;
  }

  #shiftJob(): void {
    this.#jobAt += 1;
    if (this.#jobAt < 1024) return;
    this.#jobs.splice(0, this.#jobAt);
    this.#jobAt = 0;
  }
}

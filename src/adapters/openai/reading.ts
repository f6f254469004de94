/**
 * When the answers that wait on tapes are read: in the gaps of a workload, so that no token waits for its stamp because
 * another answer is parsed.
 *
 * A gap is a turn of the event loop, or a millisecond, in which no socket had anything. Where no gap comes for long a
 * little is read all the same, so that progress is seen. Where more bytes are kept than the limit, the answers are read
 * at once, those under way too: times and counts stay exact, the stamps of others may wait, and it is said.
 */
import type { Clock, Exchange } from "../../gate/ports.ts";
import type { ChunkTemplates } from "./chunk-template.ts";
import type { Recording, Studio } from "./recording.ts";
import type { SlabStore } from "./tape.ts";
import { toExchange } from "./to-exchange.ts";

export interface Reading {
  /** A socket had something. */
  noteRead(): void;
  /** Something of this recording waits to be read. */
  note(recording: Recording): void;
  /** What came of an ended call, once there was time to find out; at once where it failed. */
  exchangeOf(recording: Recording): Promise<Exchange>;
  /** Whether the limit was passed since this was last asked to forget it. */
  wasPressed(): boolean;
  forget(): void;
}

export const keptBytesLimit = 256 * 1024 * 1024;

/** Of one turn in a gap; a token that comes meanwhile waits no longer. ms */
const sliceMs = 0.2;
/** How often it is looked for a gap, ms. */
const lookMs = 1;
/** Without a gap for so long a slice is read all the same, ms; with so many ended answers waiting, at every look. */
const patienceMs = 20;
const patienceAnswers = 16;
/** Of one turn when twice the limit is kept, ms; in proportion between. */
const pressedSliceMs = 100;
/** Pieces between two looks at the clock. */
const piecesPerLook = 4;

export function readInGaps(
  store: Pick<SlabStore, "keptBytes">,
  clock: Pick<Clock, "nowMs">,
  limitBytes: number = keptBytesLimit,
): Reading {
  return new GapReading(store, clock, limitBytes);
}

/** For the streams of one server. */
export function streamStudio(store: SlabStore, reading: Reading, templates: ChunkTemplates): Studio {
  return {
    store,
    templates,
    onKept: (recording) => reading.note(recording),
    onRead: () => reading.noteRead(),
  };
}

interface Job {
  readonly recording: Recording;
  readonly resolve: (exchange: Exchange) => void;
}

class GapReading implements Reading {
  readonly #store: Pick<SlabStore, "keptBytes">;
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #limitBytes: number;
  /** Under way, with something to be read; the first is the next. */
  readonly #growing = new Set<Recording>();
  readonly #jobs = new Set<Job>();
  #current: Generator<void> | undefined;
  #reads = 0;
  #seenReads = 0;
  #lastSliceMs = 0;
  #isAwake = false;
  #pressed = false;

  constructor(store: Pick<SlabStore, "keptBytes">, clock: Pick<Clock, "nowMs">, limitBytes: number) {
    this.#store = store;
    this.#clock = clock;
    this.#limitBytes = limitBytes;
  }

  noteRead(): void {
    this.#reads += 1;
  }

  note(recording: Recording): void {
    this.#growing.add(recording);
    this.#wake();
  }

  exchangeOf(recording: Recording): Promise<Exchange> {
    this.#growing.delete(recording);
    if (recording.status !== 200) return Promise.resolve(toExchange(recording.plainReply()));
    return new Promise((resolve) => {
      this.#jobs.add({ recording, resolve });
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
    this.#seenReads = this.#reads;
    this.#lastSliceMs = this.#clock.nowMs();
    setTimeout(this.#turn, lookMs);
  }

  readonly #turn = (): void => {
    const nowMs = this.#clock.nowMs();
    const isQuiet = this.#reads === this.#seenReads;
    this.#seenReads = this.#reads;
    const excess = this.#store.keptBytes() / this.#limitBytes - 1;
    if (excess > 0) this.#pressed = true;
    if (excess > 0) this.#read(nowMs + sliceMs + pressedSliceMs * excess);
    else if (isQuiet || this.#isOverdue(nowMs)) this.#read(nowMs + sliceMs);
    if (this.#isAllRead()) this.#isAwake = false;
    else if (isQuiet || excess > 0) setImmediate(this.#turn);
    else setTimeout(this.#turn, lookMs);
  };

  /** Answers that pile up cost stamps too: the collector has to move them. */
  #isOverdue(nowMs: number): boolean {
    return nowMs - this.#lastSliceMs > patienceMs || this.#jobs.size > patienceAnswers;
  }

  #isAllRead(): boolean {
    return this.#current === undefined && this.#jobs.size === 0 && this.#growing.size === 0;
  }

  /** Ended answers, the first one first; then what there is of those under way. */
  #read(untilMs: number): void {
    this.#lastSliceMs = this.#clock.nowMs();
    if (!this.#finishCurrent(untilMs)) return;
    for (const job of this.#jobs) {
      this.#current = job.recording.readOn();
      if (!this.#finishCurrent(untilMs)) return;
      this.#jobs.delete(job);
      job.resolve(toExchange(job.recording.streamReply()));
      if (this.#clock.nowMs() >= untilMs) return;
    }
    for (const recording of this.#growing) {
      this.#growing.delete(recording);
      this.#current = recording.readOn();
      if (!this.#finishCurrent(untilMs)) return;
    }
  }

  /** False where time ran out before. */
  #finishCurrent(untilMs: number): boolean {
    for (let pieces = 1; this.#current !== undefined; pieces += 1) {
      if (this.#current.next().done) this.#current = undefined;
      else if (pieces % piecesPerLook === 0 && this.#clock.nowMs() >= untilMs) return false;
    }
    return true;
  }
}

/**
 * What came from one socket and when: the bytes as they are, and the time of each read.
 *
 * The bytes are copied into slabs that are used again, so that a read leaves nothing to be collected; what is kept in all
 * is counted in the store. Reading the tape back frees it, also while it grows.
 */
import type { BodyPiece } from "./body-framing.ts";

/** The slabs of all tapes of a client. */
export interface Store {
  /** Bytes held by tapes. */
  keptBytes(): number;
  /** Reads so far, of all tapes: unchanged means that the sockets are quiet. */
  reads(): number;
}

/** The first slab of a tape holds a page or a short answer. */
const firstSlabBytes = 8 * 1024;
const slabBytes = 64 * 1024;
/** Idle slabs beyond this are given back to the machine. */
const maxIdleBytes = 64 * 1024 * 1024;

export class SlabStore implements Store {
  readonly #idle: Buffer[] = [];
  #kept = 0;
  #reads = 0;

  keptBytes(): number {
    return this.#kept;
  }

  reads(): number {
    return this.#reads;
  }

  noteRead(): void {
    this.#reads += 1;
  }

  take(bytes: number): Buffer {
    this.#kept += bytes;
    return (bytes === slabBytes ? this.#idle.pop() : undefined) ?? Buffer.allocUnsafeSlow(bytes);
  }

  giveBack(slab: Buffer): void {
    this.#kept -= slab.length;
    if (slab.length === slabBytes && (this.#idle.length + 1) * slabBytes <= maxIdleBytes) this.#idle.push(slab);
  }
}

export class Tape {
  /** When each read came. Pieces of one read have one time. */
  readonly readAtMs: number[] = [];
  readonly #store: SlabStore;
  /** Those that hold what was not read back yet. */
  #slabs: Buffer[] = [];
  /** Used bytes of the last slab. */
  #used = 0;
  /** Where in `#slabs` each read from `#firstRead` on ends, counted from the first slab's start. */
  #ends: number[] = [];
  #firstRead = 0;

  constructor(store: SlabStore) {
    this.#store = store;
  }

  keep(bytes: Buffer, from: number, to: number, atMs: number): void {
    this.#store.noteRead();
    let at = from;
    while (at < to) {
      let slab = this.#slabs[this.#slabs.length - 1];
      if (slab === undefined || this.#used === slab.length) {
        slab = this.#store.take(this.readAtMs.length === 0 && slab === undefined ? firstSlabBytes : slabBytes);
        this.#slabs.push(slab);
        this.#used = 0;
      }
      const count = Math.min(to - at, slab.length - this.#used);
      bytes.copy(slab, this.#used, at, at + count);
      this.#used += count;
      at += count;
    }
    this.#ends.push((this.#ends[this.#ends.length - 1] ?? 0) + to - from);
    this.readAtMs.push(atMs);
  }

  /** Hands over what was not read back yet, read by read, and frees it. A generator: the caller says how much at a time. */
  *readBack(): Generator<BodyPiece> {
    const ends = this.#ends;
    const slabs = this.#slabs;
    const firstRead = this.#firstRead;
    this.#forget();
    let slabAt = 0;
    let slabStart = 0;
    let from = 0;
    for (let index = 0; index < ends.length; index += 1) {
      const to = ends[index] ?? from;
      while (from < to) {
        const slab = slabs[slabAt] as Buffer;
        const end = Math.min(to, slabStart + slab.length);
        yield { bytes: slab, from: from - slabStart, to: end - slabStart, read: firstRead + index };
        from = end;
        if (end < slabStart + slab.length) continue;
        slabStart += slab.length;
        slabAt += 1;
        this.#store.giveBack(slab);
      }
    }
    for (const slab of slabs.slice(slabAt)) this.#store.giveBack(slab);
  }

  #forget(): void {
    this.#firstRead = this.readAtMs.length;
    this.#ends = [];
    this.#slabs = [];
    this.#used = 0;
  }
}

/**
 * Parts of answers that wait to be read, and of which read each is.
 *
 * The bytes are copied into slabs that are used again, so that keeping them leaves nothing to be collected; what is kept in
 * all is counted. Reading a tape back frees it.
 */

const firstSlabBytes = 4 * 1024;
const slabBytes = 64 * 1024;
/** Idle slabs beyond this are given back to the machine. */
const maxIdleBytes = 64 * 1024 * 1024;

/** The slabs of all tapes of a client. */
export class SlabStore {
  readonly #idle: Buffer[] = [];
  #kept = 0;

  /** Bytes held by tapes. */
  keptBytes(): number {
    return this.#kept;
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

/** Bytes `from` (in) to `to` (out) of that read. */
export interface TapePiece {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  readonly read: number;
}

export class Tape {
  readonly #store: SlabStore;
  #slabs: Buffer[] = [];
  /** Used bytes of the last slab. */
  #used = 0;
  /** Where each piece ends, counted from the first slab's start, and its read. */
  #ends: number[] = [];
  #reads: number[] = [];
  #isBeingRead = false;

  constructor(store: SlabStore) {
    this.#store = store;
  }

  /** All that was kept was read. */
  isEmpty(): boolean {
    return this.#ends.length === 0 && !this.#isBeingRead;
  }

  keep(bytes: Buffer, { from, to, read }: { readonly from: number; readonly to: number; readonly read: number }): void {
    for (let at = from; at < to; ) {
      const slab = this.#room();
      const count = Math.min(to - at, slab.length - this.#used);
      bytes.copy(slab, this.#used, at, at + count);
      this.#used += count;
      at += count;
    }
    const last = this.#ends.length - 1;
    const end = (this.#ends[last] ?? 0) + to - from;
    if (this.#reads[last] === read) this.#ends[last] = end;
    else {
      this.#ends.push(end);
      this.#reads.push(read);
    }
  }

  /** Hands over what was kept, read by read, and frees it. A generator, so that the caller says how much at a time. */
  *readBack(): Generator<TapePiece> {
    const ends = this.#ends;
    const reads = this.#reads;
    const slabs = this.#slabs;
    this.#forget();
    this.#isBeingRead = ends.length > 0;
    let [slab, slabAt, slabStart, from] = [slabs[0], 0, 0, 0];
    for (let index = 0; index < ends.length; index += 1) {
      const to = ends[index] ?? from;
      while (from < to && slab !== undefined) {
        const end = Math.min(to, slabStart + slab.length);
        yield { bytes: slab, from: from - slabStart, to: end - slabStart, read: reads[index] ?? 0 };
        from = end;
        if (end < slabStart + slab.length) continue;
        slabStart += slab.length;
        this.#store.giveBack(slab);
        slabAt += 1;
        slab = slabs[slabAt];
      }
    }
    if (slab !== undefined) this.#store.giveBack(slab);
    this.#isBeingRead = false;
  }

  #room(): Buffer {
    const last = this.#slabs[this.#slabs.length - 1];
    if (last !== undefined && this.#used < last.length) return last;
    const slab = this.#store.take(last === undefined ? firstSlabBytes : slabBytes);
    this.#slabs.push(slab);
    this.#used = 0;
    return slab;
  }

  #forget(): void {
    this.#ends = [];
    this.#reads = [];
    this.#slabs = [];
    this.#used = 0;
  }
}

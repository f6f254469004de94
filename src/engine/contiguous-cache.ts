/** A slot of the longest allowed length for each sequence, however short it is. */
import { BLOCK_TOKENS, computedBlocks, type KvCache, usableBlocks } from "./kv-cache.ts";
import type { Sequence } from "./sequence.ts";

interface Slot {
  owner?: Sequence | undefined;
  /** The prompt blocks still lying in the slot, from its last owner. */
  blocks: readonly string[];
}

/** With prefix caching a sequence takes the free slot whose last prompt began most like its own, and keeps that part. */
export class ContiguousCache implements KvCache {
  /** Longest free first, so that ties take the slot unused for longest. */
  readonly #slots: Slot[];

  constructor(size: { kvTokens: number; maxModelLen: number }) {
    this.#slots = Array.from({ length: Math.floor(size.kvTokens / size.maxModelLen) }, () => ({ blocks: [] }));
  }

  admit(sequence: Sequence): number | undefined {
    let best: { slot: Slot; shared: readonly string[] } | undefined;
    for (const slot of this.#slots) {
      if (slot.owner) continue;
      const shared = usableBlocks(sequence, (hash, index) => slot.blocks[index] === hash);
      if (!best || shared.length > best.shared.length) best = { slot, shared };
    }
    if (!best) return undefined;
    best.slot.owner = sequence;
    best.slot.blocks = best.shared;
    return best.shared.length * BLOCK_TOKENS;
  }

  extend(): boolean {
    return true;
  }

  share(): void {}

  release(sequence: Sequence): void {
    const index = this.#slots.findIndex((slot) => slot.owner === sequence);
    if (index === -1) return;
    this.#slots.splice(index, 1);
    this.#slots.push({ blocks: computedBlocks(sequence) });
  }

  forgetPrompts(): void {
    for (const slot of this.#slots) slot.blocks = [];
  }

  get usage(): number {
    return this.#slots.filter((slot) => slot.owner).length / this.#slots.length;
  }
}

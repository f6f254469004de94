/** Which prompt blocks are in the KV cache, who uses them, and which goes first when room is needed. */
export class PrefixCache {
  /** Uses of each cached block. */
  readonly #uses = new Map<string, number>();
  /** Blocks nobody uses, least recently used first. */
  readonly #idle = new Set<string>();

  get size(): number {
    return this.#uses.size;
  }

  get idleBlocks(): number {
    return this.#idle.size;
  }

  has(hash: string): boolean {
    return this.#uses.has(hash);
  }

  isIdle(hash: string): boolean {
    return this.#idle.has(hash);
  }

  /** Adds the block if it is new; it is not evicted while in use. */
  use(hash: string): void {
    this.#uses.set(hash, (this.#uses.get(hash) ?? 0) + 1);
    this.#idle.delete(hash);
  }

  /** Ends one sequence's use of a chain of blocks. The end of a chain goes first: it is shared by fewer prompts than its beginning. */
  unuse(hashes: readonly string[]): void {
    for (const hash of hashes.toReversed()) {
      const uses = (this.#uses.get(hash) ?? 0) - 1;
      this.#uses.set(hash, uses);
      if (uses === 0) this.#idle.add(hash);
    }
  }

  evictOldest(): void {
    const [oldest] = this.#idle;
    if (oldest === undefined) return;
    this.#idle.delete(oldest);
    this.#uses.delete(oldest);
  }
}

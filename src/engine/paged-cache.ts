/** Blocks of tokens taken as sequences grow, so that room is held only for tokens that are there. */
import { BLOCK_TOKENS, computedBlocks, type KvCache, usableBlocks } from "./kv-cache.ts";
import { PrefixCache } from "./prefix-cache.ts";
import { type Sequence, totalTokens } from "./sequence.ts";

interface Holding {
  /** Blocks of its own. */
  owned: number;
  /** The beginning of its prompt, in blocks that others may use too. */
  readonly shared: string[];
}

/** Free blocks that admission leaves for running sequences to grow into; without them a newcomer would soon be preempted. */
const WATERMARK = 0.01;

/** Admits by the tokens a sequence has, not by those it may get: when blocks run out the scheduler preempts. */
export class PagedCache implements KvCache {
  readonly #blocks: number;
  readonly #prefixes = new PrefixCache();
  readonly #holdings = new Map<Sequence, Holding>();
  #owned = 0;

  constructor(size: { kvTokens: number }) {
    this.#blocks = Math.floor(size.kvTokens / BLOCK_TOKENS);
  }

  admit(sequence: Sequence): number | undefined {
    const shared = [...usableBlocks(sequence, (hash) => this.#prefixes.has(hash))];
    const owned = Math.ceil(totalTokens(sequence) / BLOCK_TOKENS) - shared.length;
    const woken = shared.filter((hash) => this.#prefixes.isIdle(hash)).length;
    const spare = this.#holdings.size > 0 ? Math.ceil(this.#blocks * WATERMARK) : 0;
    if (owned + woken + spare > this.#available) return undefined;
    for (const hash of shared) this.#prefixes.use(hash);
    this.#holdings.set(sequence, { owned: 0, shared });
    this.#take(sequence, owned);
    return shared.length * BLOCK_TOKENS;
  }

  extend(sequence: Sequence): boolean {
    const holding = this.#holdings.get(sequence);
    if (!holding) return false;
    const missing = Math.ceil(totalTokens(sequence) / BLOCK_TOKENS) - holding.owned - holding.shared.length;
    if (missing > this.#available) return false;
    this.#take(sequence, Math.max(0, missing));
    return true;
  }

  share(sequence: Sequence): void {
    const holding = this.#holdings.get(sequence);
    if (!holding) return;
    for (const hash of computedBlocks(sequence).slice(holding.shared.length)) {
      // Someone else computed the same text meanwhile: this copy stays private.
      if (this.#prefixes.has(hash)) return;
      this.#prefixes.use(hash);
      holding.shared.push(hash);
      holding.owned -= 1;
      this.#owned -= 1;
    }
  }

  release(sequence: Sequence): void {
    const holding = this.#holdings.get(sequence);
    if (!holding) return;
    this.#holdings.delete(sequence);
    this.#owned -= holding.owned;
    this.#prefixes.unuse(holding.shared);
  }

  forgetPrompts(): void {
    while (this.#prefixes.idleBlocks > 0) this.#prefixes.evictOldest();
  }

  get usage(): number {
    return 1 - this.#available / this.#blocks;
  }

  /** Free blocks and those only kept in case they are asked for again. */
  get #available(): number {
    return this.#blocks - this.#owned - this.#prefixes.size + this.#prefixes.idleBlocks;
  }

  #take(sequence: Sequence, count: number): void {
    const holding = this.#holdings.get(sequence);
    if (!holding) return;
    holding.owned += count;
    this.#owned += count;
    while (this.#owned + this.#prefixes.size > this.#blocks) this.#prefixes.evictOldest();
  }
}

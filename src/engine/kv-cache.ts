/** Where the keys and values of running sequences live, and so how many can run. */
import type { Sequence } from "./sequence.ts";

export const BLOCK_TOKENS = 16;

export interface KvCache {
  /** Takes room for all tokens the sequence has; says how many of them are cached already. Undefined: no room now. */
  admit(sequence: Sequence): number | undefined;
  /** Takes room for the token about to be computed; false when there is none. */
  extend(sequence: Sequence): boolean;
  /** Tells that the sequence's computed tokens are in the cache, so that others may share its prompt. */
  share(sequence: Sequence): void;
  release(sequence: Sequence): void;
  /** Forgets the prompts kept for later ones; asked for only while nothing runs. */
  forgetPrompts(): void;
  /** Share of the room that running sequences hold. */
  readonly usage: number;
}

/** Full blocks of the prompt whose KV is computed. */
export function computedBlocks(sequence: Sequence): readonly string[] {
  return sequence.blockHashes.slice(0, Math.floor(sequence.computedTokens / BLOCK_TOKENS));
}

/** Cached blocks that a sequence can use: never all its tokens, since the last one must be computed to get the next. */
export function usableBlocks(
  sequence: Sequence,
  isCached: (hash: string, index: number) => boolean,
): readonly string[] {
  const usable = sequence.blockHashes.slice(0, Math.floor((sequence.promptTokens - 1) / BLOCK_TOKENS));
  const end = usable.findIndex((hash, index) => !isCached(hash, index));
  return end === -1 ? usable : usable.slice(0, end);
}

/** One request inside the engine: how far it is. Only the scheduler and the KV cache change it. */
export interface Sequence {
  readonly promptTokens: number;
  /** Exactly this many are produced, at least one. */
  readonly maxTokens: number;
  /** One for each full block of the prompt, chained: equal hashes mean equal text from the beginning. Empty without prefix caching. */
  readonly blockHashes: readonly string[];
  readonly arrivedAtMs: number;
  generatedTokens: number;
  /** Tokens whose KV is in the cache. */
  computedTokens: number;
  /** Prompt tokens that were in the cache at the first admission; absent before it. */
  cachedTokens?: number;
}

export type NewSequence = Pick<Sequence, "promptTokens" | "maxTokens" | "arrivedAtMs"> & {
  blockHashes?: readonly string[];
};

export function newSequence(request: NewSequence): Sequence {
  return { blockHashes: [], ...request, generatedTokens: 0, computedTokens: 0 };
}

/** Prompt and output so far: what must be in the KV cache for the next token. */
export function totalTokens(sequence: Sequence): number {
  return sequence.promptTokens + sequence.generatedTokens;
}

/** True while more than the newest token is missing from the KV cache. */
export function isPrefilling(sequence: Sequence): boolean {
  return sequence.generatedTokens === 0 || totalTokens(sequence) - sequence.computedTokens > 1;
}

/** What a streamed answer said, as far as it came. */
import type { ChunkFacts } from "./chunk.ts";
import type { ChunkTemplate } from "./chunk-template.ts";
import { Numbers } from "./numbers.ts";

export interface StreamTally {
  /** How many chunks bear tokens. */
  readonly tokenChunks: number;
  /** The reads that completed such chunks, in order, by their index; */
  readonly tokenReads: Numbers;
  /** and how many each of them completed. */
  readonly chunksOfRead: Numbers;
  /**
   * Output tokens up to and with each of these chunks, where its `usage`, or a count of the server's own, tells; else NaN.
   * Empty where none tells.
   */
  readonly tokensSoFar: Numbers;
  readonly promptTokens?: number;
  /** The last count in `usage`. */
  readonly usageTokens?: number;
  /** The last count the server streamed of its own. */
  readonly streamedTokens?: number;
  /** Prompt tokens found in the server's cache. */
  readonly cachedTokens?: number;
  /** The answer's words, where they are kept. */
  readonly text?: string;
  readonly finishReason?: string;
  /** [DONE] came. */
  readonly isDone: boolean;
  /** An error object inside the stream. */
  readonly error?: StatedError;
  /** An excerpt of a line that is no JSON. */
  readonly malformed?: string;
  /** The last line was cut short. */
  readonly isCut: boolean;
}

interface StatedError {
  readonly message: string;
  readonly status?: number;
}

/**
 * All fields are there from the beginning, counts with -1 for what was not told: code that adds to it at the pace of tokens
 * is compiled for one shape.
 */
export class GrowingTally {
  tokenChunks = 0;
  isDone = false;
  isCut = false;
  text: string | undefined;
  error: StatedError | undefined;
  malformed: string | undefined;
  readonly #tokenReads: Numbers;
  readonly #chunksOfRead: Numbers;
  readonly #tokensSoFar: Numbers;
  #promptTokens = -1;
  #usageTokens = -1;
  #streamedTokens = -1;
  #cachedTokens = -1;
  #finishReason: string | undefined;

  /** `reads`: how many are expected. */
  constructor(reads: number) {
    this.#tokenReads = new Numbers(reads);
    this.#chunksOfRead = new Numbers(reads);
    this.#tokensSoFar = new Numbers(1);
  }

  addMatch(template: ChunkTemplate, read: number): void {
    const { promptTokens, completionTokens, streamedTokens, cachedTokens } = template;
    if (promptTokens !== -1) this.#promptTokens = promptTokens;
    if (completionTokens !== -1) this.#usageTokens = completionTokens;
    if (streamedTokens !== -1) this.#streamedTokens = streamedTokens;
    if (cachedTokens !== -1) this.#cachedTokens = cachedTokens;
    if (template.finishReason !== undefined) this.#finishReason = template.finishReason;
    if (template.isDone) this.isDone = true;
    if (template.bearsTokens) this.#addToken(read, completionTokens !== -1 ? completionTokens : streamedTokens);
  }

  addFacts(facts: ChunkFacts, read: number): void {
    this.#promptTokens = facts.promptTokens ?? this.#promptTokens;
    this.#usageTokens = facts.completionTokens ?? this.#usageTokens;
    this.#streamedTokens = facts.streamedTokens ?? this.#streamedTokens;
    this.#cachedTokens = facts.cachedTokens ?? this.#cachedTokens;
    this.#finishReason = facts.finishReason ?? this.#finishReason;
    if (facts.bearsTokens) this.#addToken(read, facts.completionTokens ?? facts.streamedTokens ?? -1);
  }

  /** `tokensSoFar`: -1 where it is not told. */
  #addToken(read: number, tokensSoFar: number): void {
    if (tokensSoFar !== -1 || this.#tokensSoFar.length > 0) this.#addCount(tokensSoFar);
    this.tokenChunks += 1;
    if (this.#tokenReads.last() === read) this.#chunksOfRead.addToLast(1);
    else {
      this.#tokenReads.push(read);
      this.#chunksOfRead.push(1);
    }
  }

  #addCount(tokensSoFar: number): void {
    while (this.#tokensSoFar.length < this.tokenChunks) this.#tokensSoFar.push(Number.NaN);
    this.#tokensSoFar.push(tokensSoFar === -1 ? Number.NaN : tokensSoFar);
  }

  toTally(): StreamTally {
    return {
      tokenChunks: this.tokenChunks,
      tokenReads: this.#tokenReads,
      chunksOfRead: this.#chunksOfRead,
      tokensSoFar: this.#tokensSoFar,
      ...told("promptTokens", this.#promptTokens),
      ...told("usageTokens", this.#usageTokens),
      ...told("streamedTokens", this.#streamedTokens),
      ...told("cachedTokens", this.#cachedTokens),
      ...(this.text !== undefined && { text: this.text }),
      ...(this.#finishReason !== undefined && { finishReason: this.#finishReason }),
      ...(this.error !== undefined && { error: this.error }),
      ...(this.malformed !== undefined && { malformed: this.malformed }),
      isDone: this.isDone,
      isCut: this.isCut,
    };
  }
}

function told<K extends string>(key: K, count: number): { readonly [k in K]?: number } {
  return count === -1 ? {} : ({ [key]: count } as { readonly [k in K]: number });
}

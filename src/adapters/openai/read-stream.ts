/** From the bytes of a streamed answer to what it says: which chunks bear tokens, how it ended. Takes them piece by piece. */
import type { BodySink } from "./body-framing.ts";
import { type ChunkFacts, chunkFacts } from "./chunk.ts";
import { ChunkTemplate } from "./chunk-template.ts";
import { isObject, parseJson } from "./json.ts";
import { excerpt, statedError } from "./server-error.ts";
import { type SseEvent, type SseLine, SseReader } from "./sse.ts";

export interface StreamTally {
  /** Of each token-bearing chunk, in order: the index of the read that completed it. */
  readonly tokenReads: readonly number[];
  /**
   * Output tokens up to and with each of these chunks, where its `usage`, or a count of the server's own, tells; else NaN.
   * Empty where none tells.
   */
  readonly tokensSoFar: readonly number[];
  readonly promptTokens?: number;
  /** The last count in `usage`. */
  readonly usageTokens?: number;
  /** The last count the server streamed of its own. */
  readonly streamedTokens?: number;
  readonly finishReason?: string;
  /** [DONE] came. */
  readonly isDone: boolean;
  /** An error object inside the stream. */
  readonly error?: { readonly message: string; readonly status?: number };
  /** An excerpt of a line that is no JSON. */
  readonly malformed?: string;
  /** The last line was cut short. */
  readonly isCut: boolean;
}

export function readStream(reads: readonly Uint8Array[], how: { readonly plainly?: true } = {}): StreamTally {
  const reader = new StreamReader(how);
  for (const [read, bytes] of reads.entries()) reader.push(bytes, 0, bytes.length, read);
  return reader.end();
}

type Growing = { -readonly [K in keyof StreamTally]: StreamTally[K] } & {
  tokenReads: number[];
  tokensSoFar: number[];
};

/** After so many events in a row that fitted no template made of the one before, none is made any more. */
const maxVainTemplates = 32;

export class StreamReader implements BodySink {
  readonly #tally: Growing = { tokenReads: [], tokensSoFar: [], isDone: false, isCut: false };
  readonly #sse = new SseReader((event) => this.#readEvent(event));
  #template: ChunkTemplate | undefined;
  #vain: number;
  /** What the last event said, where it was one line. */
  #lastFacts: ChunkFacts | undefined;

  /** `plainly`: each event is parsed; the result is the same. */
  constructor({ plainly }: { readonly plainly?: true } = {}) {
    this.#vain = plainly ? maxVainTemplates : 0;
  }

  push(bytes: Uint8Array, from: number, to: number, read: number): void {
    let at = from;
    let here: Uint8Array | undefined;
    let eventFrom = this.#sse.isBetweenEvents() ? from : -1;
    while (at < to) {
      const end = eventFrom === at && this.#template !== undefined ? this.#template.match(bytes, at, to) : -1;
      if (end !== -1) {
        this.#addMatch(read);
        at = end;
        eventFrom = end;
        continue;
      }
      here ??= bytes.subarray(from, to);
      this.#lastFacts = undefined;
      at = from + this.#sse.pushLine(here, at - from, read);
      if (!this.#sse.isBetweenEvents()) continue;
      if (eventFrom !== -1) this.#learn(bytes, eventFrom, at);
      eventFrom = at;
    }
  }

  end(): StreamTally {
    this.#sse.end();
    return this.#tally;
  }

  #addMatch(read: number): void {
    const { promptTokens, completionTokens, streamedTokens } = this.#template as ChunkTemplate;
    this.#vain = 0;
    const tally = this.#tally;
    if (promptTokens !== -1) tally.promptTokens = promptTokens;
    if (completionTokens !== -1) tally.usageTokens = completionTokens;
    if (streamedTokens !== -1) tally.streamedTokens = streamedTokens;
    const told = completionTokens !== -1 ? completionTokens : streamedTokens;
    addToken(tally, read, told === -1 ? undefined : told);
  }

  #learn(bytes: Uint8Array, from: number, to: number): void {
    if (this.#lastFacts === undefined || this.#vain >= maxVainTemplates) return;
    this.#vain += 1;
    this.#template = ChunkTemplate.of(bytes.slice(from, to), this.#lastFacts) ?? this.#template;
  }

  /** An event's lines are one JSON text; where they are not, each line stands for itself (servers without blank lines). */
  #readEvent({ name, data }: SseEvent): void {
    const [first, ...rest] = data;
    const last = rest.at(-1) ?? first;
    const whole = rest.length === 0 ? first.text : data.map(({ text }) => text).join("\n");
    if (rest.length === 0 || parseJson(whole) !== undefined) {
      this.#lastFacts = readText(this.#tally, { ...last, text: whole }, name);
      return;
    }
    for (const line of data) readText(this.#tally, line, name);
  }
}

function readText(
  tally: Growing,
  { text, read, unfinished }: SseLine,
  eventName: string | undefined,
): ChunkFacts | undefined {
  if (text.trim() === "[DONE]") {
    tally.isDone = true;
    return undefined;
  }
  if (text === "") return undefined;
  const parsed = parseJson(text);
  const error = parsed === undefined ? undefined : statedError(parsed.value);
  if (eventName === "error" || error !== undefined) {
    tally.error ??= error === undefined ? { message: excerpt(text) } : { ...error, message: excerpt(error.message) };
    return undefined;
  }
  if (parsed !== undefined && isObject(parsed.value)) return addFacts(tally, chunkFacts(parsed.value), read);
  if (parsed === undefined && unfinished === true) tally.isCut = true;
  else tally.malformed ??= excerpt(text);
  return undefined;
}

function addFacts(tally: Growing, facts: ChunkFacts, read: number): ChunkFacts {
  if (facts.promptTokens !== undefined) tally.promptTokens = facts.promptTokens;
  if (facts.completionTokens !== undefined) tally.usageTokens = facts.completionTokens;
  if (facts.streamedTokens !== undefined) tally.streamedTokens = facts.streamedTokens;
  if (facts.finishReason !== undefined) tally.finishReason = facts.finishReason;
  if (facts.bearsTokens) addToken(tally, read, facts.completionTokens ?? facts.streamedTokens);
  return facts;
}

function addToken(tally: Growing, read: number, tokensSoFar: number | undefined): void {
  const { tokenReads, tokensSoFar: counts } = tally;
  if (tokensSoFar !== undefined) {
    while (counts.length < tokenReads.length) counts.push(Number.NaN);
    counts.push(tokensSoFar);
  } else if (counts.length > 0) counts.push(Number.NaN);
  tokenReads.push(read);
}

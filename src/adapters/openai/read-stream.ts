/** From the bytes of a streamed answer to what it says: which chunks bear tokens, how it ended. Takes them piece by piece. */
import { type ChunkFacts, chunkFacts, chunkText } from "./chunk.ts";
import type { ChunkTemplate, ChunkTemplates, EventFacts } from "./chunk-template.ts";
import { isObject, type JsonObject, parseJson } from "./json.ts";
import { Numbers } from "./numbers.ts";
import { excerpt, statedError } from "./server-error.ts";
import { type SseEvent, type SseLine, SseReader } from "./sse.ts";

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
  readonly tokensSoFar: readonly number[];
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
  readonly error?: { readonly message: string; readonly status?: number };
  /** An excerpt of a line that is no JSON. */
  readonly malformed?: string;
  /** The last line was cut short. */
  readonly isCut: boolean;
}

/** Without templates each event is parsed; the result is the same. */
export function readStream(reads: readonly Uint8Array[], templates?: ChunkTemplates): StreamTally {
  const reader = new StreamReader(templates);
  for (const [read, bytes] of reads.entries()) reader.push(bytes, { from: 0, to: bytes.length, read });
  return reader.end();
}

/** Bytes `from` (in) to `to` (out) of that read. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly read: number;
}

type Growing = { -readonly [K in keyof StreamTally]: StreamTally[K] } & {
  tokensSoFar: number[];
};

/** A stream whose chunks share no beginning gives up looking for one. */
const maxOwn = 16;

export class StreamReader {
  readonly #tally: Growing = {
    tokenChunks: 0,
    tokenReads: new Numbers(),
    chunksOfRead: new Numbers(),
    tokensSoFar: [],
    isDone: false,
    isCut: false,
  };
  readonly #sse = new SseReader((event) => this.#readEvent(event));
  readonly #templates: ChunkTemplates | undefined;
  /** A template with what all chunks of this stream share. */
  #own: ChunkTemplate | undefined;
  #ownMade = 0;
  /** What the last event said, where it was one line and no error. */
  #lastFacts: EventFacts | undefined;

  /** `keepsText`: every event is parsed for its words. */
  constructor(templates?: ChunkTemplates, keepsText = false) {
    this.#templates = keepsText ? undefined : templates;
    if (keepsText) this.#tally.text = "";
  }

  /** Takes the events from `from` on as long as they fit a template; the position behind them. Cheap enough for any time. */
  take(bytes: Uint8Array, from: number, { to, read }: Omit<Span, "from">): number {
    const templates = this.#templates;
    if (templates === undefined || !this.#sse.isBetweenEvents()) return from;
    let at = from;
    for (let end = from; end !== -1 && at < to; ) {
      at = end;
      end = at === to ? -1 : this.#takeNext(templates, bytes, { from: at, to, read });
    }
    return at;
  }

  /** One event; the position behind it, or -1 where it fits no template. */
  #takeNext(templates: ChunkTemplates, bytes: Uint8Array, { from, to, read }: Span): number {
    const end = this.#own?.match(bytes, from, to) ?? -1;
    if (end !== -1 && this.#own !== undefined) {
      addMatch(this.#tally, this.#own, read);
      return end;
    }
    const template = templates.find(bytes, from, to);
    if (template === undefined) return -1;
    addMatch(this.#tally, template, read);
    this.#makeOwn(template, bytes, { from, to });
    return templates.end;
  }

  /** Not of the first token, whose stamp others may wait for. */
  #makeOwn(template: ChunkTemplate, bytes: Uint8Array, { from, to }: Omit<Span, "read">): void {
    if (!template.bearsTokens || this.#tally.tokenChunks < 2 || this.#ownMade >= maxOwn) return;
    this.#ownMade += 1;
    this.#own = template.asIn(bytes, from, to);
  }

  /** Takes the first event where it fits a template; the position behind it, else 0. */
  takeOne(bytes: Uint8Array, read: number): number {
    const template = this.#templates?.find(bytes, 0, bytes.length);
    if (template === undefined || !this.#sse.isBetweenEvents()) return 0;
    addMatch(this.#tally, template, read);
    return this.#templates?.end ?? 0;
  }

  push(bytes: Uint8Array, { from, to, read }: Span): void {
    let at = from;
    let here: Uint8Array | undefined;
    let eventFrom = -1;
    while (at < to) {
      if (this.#sse.isBetweenEvents()) {
        at = this.take(bytes, at, { to, read });
        if (at === to) return;
        eventFrom = at;
      }
      here ??= bytes.subarray(from, to);
      this.#lastFacts = undefined;
      at = from + this.#sse.pushLine(here, at - from, read);
      if (eventFrom === -1 || this.#lastFacts === undefined || !this.#sse.isBetweenEvents()) continue;
      this.#templates?.learn(bytes.subarray(eventFrom, at), this.#lastFacts);
    }
  }

  end(): StreamTally {
    this.#sse.end();
    return this.#tally;
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

function addMatch(tally: Growing, template: ChunkTemplate, read: number): void {
  const { promptTokens, completionTokens, streamedTokens, cachedTokens } = template;
  if (promptTokens !== -1) tally.promptTokens = promptTokens;
  if (completionTokens !== -1) tally.usageTokens = completionTokens;
  if (streamedTokens !== -1) tally.streamedTokens = streamedTokens;
  if (cachedTokens !== -1) tally.cachedTokens = cachedTokens;
  if (template.finishReason !== undefined) tally.finishReason = template.finishReason;
  if (template.isDone) tally.isDone = true;
  if (!template.bearsTokens) return;
  const told = completionTokens !== -1 ? completionTokens : streamedTokens;
  addToken(tally, read, told === -1 ? undefined : told);
}

function readText(
  tally: Growing,
  { text, read, unfinished }: SseLine,
  eventName: string | undefined,
): EventFacts | undefined {
  if (text.trim() === "[DONE]") return addDone(tally, eventName);
  if (text === "") return undefined;
  const parsed = parseJson(text);
  const error = parsed === undefined ? undefined : statedError(parsed.value);
  if (eventName === "error" || error !== undefined) {
    tally.error ??= error === undefined ? { message: excerpt(text) } : { ...error, message: excerpt(error.message) };
    return undefined;
  }
  if (parsed !== undefined && isObject(parsed.value)) return addChunk(tally, parsed.value, read);
  if (parsed === undefined && unfinished === true) tally.isCut = true;
  else tally.malformed ??= excerpt(text);
  return undefined;
}

function addChunk(tally: Growing, chunk: JsonObject, read: number): ChunkFacts {
  if (tally.text !== undefined) tally.text += chunkText(chunk);
  return addFacts(tally, chunkFacts(chunk), read);
}

function addDone(tally: Growing, eventName: string | undefined): EventFacts | undefined {
  tally.isDone = true;
  return eventName === undefined ? "done" : undefined;
}

function addFacts(tally: Growing, facts: ChunkFacts, read: number): ChunkFacts {
  if (facts.promptTokens !== undefined) tally.promptTokens = facts.promptTokens;
  if (facts.completionTokens !== undefined) tally.usageTokens = facts.completionTokens;
  if (facts.streamedTokens !== undefined) tally.streamedTokens = facts.streamedTokens;
  if (facts.cachedTokens !== undefined) tally.cachedTokens = facts.cachedTokens;
  if (facts.finishReason !== undefined) tally.finishReason = facts.finishReason;
  if (facts.bearsTokens) addToken(tally, read, facts.completionTokens ?? facts.streamedTokens);
  return facts;
}

function addToken(tally: Growing, read: number, tokensSoFar: number | undefined): void {
  const { tokenReads, chunksOfRead, tokensSoFar: counts } = tally;
  if (tokensSoFar !== undefined) {
    while (counts.length < tally.tokenChunks) counts.push(Number.NaN);
    counts.push(tokensSoFar);
  } else if (counts.length > 0) counts.push(Number.NaN);
  tally.tokenChunks += 1;
  if (tokenReads.last() === read) chunksOfRead.addToLast(1);
  else {
    tokenReads.push(read);
    chunksOfRead.push(1);
  }
}

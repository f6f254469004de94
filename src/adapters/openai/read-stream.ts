/** From the bytes of a streamed answer to what it says: which chunks bear tokens, how it ended. Takes them piece by piece. */
import { type ChunkFacts, chunkFacts, chunkText } from "./chunk.ts";
import type { ChunkTemplate, ChunkTemplates, EventFacts } from "./chunk-template.ts";
import { isObject, type JsonObject, parseJson } from "./json.ts";
import { errorOf, excerpt } from "./server-error.ts";
import { type SseEvent, type SseLine, SseReader } from "./sse.ts";
import { GrowingTally, type StreamTally } from "./stream-tally.ts";

/** Without templates each event is parsed; the result is the same. */
export function readStream(reads: readonly Uint8Array[], templates?: ChunkTemplates): StreamTally {
  const reader = new StreamReader(reads.length, templates === undefined ? {} : { templates });
  for (const [read, bytes] of reads.entries()) reader.push(bytes, { from: 0, to: bytes.length, read });
  return reader.end();
}

/** Bytes `from` (in) to `to` (out) of that read. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly read: number;
}

/** A stream whose chunks share no beginning gives up looking for one. */
const maxOwn = 16;

export class StreamReader {
  readonly #tally: GrowingTally;
  readonly #sse = new SseReader((event) => this.#readEvent(event));
  readonly #templates: ChunkTemplates | undefined;
  /** A template with what all chunks of this stream share. */
  #own: ChunkTemplate | undefined;
  #ownMade = 0;
  /** What the last event said, where it was one line and no error. */
  #lastFacts: EventFacts | undefined;

  /** `reads`: how many are expected. `keepsText`: every event is parsed for its words. */
  constructor(
    reads: number,
    { templates, keepsText = false }: { readonly templates?: ChunkTemplates; readonly keepsText?: boolean },
  ) {
    this.#templates = keepsText ? undefined : templates;
    this.#tally = new GrowingTally(reads);
    if (keepsText) this.#tally.text = "";
  }

  /** A chunk with tokens was seen. */
  hasTokens(): boolean {
    return this.#tally.tokenChunks > 0;
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
      this.#tally.addMatch(this.#own, read);
      return end;
    }
    const template = templates.find(bytes, from, to);
    if (template === undefined) return -1;
    this.#tally.addMatch(template, read);
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
    this.#tally.addMatch(template, read);
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
    return this.#tally.toTally();
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
  tally: GrowingTally,
  { text, read, unfinished }: SseLine,
  eventName: string | undefined,
): EventFacts | undefined {
  if (text.trim() === "[DONE]") return addDone(tally, eventName);
  if (text === "") return undefined;
  const parsed = parseJson(text);
  const error = parsed === undefined ? undefined : errorOf(parsed.value, eventName);
  if (eventName === "error" || error !== undefined) {
    tally.error ??= error === undefined ? { message: excerpt(text) } : { ...error, message: excerpt(error.message) };
    return undefined;
  }
  if (parsed !== undefined && isObject(parsed.value)) return addChunk(tally, parsed.value, read);
  if (parsed === undefined && unfinished === true) tally.isCut = true;
  else tally.malformed ??= excerpt(text);
  return undefined;
}

function addChunk(tally: GrowingTally, chunk: JsonObject, read: number): ChunkFacts {
  if (tally.text !== undefined) tally.text += chunkText(chunk);
  const facts = chunkFacts(chunk);
  tally.addFacts(facts, read);
  return facts;
}

function addDone(tally: GrowingTally, eventName: string | undefined): EventFacts | undefined {
  tally.isDone = true;
  return eventName === undefined ? "done" : undefined;
}

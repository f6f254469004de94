/**
 * Server-sent events from the bytes of a response.
 *
 * Works on bytes, not on text: a read may end inside a line, a CRLF or a UTF-8 character, and may hold many events.
 * Every data line keeps the read that completed it, which is its arrival time; servers that forget the blank line
 * between events are then still timed line by line.
 */
import { TextDecoder } from "node:util";

export interface SseEvent {
  /** The `event:` field; "error" also for an `error:` field. */
  readonly name?: string;
  /** The `data:` lines, at least one. */
  readonly data: readonly [SseLine, ...SseLine[]];
}

export interface SseLine {
  readonly text: string;
  /** Index of the read in which the line's end arrived. */
  readonly read: number;
  /** Set on a last line that the stream ended without finishing. */
  readonly unfinished?: true;
}

export function* sseEvents(reads: readonly Uint8Array[]): Generator<SseEvent> {
  const events: SseEvent[] = [];
  const reader = new SseReader((event) => events.push(event));
  for (const [read, bytes] of reads.entries()) {
    for (let at = 0; at < bytes.length; ) at = reader.pushLine(bytes, at, read);
    yield* events.splice(0);
  }
  reader.end();
  yield* events;
}

/** Of whole lines: no state is kept between them. */
const decoder = new TextDecoder();

const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;

/** Lines end with LF, CRLF or CR; a byte order mark at the start is no part of the first. */
export class SseReader {
  readonly #onEvent: (event: SseEvent) => void;
  /** The start of a line, from earlier reads. */
  #parts: Uint8Array[] = [];
  /** The last byte was a CR: an LF that follows belongs to it. */
  #afterCr = false;
  #name: string | undefined;
  #data: SseLine[] = [];
  #lastRead = 0;
  /** The next CR of these bytes, so that each is sought once. */
  #soughtIn: Uint8Array | undefined;
  #nextCr = -1;

  constructor(onEvent: (event: SseEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** The next byte begins an event, whatever came before. */
  isBetweenEvents(): boolean {
    return this.#data.length === 0 && this.#name === undefined && this.#parts.length === 0 && !this.#afterCr;
  }

  /** Takes the bytes from `from` up to the end of a line, or all where none ends; the position behind what it took. */
  pushLine(bytes: Uint8Array, from: number, read: number): number {
    this.#lastRead = read;
    const start = this.#afterCr && bytes[from] === lf ? from + 1 : from;
    this.#afterCr = false;
    if (start >= bytes.length) return start;
    const end = this.#lineEnd(bytes, start);
    if (end === -1) {
      // A copy: the bytes are the caller's, who may use them again.
      this.#parts.push(new Uint8Array(bytes.subarray(start)));
      return bytes.length;
    }
    this.#parts.push(bytes.subarray(start, end));
    const text = this.#takeText();
    if (text === "") this.#endEvent();
    else this.#addField({ text, read });
    if (bytes[end] !== cr) return end + 1;
    if (bytes[end + 1] === lf) return end + 2;
    this.#afterCr = end + 1 === bytes.length;
    return end + 1;
  }

  /** A line and an event that nothing ended. */
  end(): void {
    if (this.#parts.length > 0) this.#addField({ text: this.#takeText(), read: this.#lastRead, unfinished: true });
    this.#endEvent();
  }

  /** JSON holds no raw CR, so most bytes have none and both searches stay native. */
  #lineEnd(bytes: Uint8Array, from: number): number {
    if (this.#soughtIn !== bytes || (this.#nextCr !== -1 && this.#nextCr < from)) {
      this.#soughtIn = bytes;
      this.#nextCr = bytes.indexOf(cr, from);
    }
    const nextLf = bytes.indexOf(lf, from);
    if (this.#nextCr === -1) return nextLf;
    return nextLf === -1 ? this.#nextCr : Math.min(nextLf, this.#nextCr);
  }

  #takeText(): string {
    const [first] = this.#parts;
    const whole = this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts);
    this.#parts = [];
    return decoder.decode(whole);
  }

  #addField(line: SseLine): void {
    const { name, value } = splitField(line.text);
    if (name === "event") this.#name = value;
    // llama.cpp's older servers write `error: {…}` where others name an event.
    if (name === "error") this.#name = "error";
    if (name === "data" || name === "error") this.#data.push({ ...line, text: value });
  }

  #endEvent(): void {
    const [first, ...rest] = this.#data;
    const name = this.#name;
    this.#data = [];
    this.#name = undefined;
    if (first !== undefined) this.#onEvent({ ...(name !== undefined && { name }), data: [first, ...rest] });
  }
}

/** "data: x", "data:x" and "data" are fields; ": x" is a comment, whose name is empty. */
function splitField(line: string): { readonly name: string; readonly value: string } {
  const colon = line.indexOf(":");
  if (colon === -1) return { name: line, value: "" };
  const start = line.charCodeAt(colon + 1) === space ? colon + 2 : colon + 1;
  return { name: line.slice(0, colon), value: line.slice(start) };
}

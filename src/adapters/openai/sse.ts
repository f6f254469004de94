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
  let pending: Pending = { name: undefined, data: [] };
  for (const line of lines(reads)) {
    if (line.text !== "") {
      addField(pending, line);
      continue;
    }
    const event = toEvent(pending);
    if (event !== undefined) yield event;
    pending = { name: undefined, data: [] };
  }
  const last = toEvent(pending);
  if (last !== undefined) yield last;
}

interface Pending {
  name: string | undefined;
  readonly data: SseLine[];
}

function addField(pending: Pending, line: SseLine): void {
  const { name, value } = splitField(line.text);
  if (name === "event") pending.name = value;
  // llama.cpp's older servers write `error: {…}` where others name an event.
  if (name === "error") pending.name = "error";
  if (name === "data" || name === "error") pending.data.push({ ...line, text: value });
}

function toEvent({ name, data }: Pending): SseEvent | undefined {
  const [first, ...rest] = data;
  if (first === undefined) return undefined;
  return { ...(name !== undefined && { name }), data: [first, ...rest] };
}

/** "data: x", "data:x" and "data" are fields; ": x" is a comment, whose name is empty. */
function splitField(line: string): { readonly name: string; readonly value: string } {
  const colon = line.indexOf(":");
  if (colon === -1) return { name: line, value: "" };
  const start = line.charCodeAt(colon + 1) === space ? colon + 2 : colon + 1;
  return { name: line.slice(0, colon), value: line.slice(start) };
}

const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;

/** What the reads so far left over. */
interface Carry {
  /** The start of a line. */
  parts: Uint8Array[];
  /** The last byte was a CR: an LF that follows belongs to it. */
  afterCr: boolean;
  readonly decoder: TextDecoder;
}

/** Lines end with LF, CRLF or CR; a byte order mark at the start is no part of the first. */
function* lines(reads: readonly Uint8Array[]): Generator<SseLine> {
  const carry: Carry = { parts: [], afterCr: false, decoder: new TextDecoder() };
  for (const [read, bytes] of reads.entries()) {
    if (bytes.length === 0) continue;
    for (const text of linesOf(bytes, carry)) yield { text, read };
  }
  if (carry.parts.length === 0) return;
  yield { text: carry.decoder.decode(joined(carry.parts)), read: reads.length - 1, unfinished: true };
}

function* linesOf(bytes: Uint8Array, carry: Carry): Generator<string> {
  let start = carry.afterCr && bytes[0] === lf ? 1 : 0;
  for (const end of lineEnds(bytes, start)) {
    carry.parts.push(bytes.subarray(start, end));
    yield carry.decoder.decode(joined(carry.parts));
    carry.parts = [];
    start = bytes[end] === cr && bytes[end + 1] === lf ? end + 2 : end + 1;
  }
  carry.afterCr = bytes[bytes.length - 1] === cr;
  if (start < bytes.length) carry.parts.push(bytes.subarray(start));
}

/** Positions of the line ends from `from` on; a CRLF counts once, at its CR. JSON holds no raw CR, so both searches stay native. */
function* lineEnds(bytes: Uint8Array, from: number): Generator<number> {
  let nextLf = bytes.indexOf(lf, from);
  let nextCr = bytes.indexOf(cr, from);
  while (nextLf !== -1 || nextCr !== -1) {
    if (nextCr === -1 || (nextLf !== -1 && nextLf < nextCr)) {
      yield nextLf;
      nextLf = bytes.indexOf(lf, nextLf + 1);
      continue;
    }
    yield nextCr;
    if (nextLf === nextCr + 1) nextLf = bytes.indexOf(lf, nextLf + 1);
    nextCr = bytes.indexOf(cr, nextCr + 1);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
}

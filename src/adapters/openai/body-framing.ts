/** Where the body of one HTTP/1.1 answer lies in the bytes of its socket, and where it ends. */

/** Takes the body's bytes `from` (in) to `to` (out). */
export interface BodySink {
  onBody(bytes: Buffer, from: number, to: number): void;
}

/** How the end is known: the chunks' own lengths, a length in the head, or the end of the connection. */
export type BodyKind =
  | { readonly kind: "chunked" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "close" };

/** Bytes that are not HTTP. */
export class FramingError extends Error {}

export interface BodyWalk {
  /** Gives the sink what of the bytes is body. The position behind the answer's end, or -1 while it goes on. */
  walk(bytes: Buffer, range: { readonly from: number; readonly to: number }, sink: BodySink): number;
  /** Whether the answer is whole where the connection ends here. */
  mayEnd(): boolean;
}

export function walkBody(body: BodyKind): BodyWalk {
  return body.kind === "chunked" ? new ChunkedBody() : new PlainBody(body.kind === "length" ? body.bytes : undefined);
}

class PlainBody implements BodyWalk {
  #left: number | undefined;

  constructor(bytes: number | undefined) {
    this.#left = bytes;
  }

  walk(bytes: Buffer, { from, to }: { readonly from: number; readonly to: number }, sink: BodySink): number {
    const end = this.#left === undefined ? to : Math.min(to, from + this.#left);
    if (end > from) sink.onBody(bytes, from, end);
    if (this.#left === undefined) return -1;
    this.#left -= end - from;
    return this.#left === 0 ? end : -1;
  }

  mayEnd(): boolean {
    return this.#left === undefined || this.#left === 0;
  }
}

const lf = 0x0a;
const cr = 0x0d;

const inSize = 0;
const inExtension = 1;
const inData = 2;
const afterData = 3;
const inTrailer = 4;
const ended = 5;

/** The largest chunk length that a double holds, in hex digits. */
const maxDigits = 13;

/** A small automaton by hand: it sees every chunk's head while other streams wait for their stamps. */
class ChunkedBody implements BodyWalk {
  #state = inSize;
  #left = 0;
  #digits = 0;
  #trailerLine = 0;

  walk(bytes: Buffer, { from, to }: { readonly from: number; readonly to: number }, sink: BodySink): number {
    let at = from;
    while (at < to) {
      if (this.#state === inData) {
        const end = Math.min(to, at + this.#left);
        sink.onBody(bytes, at, end);
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#state = afterData;
      } else if (this.#state === inSize) at = this.#readSize(bytes, at, to);
      else this.#step(bytes[at++] ?? lf);
      if (this.#state === ended) return at;
    }
    return -1;
  }

  mayEnd(): boolean {
    return this.#state === ended;
  }

  /** As many of the hex digits as are here. */
  #readSize(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    for (; at < to; at += 1) {
      const value = hexValue(bytes[at] ?? 0);
      if (value < 0) {
        this.#state = inExtension;
        if (this.#digits === 0) throw new FramingError("a chunk without a length");
        break;
      }
      this.#left = this.#left * 16 + value;
      this.#digits += 1;
      if (this.#digits > maxDigits) throw new FramingError("a chunk's length has too many digits");
    }
    return at;
  }

  #step(byte: number): void {
    if (byte === lf) this.#endLine();
    else if (byte === cr || this.#state === inExtension) return;
    else if (this.#state === afterData) throw new FramingError("a chunk is longer than its length");
    else this.#trailerLine += 1;
  }

  #endLine(): void {
    if (this.#state === inExtension) this.#state = this.#left === 0 ? inTrailer : inData;
    else if (this.#state === afterData) this.#beginSize();
    else if (this.#trailerLine === 0) this.#state = ended;
    else this.#trailerLine = 0;
  }

  #beginSize(): void {
    this.#state = inSize;
    this.#left = 0;
    this.#digits = 0;
  }
}

function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

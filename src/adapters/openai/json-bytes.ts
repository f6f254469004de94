/** Comparing and stepping over JSON in its bytes. Positions behind what is stepped over; -1 where it is something else. */

const quote = 0x22;
const backslash = 0x5c;
const zero = 0x30;
const minus = 0x2d;
const point = 0x2e;
const letterU = 0x75;
const maxDigits = 15;

let lastBytes: Uint8Array | undefined;
let lastView: DataView = new DataView(new ArrayBuffer(0));

/** The view of the bytes seen last is kept: most come from one buffer. */
export function viewOf(bytes: Uint8Array): DataView {
  if (bytes === lastBytes) return lastView;
  lastBytes = bytes;
  lastView = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return lastView;
}

/** Of their own: a Buffer's slice is a view of bytes that are used again. */
export function copied(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(bytes.subarray(from, to));
}

/** Four at a time: for so few it is faster than a native comparison. */
export function sameBytes(bytes: DataView, at: number, literal: DataView): boolean {
  const { byteLength } = literal;
  const words = byteLength - (byteLength % 4);
  let index = 0;
  for (; index < words; index += 4) {
    if (bytes.getInt32(at + index, true) !== literal.getInt32(index, true)) return false;
  }
  for (; index < byteLength; index += 1) if (bytes.getUint8(at + index) !== literal.getUint8(index)) return false;
  return true;
}

/** The closing quote of a string that is not empty. */
export function filledStringEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at !== -1 && at < to) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) return at === from ? -1 : at;
    if (byte < 0x20) return -1;
    at = byte === backslash ? escapeEnd(bytes, at + 1, to) : at + 1;
  }
  return -1;
}

const simpleEscapes = new Set(Buffer.from('"\\/bfnrt'));

function escapeEnd(bytes: Uint8Array, at: number, to: number): number {
  const letter = at < to ? (bytes[at] ?? 0) : 0;
  if (simpleEscapes.has(letter)) return at + 1;
  if (letter !== letterU || at + 5 > to) return -1;
  for (let digit = at + 1; digit < at + 5; digit += 1) {
    if (!/[0-9a-fA-F]/.test(String.fromCharCode(bytes[digit] ?? 0))) return -1;
  }
  return at + 5;
}

/** A whole number from 0 on that a double holds. */
export function digitsEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && isDigit(bytes[at] ?? 0)) at += 1;
  const digits = at - from;
  return digits === 0 || digits > maxDigits || (digits > 1 && bytes[from] === zero) ? -1 : at;
}

/** Any number without an exponent. */
export function numberEnd(bytes: Uint8Array, from: number, to: number): number {
  const end = digitsEnd(bytes, bytes[from] === minus ? from + 1 : from, to);
  if (end === -1 || end === to || bytes[end] !== point) return end;
  let at = end + 1;
  while (at < to && isDigit(bytes[at] ?? 0)) at += 1;
  return at === end + 1 ? -1 : at;
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= 0x39;
}

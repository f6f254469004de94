/**
 * Reads the chunks of a stream that differ only in their token and in some numbers, without JSON.parse.
 *
 * Servers write the chunks of a stream alike: the same bytes but for the content and the counts. A template is made of one
 * event that was read in full: its bytes, with a hole for the content and one for each number. Another event that has the
 * same bytes around its holes, a JSON string without an end in the one and plain JSON numbers in the others, is the same
 * JSON but for these values, so that what it says is known. Anything else is no match and is parsed.
 */
import type { ChunkFacts } from "./chunk.ts";
import { type JsonScalar, pathOf, scalarsOf } from "./json-scalars.ts";

/** What a number counts; the others are only stepped over. */
type Role = "promptTokens" | "completionTokens" | "streamedTokens" | "none";

interface Hole {
  readonly kind: "text" | "number";
  readonly role: Role;
}

const roles: readonly (readonly [string, Role])[] = [
  [pathOf("usage", "prompt_tokens"), "promptTokens"],
  [pathOf("usage", "completion_tokens"), "completionTokens"],
  [pathOf("timings", "predicted_n"), "streamedTokens"],
  [pathOf("meta_info", "completion_tokens"), "streamedTokens"],
];

const textPath = /^choices\n\d+\n(text|delta\n(content|reasoning_content|reasoning|refusal))$/;

const quote = 0x22;
const backslash = 0x5c;
const zero = 0x30;
const maxDigits = 15;

/** What the last match said; the counts are -1 where its template has none. */
export class ChunkTemplate {
  promptTokens = -1;
  completionTokens = -1;
  streamedTokens = -1;
  readonly #literals: readonly Uint8Array[];
  readonly #holes: readonly Hole[];
  readonly #shortest: number;

  private constructor(literals: readonly Uint8Array[], holes: readonly Hole[]) {
    this.#literals = literals;
    this.#holes = holes;
    this.#shortest = literals.reduce((sum, { length }) => sum + length + 1, -1);
  }

  /** From a whole event of one `data:` line and what it says; undefined where it is no model for others. */
  static of(event: Uint8Array, facts: ChunkFacts): ChunkTemplate | undefined {
    if (!facts.bearsTokens || facts.finishReason !== undefined) return undefined;
    const json = jsonWithin(event);
    const scalars = json === undefined ? undefined : scalarsOf(event, json.from, json.to);
    const text = scalars?.find((scalar) => isFilledText(scalar));
    if (scalars === undefined || text === undefined) return undefined;
    const template = cut(event, scalars, text);
    if (template === undefined) return undefined;
    const made = new ChunkTemplate(template.literals, template.holes);
    return made.match(event, 0, event.length) === event.length ? made : undefined;
  }

  /** The position behind the event that begins at `from` where it is one of these; else -1. */
  match(bytes: Uint8Array, from: number, to: number): number {
    if (to - from < this.#shortest) return -1;
    const literals = this.#literals;
    let at = from;
    for (let index = 0; index < literals.length; index += 1) {
      const literal = literals[index] as Uint8Array;
      if (at + literal.length > to || !isSame(bytes, at, literal)) return -1;
      at += literal.length;
      const hole = this.#holes[index];
      if (hole === undefined) return at;
      at = hole.kind === "text" ? textEnd(bytes, at, to) : this.#number(bytes, { from: at, to }, hole.role);
      if (at === -1) return -1;
    }
    return at;
  }

  #number(bytes: Uint8Array, { from, to }: { readonly from: number; readonly to: number }, role: Role): number {
    if (role === "none") return numberEnd(bytes, from, to);
    const end = digitsEnd(bytes, from, to);
    if (end === -1) return -1;
    let value = 0;
    for (let at = from; at < end; at += 1) value = value * 10 + (bytes[at] ?? zero) - zero;
    this[role] = value;
    return end;
  }
}

/** `data: {…}` and a blank line, with LF or CRLF; undefined for any other shape. */
function jsonWithin(event: Uint8Array): { readonly from: number; readonly to: number } | undefined {
  const found = /^(data: ?)\{[^\r\n]*\}(\n\n|\r\n\r\n)$/.exec(Buffer.from(event).toString("latin1"));
  const [, head = "", tail = ""] = found ?? [];
  return found === null ? undefined : { from: head.length, to: event.length - tail.length };
}

function isFilledText({ path, kind, from, to }: JsonScalar): boolean {
  return kind === "string" && to > from && textPath.test(path);
}

function cut(
  event: Uint8Array,
  scalars: readonly JsonScalar[],
  text: JsonScalar,
): { readonly literals: readonly Uint8Array[]; readonly holes: readonly Hole[] } | undefined {
  const literals: Uint8Array[] = [];
  const holes: Hole[] = [];
  let from = 0;
  // llama.cpp's count comes first where both are there.
  const hasTimings = scalars.some(({ path }) => path === pathOf("timings", "predicted_n"));
  for (const scalar of scalars) {
    if (scalar !== text && scalar.kind !== "number") continue;
    const isSecond = hasTimings && scalar.path === pathOf("meta_info", "completion_tokens");
    const role = isSecond ? "none" : (roles.find(([path]) => path === scalar.path)?.[1] ?? "none");
    literals.push(event.slice(from, scalar.from));
    holes.push({ kind: scalar === text ? "text" : "number", role: scalar === text ? "none" : role });
    from = scalar.to;
  }
  literals.push(event.slice(from));
  return { literals, holes };
}

function isSame(bytes: Uint8Array, at: number, literal: Uint8Array): boolean {
  for (let index = 0; index < literal.length; index += 1) if (bytes[at + index] !== literal[index]) return false;
  return true;
}

/** The closing quote of a string that is not empty; -1 where it has none here, or holds what JSON forbids. */
function textEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) return at === from ? -1 : at;
    if (byte < 0x20) return -1;
    if (byte !== backslash) at += 1;
    else {
      at = escapeEnd(bytes, at + 1, to);
      if (at === -1) return -1;
    }
  }
  return -1;
}

const simpleEscapes = new Set(Buffer.from('"\\/bfnrt'));
const letterU = 0x75;

function escapeEnd(bytes: Uint8Array, at: number, to: number): number {
  const letter = at < to ? (bytes[at] ?? 0) : 0;
  if (simpleEscapes.has(letter)) return at + 1;
  if (letter !== letterU || at + 5 > to) return -1;
  for (let digit = at + 1; digit < at + 5; digit += 1) {
    if (!/[0-9a-fA-F]/.test(String.fromCharCode(bytes[digit] ?? 0))) return -1;
  }
  return at + 5;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= 0x39;
}

/** A whole number from 0 on that a double holds; -1 for any other. */
function digitsEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && isDigit(bytes[at])) at += 1;
  const digits = at - from;
  return digits === 0 || digits > maxDigits || (digits > 1 && bytes[from] === zero) ? -1 : at;
}

/** Any number without an exponent. */
function numberEnd(bytes: Uint8Array, from: number, to: number): number {
  const end = digitsEnd(bytes, bytes[from] === 0x2d ? from + 1 : from, to);
  if (end === -1 || bytes[end] !== 0x2e) return end;
  let at = end + 1;
  while (at < to && isDigit(bytes[at])) at += 1;
  return at === end + 1 ? -1 : at;
}

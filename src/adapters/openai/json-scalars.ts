/** Where the strings and numbers of a JSON text lie, found in its bytes. */

export interface JsonScalar {
  /** The keys and indices that lead to it. */
  readonly path: string;
  readonly kind: "string" | "number";
  /** Without the quotes. */
  readonly from: number;
  readonly to: number;
}

/** A raw line end is in no key. */
const separator = "\n";

export function pathOf(...keys: readonly string[]): string {
  return keys.join(separator);
}

/**
 * Of a text that is known to be JSON, in its order; undefined where a key comes twice in an object (the last counts) or is
 * written with escapes.
 */
export function scalarsOf(bytes: Uint8Array, from: number, to: number): readonly JsonScalar[] | undefined {
  const found: JsonScalar[] = [];
  const cursor: Cursor = { text: Buffer.from(bytes.subarray(from, to)).toString("latin1"), at: 0, offset: from, found };
  return readValue(cursor, []) ? found : undefined;
}

interface Cursor {
  /** One character a byte. */
  readonly text: string;
  at: number;
  readonly offset: number;
  readonly found: JsonScalar[];
}

/** False where it cannot be used. */
function readValue(cursor: Cursor, path: readonly string[]): boolean {
  skipSpace(cursor);
  const first = cursor.text[cursor.at];
  if (first === "{") return readObject(cursor, path);
  if (first === "[") return readArray(cursor, path);
  const token = first === '"' ? takeString(cursor) : takeMatch(cursor, /[^,\]}\s]*/y);
  const end = cursor.offset + cursor.at - (first === '"' ? 1 : 0);
  const kind = first === '"' ? "string" : "number";
  if (kind === "string" || /^[-\d]/.test(token)) {
    cursor.found.push({ path: pathOf(...path), kind, from: end - token.length, to: end });
  }
  return true;
}

function readObject(cursor: Cursor, path: readonly string[]): boolean {
  const keys = new Set<string>();
  cursor.at += 1;
  for (;;) {
    takeMatch(cursor, /[\s,]*/y);
    if (cursor.text[cursor.at] === "}") break;
    const key = takeString(cursor);
    if (key.includes("\\") || keys.has(key)) return false;
    keys.add(key);
    takeMatch(cursor, /\s*:/y);
    if (!readValue(cursor, [...path, key])) return false;
  }
  cursor.at += 1;
  return true;
}

function readArray(cursor: Cursor, path: readonly string[]): boolean {
  cursor.at += 1;
  for (let index = 0; ; index += 1) {
    takeMatch(cursor, /[\s,]*/y);
    if (cursor.text[cursor.at] === "]") break;
    if (!readValue(cursor, [...path, String(index)])) return false;
  }
  cursor.at += 1;
  return true;
}

function skipSpace(cursor: Cursor): void {
  takeMatch(cursor, /\s*/y);
}

/** What is between the quotes, as it is written. */
function takeString(cursor: Cursor): string {
  return takeMatch(cursor, /"(?:[^"\\]|\\.)*"/y).slice(1, -1);
}

function takeMatch(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.at;
  const [match = ""] = pattern.exec(cursor.text) ?? [];
  cursor.at += match.length;
  return match;
}

/**
 * Reads the chunks of a stream that differ only in their token and in some numbers, without JSON.parse.
 *
 * Servers write the chunks of a stream alike: the same bytes but for the id, the content and the counts. A template is made
 * of one event that was read in full: its bytes, with a hole for each of these. Another event that has the same bytes
 * around its holes, JSON strings without an end in some and plain JSON numbers in the others, is the same JSON but for
 * these values, so that what it says is known. Anything else is no match and is parsed.
 */
import type { ChunkFacts } from "./chunk.ts";
import { copied, digitsEnd, filledStringEnd, numberEnd, sameBytes, viewOf } from "./json-bytes.ts";
import { type JsonScalar, pathOf, scalarsOf } from "./json-scalars.ts";

/** What an event of a stream says where it is no error: a chunk's facts, or that it is [DONE]. */
export type EventFacts = ChunkFacts | "done";

/** What a number counts; the others are only stepped over. */
type Role = "promptTokens" | "completionTokens" | "streamedTokens" | "cachedTokens" | "none";

type Hole = { readonly kind: "id" | "token" } | { readonly kind: "number"; readonly role: Role };

/** Where two say the same the first counts, as it does where a chunk is parsed. */
const roles: readonly (readonly [string, Role])[] = [
  [pathOf("usage", "prompt_tokens"), "promptTokens"],
  [pathOf("usage", "completion_tokens"), "completionTokens"],
  [pathOf("timings", "predicted_n"), "streamedTokens"],
  [pathOf("meta_info", "completion_tokens"), "streamedTokens"],
  [pathOf("usage", "prompt_tokens_details", "cached_tokens"), "cachedTokens"],
  [pathOf("meta_info", "cached_tokens"), "cachedTokens"],
  [pathOf("timings", "cache_n"), "cachedTokens"],
];

/** Any text that is not empty says the same of its chunk. */
const tokenPath =
  /^choices\n\d+\n(text|delta\n(content|reasoning_content|reasoning|refusal|tool_calls\n\d+\nfunction\narguments))$/;
const idPath = pathOf("id");

export class ChunkTemplate {
  /** What the last match counted; -1 where the template has no such number. */
  promptTokens = -1;
  completionTokens = -1;
  streamedTokens = -1;
  cachedTokens = -1;
  readonly bearsTokens: boolean;
  readonly finishReason: string | undefined;
  readonly isDone: boolean;
  readonly #literals: readonly DataView[];
  readonly #holes: readonly Hole[];
  readonly #shortest: number;

  private constructor(facts: EventFacts, literals: readonly DataView[], holes: readonly Hole[]) {
    this.isDone = facts === "done";
    this.bearsTokens = facts !== "done" && facts.bearsTokens;
    this.finishReason = facts === "done" ? undefined : facts.finishReason;
    this.#literals = literals;
    this.#holes = holes;
    this.#shortest = literals.reduce((sum, { byteLength }) => sum + byteLength + 1, -1);
  }

  /** From a whole event of one `data:` line and what it says; undefined where it is no model for others. */
  static of(event: Uint8Array, facts: EventFacts): ChunkTemplate | undefined {
    const data = dataWithin(event);
    if (data === undefined) return undefined;
    if (facts === "done") return new ChunkTemplate(facts, [viewOf(copied(event, 0, event.length))], []);
    const scalars = scalarsOf(event, data.from, data.to);
    if (scalars === undefined) return undefined;
    const { literals, holes } = cut(event, scalars);
    const made = new ChunkTemplate(facts, literals.map(viewOf), holes);
    return made.match(event, 0, event.length) === event.length ? made : undefined;
  }

  /** The position behind the event that begins at `from` where it is one of these; else -1. */
  match(bytes: Uint8Array, from: number, to: number): number {
    if (to - from < this.#shortest) return -1;
    const view = viewOf(bytes);
    const literals = this.#literals;
    let at = from;
    for (let index = 0; index < literals.length; index += 1) {
      const literal = literals[index] as DataView;
      if (at + literal.byteLength > to || !sameBytes(view, at, literal)) return -1;
      at += literal.byteLength;
      const hole = this.#holes[index];
      if (hole === undefined) return at;
      at = this.#step(hole, bytes, { from: at, to });
      if (at === -1) return -1;
    }
    return at;
  }

  /**
   * The same, but with what the event at `from`, which fits, has before its token: the chunks of one stream share that,
   * and comparing is faster than stepping over.
   */
  asIn(bytes: Uint8Array, from: number, to: number): ChunkTemplate | undefined {
    const token = this.#holes.findIndex(({ kind }) => kind === "token");
    if (token < 1 || this.#holes.slice(0, token).some((hole) => hole.kind === "number" && hole.role !== "none")) {
      return undefined;
    }
    let at = from;
    for (const [index, hole] of this.#holes.slice(0, token).entries()) {
      at = this.#step(hole, bytes, { from: at + (this.#literals[index]?.byteLength ?? 0), to });
    }
    const start = copied(bytes, from, at + (this.#literals[token]?.byteLength ?? 0));
    const facts: ChunkFacts = {
      bearsTokens: this.bearsTokens,
      ...(this.finishReason !== undefined && { finishReason: this.finishReason }),
    };
    return new ChunkTemplate(facts, [viewOf(start), ...this.#literals.slice(token + 1)], this.#holes.slice(token));
  }

  #step(hole: Hole, bytes: Uint8Array, { from, to }: { readonly from: number; readonly to: number }): number {
    return hole.kind === "number"
      ? this.#number(bytes, from, { to, role: hole.role })
      : filledStringEnd(bytes, from, to);
  }

  #number(bytes: Uint8Array, from: number, { to, role }: { readonly to: number; readonly role: Role }): number {
    if (role === "none") return numberEnd(bytes, from, to);
    const end = digitsEnd(bytes, from, to);
    if (end === -1) return -1;
    let value = 0;
    for (let at = from; at < end; at += 1) value = value * 10 + (bytes[at] ?? 0) - 0x30;
    this[role] = value;
    return end;
  }
}

/** What follows `data:` in an event of that one line, with LF or CRLF; undefined for any other shape. */
function dataWithin(event: Uint8Array): { readonly from: number; readonly to: number } | undefined {
  const found = /^(data: ?)[^\r\n]*?(\n\n|\r\n\r\n)$/.exec(Buffer.from(event).toString("latin1"));
  const [, head = "", tail = ""] = found ?? [];
  return found === null ? undefined : { from: head.length, to: event.length - tail.length };
}

function cut(
  event: Uint8Array,
  scalars: readonly JsonScalar[],
): { readonly literals: readonly Uint8Array[]; readonly holes: readonly Hole[] } {
  const literals: Uint8Array[] = [];
  const holes: Hole[] = [];
  let from = 0;
  for (const scalar of scalars) {
    const hole = holeOf(scalar, scalars);
    if (hole === undefined) continue;
    literals.push(copied(event, from, scalar.from));
    holes.push(hole);
    from = scalar.to;
  }
  literals.push(copied(event, from, event.length));
  return { literals, holes };
}

function holeOf({ path, kind, from, to }: JsonScalar, scalars: readonly JsonScalar[]): Hole | undefined {
  if (kind === "string" && to === from) return undefined;
  if (kind === "string" && path === idPath) return { kind: "id" };
  if (kind === "string") return tokenPath.test(path) ? { kind: "token" } : undefined;
  return { kind, role: roleOf(path, scalars) };
}

function roleOf(path: string, scalars: readonly JsonScalar[]): Role {
  const role = roles.find((one) => one[0] === path)?.[1];
  if (role === undefined) return "none";
  const [first] = roles.find((one) => one[1] === role && scalars.some((scalar) => scalar.path === one[0])) ?? [];
  return first === path ? role : "none";
}

/** So many shapes has a stream: role, token, last token, finish, usage, [DONE], and some of other kinds. */
const maxTemplates = 8;

/** So many events were made into templates that no later one fitted: this server's chunks are not alike. */
const maxVain = 64;

/** An event and what it says: a template can be made of it, in another thread too. */
export interface ChunkExample {
  readonly event: Uint8Array;
  readonly facts: EventFacts;
}

/** The templates of one server, over all its streams; the one that fitted last is tried first. */
export class ChunkTemplates {
  /** Of the last `find` that found: the position behind the event. */
  end = -1;
  #known: ChunkTemplate[] = [];
  readonly #examples = new WeakMap<ChunkTemplate, ChunkExample>();
  #vain = 0;

  /** `examples`: of the same server, met by another client of it. */
  constructor(examples: readonly ChunkExample[] = []) {
    for (const { event, facts } of examples) this.learn(event, facts);
  }

  /** What the templates were made of, in an order in which they may be learned again. */
  examples(): readonly ChunkExample[] {
    return this.#known.flatMap((template) => this.#examples.get(template) ?? []).reverse();
  }

  /** The template that the event at `from` fits; it holds the counts until the next one is sought. */
  find(bytes: Uint8Array, from: number, to: number): ChunkTemplate | undefined {
    const known = this.#known;
    for (let index = 0; index < known.length; index += 1) {
      const template = known[index] as ChunkTemplate;
      this.end = template.match(bytes, from, to);
      if (this.end === -1) continue;
      this.#vain = 0;
      if (index > 0) {
        known.splice(index, 1);
        known.unshift(template);
      }
      return template;
    }
    return undefined;
  }

  learn(event: Uint8Array, facts: EventFacts): void {
    if (this.#vain >= maxVain) return;
    this.#vain += 1;
    const template = ChunkTemplate.of(event, facts);
    if (template === undefined) return;
    this.#examples.set(template, { event: Uint8Array.from(event), facts });
    this.#known = [template, ...this.#known].slice(0, maxTemplates);
  }
}

/**
 * One answer as it is taken down: its head, the time of each read, what it said so far, and how it ended.
 *
 * Events that fit a template of this server are read as they come, which costs less than keeping them. The rest is put on
 * a tape and read when there is time, and whatever comes behind it too, so that the order stays.
 */
import type { RequestFailure } from "../../core/model/trace.ts";
import type { ChunkTemplates } from "./chunk-template.ts";
import type { AnswerHead } from "./http-head.ts";
import { Numbers } from "./numbers.ts";
import { StreamReader } from "./read-stream.ts";
import type { Reply } from "./reply.ts";
import { type SlabStore, Tape } from "./tape.ts";

/** What the answers of one client share. */
export interface Studio {
  readonly store: SlabStore;
  /** Absent where answers are pages: these are kept whole. */
  readonly templates?: ChunkTemplates;
  /** The words of streams are wanted too. */
  readonly keepsText?: boolean;
  /** Told of a recording whose tape is no longer empty. */
  readonly onKept?: (recording: Recording) => void;
  /** Told of every read. */
  readonly onRead?: () => void;
}

/** So many bytes before the first token are kept beside what they say: the words of an answer that turns out to be none. */
const openingBytes = 4096;

export class Recording {
  readonly #studio: Studio;
  readonly #askedMs: number;
  readonly #tape: Tape;
  readonly #reader: StreamReader;
  readonly #readAtMs: Numbers;
  readonly #opening: Buffer[] = [];
  #openingLeft = openingBytes;
  /** The start of an event, which a read cut off. */
  #fragment: Fragment | undefined;
  #sentMs: number;
  #isSent = false;
  #head: AnswerHead | undefined;
  #endMs: number | undefined;
  #failure: RequestFailure | undefined;

  /** `askedMs`: when a connection was asked for. `reads`: how many are expected. */
  constructor(studio: Studio, askedMs: number, reads: number) {
    this.#studio = studio;
    this.#tape = new Tape(studio.store);
    this.#readAtMs = new Numbers(reads);
    this.#reader = new StreamReader(reads, studio);
    this.#askedMs = askedMs;
    this.#sentMs = askedMs;
  }

  get status(): number | undefined {
    return this.#head?.status;
  }

  get isSent(): boolean {
    return this.#isSent;
  }

  send(sentMs: number): void {
    this.#sentMs = sentMs;
    this.#isSent = true;
  }

  begin(head: AnswerHead): void {
    this.#head = head;
  }

  stamp(atMs: number): void {
    this.#readAtMs.push(atMs);
    this.#studio.onRead?.();
  }

  /** A part of the body in the read that was stamped last. */
  keep(bytes: Buffer, from: number, to: number): void {
    const read = this.#readAtMs.length - 1;
    const isStream = this.#studio.templates !== undefined && this.status === 200;
    if (!isStream) {
      this.#tape.keep(bytes, { from, to, read });
      return;
    }
    if (this.#openingLeft > 0 && !this.#reader.hasTokens())
      this.#keepOpening(bytes.subarray(from, Math.min(to, from + this.#openingLeft)));
    let at = from;
    if (this.#fragment !== undefined) at = this.#mend(this.#fragment, bytes, { from, to, read });
    if (this.#tape.isEmpty()) at = this.#reader.take(bytes, at, { to, read });
    if (at === to) return;
    if (this.#tape.isEmpty() && isFragment(bytes, at, to)) {
      this.#fragment = { bytes: Buffer.from(bytes.subarray(at, to)), read };
      return;
    }
    this.#tape.keep(bytes, { from: at, to, read });
    this.#studio.onKept?.(this);
  }

  end(endMs: number, failure: RequestFailure | undefined): void {
    this.#endMs = endMs;
    this.#failure = failure;
  }

  /** Reads what waits and frees it, a piece at a step. */
  *readOn(): Generator<void> {
    for (const piece of this.#tape.readBack()) {
      this.#reader.push(piece.bytes, piece);
      yield;
    }
  }

  /** Of the ended answer, read as a stream to its end. */
  streamReply(): Reply {
    for (const piece of this.#tape.readBack()) this.#reader.push(piece.bytes, piece);
    if (this.#fragment !== undefined) {
      const { bytes, read } = this.#fragment;
      this.#reader.push(bytes, { from: 0, to: bytes.length, read });
    }
    return { ...this.#meta(), reads: this.#opening, tally: this.#reader.end() };
  }

  /** Of the ended answer, with its whole body. */
  plainReply(): Reply {
    const reads = [...this.#tape.readBack()].map(({ bytes, from, to }) => Buffer.from(bytes.subarray(from, to)));
    return { ...this.#meta(), reads };
  }

  /** Completes the cut event where it then fits a template, else puts its start on the tape; the position behind it. */
  #mend(fragment: Fragment, bytes: Buffer, { from, to, read }: { from: number; to: number; read: number }): number {
    const { length } = fragment.bytes;
    this.#fragment = undefined;
    const joined = Buffer.concat([fragment.bytes, bytes.subarray(from, Math.min(to, from + maxEventBytes))]);
    // An event belongs to the read that ended its line, not to that of the blank line behind it.
    const isLineWhole = fragment.bytes.includes(lf) || fragment.bytes[length - 1] === cr;
    const end = this.#reader.takeOne(joined, isLineWhole ? fragment.read : read);
    if (end > length) return from + end - length;
    this.#tape.keep(fragment.bytes, { from: 0, to: length, read: fragment.read });
    return from;
  }

  #keepOpening(bytes: Uint8Array): void {
    this.#opening.push(Buffer.from(bytes));
    this.#openingLeft -= bytes.length;
  }

  #meta(): Omit<Reply, "reads" | "tally"> {
    return {
      askedMs: this.#askedMs,
      sentMs: this.#sentMs,
      endMs: this.#endMs ?? this.#sentMs,
      ...(this.#head !== undefined && { status: this.#head.status }),
      contentType: this.#head?.contentType ?? "",
      contentEncoding: this.#head?.contentEncoding ?? "",
      readAtMs: this.#readAtMs.all(),
      ...(this.#failure !== undefined && { failure: this.#failure }),
    };
  }
}

interface Fragment {
  readonly bytes: Buffer;
  readonly read: number;
}

const lf = 0x0a;
const cr = 0x0d;

/** The longest event that is mended over a cut. */
const maxEventBytes = 4096;

/** Less than an event: no line ends in it but perhaps its last. */
function isFragment(bytes: Buffer, from: number, to: number): boolean {
  if (to - from > maxEventBytes) return false;
  let end = to;
  while (end > from && (bytes[end - 1] === lf || bytes[end - 1] === cr)) end -= 1;
  const ends = bytes.subarray(end, to).filter((byte) => byte === lf).length;
  return ends < 2 && !bytes.subarray(from, end).includes(lf);
}

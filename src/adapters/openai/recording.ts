/** One answer as it was taken down: its head, its tape, and how it ended; read back piece by piece, also while it grows. */
import type { RequestFailure } from "../../core/model/trace.ts";
import { type BodySink, type BodyWalk, walkBody } from "./body-framing.ts";
import type { AnswerHead } from "./http-head.ts";
import { StreamReader } from "./read-stream.ts";
import type { Reply } from "./reply.ts";
import { type SlabStore, Tape } from "./tape.ts";

/** So many bytes of a stream are kept beside what they say: the words of an answer that turns out to be none. */
const openingBytes = 4096;

export class Recording {
  readonly #askedMs: number;
  readonly #tape: Tape;
  readonly #opening: Buffer[] = [];
  #openingLeft = openingBytes;
  #sentMs: number;
  #isSent = false;
  #head: AnswerHead | undefined;
  #walk: BodyWalk | undefined;
  #reader: StreamReader | undefined;
  #endMs: number | undefined;
  #failure: RequestFailure | undefined;

  /** `askedMs`: when a connection was asked for. */
  constructor(store: SlabStore, askedMs: number) {
    this.#tape = new Tape(store);
    this.#askedMs = askedMs;
    this.#sentMs = askedMs;
  }

  get status(): number | undefined {
    return this.#head?.status;
  }

  get isSent(): boolean {
    return this.#isSent;
  }

  get isEnded(): boolean {
    return this.#endMs !== undefined;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined || this.status !== 200;
  }

  note({ sentMs }: { readonly sentMs: number }): void {
    this.#sentMs = sentMs;
    this.#isSent = true;
  }

  begin(head: AnswerHead): void {
    this.#head = head;
    this.#walk = walkBody(head.body);
  }

  keep(bytes: Buffer, { from, to, atMs }: { readonly from: number; readonly to: number; readonly atMs: number }): void {
    this.#tape.keep(bytes, from, to, atMs);
  }

  end(endMs: number, failure: RequestFailure | undefined): void {
    this.#endMs = endMs;
    this.#failure = failure;
  }

  /** Reads what is there as a stream and frees it, a piece at a step. */
  *readOn(): Generator<void> {
    this.#reader ??= new StreamReader();
    for (const piece of this.#tape.readBack()) {
      this.#walk?.walk(piece, this.#sink);
      yield;
    }
  }

  /** Of the ended answer, read as a stream to its end. */
  streamReply(): Reply {
    this.#reader ??= new StreamReader();
    for (const piece of this.#tape.readBack()) this.#walk?.walk(piece, this.#sink);
    return { ...this.#meta(), reads: this.#opening, tally: this.#reader.end() };
  }

  /** Of the ended answer, with its whole body. */
  plainReply(): Reply {
    const reads: Uint8Array[] = [];
    const push: BodySink["push"] = (bytes, from, to) => reads.push(Buffer.from(bytes.subarray(from, to)));
    for (const piece of this.#tape.readBack()) this.#walk?.walk(piece, { push });
    return { ...this.#meta(), reads };
  }

  readonly #sink: BodySink = {
    push: (bytes, from, to, read) => {
      if (this.#openingLeft > 0) this.#keepOpening(bytes.subarray(from, Math.min(to, from + this.#openingLeft)));
      this.#reader?.push(bytes, from, to, read);
    },
  };

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
      readAtMs: this.#tape.readAtMs,
      ...(this.#failure !== undefined && { failure: this.#failure }),
    };
  }
}

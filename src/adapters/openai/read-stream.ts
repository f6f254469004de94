/** From the bytes of a streamed answer to what it says: which chunks bear tokens, how it ended. Runs after the answer's end. */
import { type ChunkFacts, chunkFacts } from "./chunk.ts";
import { isObject, parseJson } from "./json.ts";
import { excerpt, statedError } from "./server-error.ts";
import { type SseEvent, type SseLine, sseEvents } from "./sse.ts";

export interface StreamTally {
  /** Each token-bearing chunk, in order. */
  readonly tokenChunks: readonly TokenChunk[];
  readonly promptTokens?: number;
  /** The last count in `usage`. */
  readonly usageTokens?: number;
  /** The last count the server streamed of its own. */
  readonly streamedTokens?: number;
  readonly finishReason?: string;
  /** [DONE] came. */
  readonly isDone: boolean;
  /** An error object inside the stream. */
  readonly error?: { readonly message: string; readonly status?: number };
  /** An excerpt of a line that is no JSON. */
  readonly malformed?: string;
  /** The last line was cut short. */
  readonly isCut: boolean;
}

export interface TokenChunk {
  /** Index of the read that completed it. */
  readonly read: number;
  /** Output tokens up to and with this chunk, where its `usage`, or a count of the server's own, tells. */
  readonly tokensSoFar?: number;
}

/** Events read between two turns of the event loop, so that reading one answer does not delay the stamps of the others. */
const eventsPerTurn = 128;

export async function readStream(reads: readonly Uint8Array[]): Promise<StreamTally> {
  const tally = emptyTally();
  let events = 0;
  for (const event of sseEvents(reads)) {
    readEvent(tally, event);
    events += 1;
    if (events % eventsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return tally;
}

type Growing = { -readonly [K in keyof StreamTally]: StreamTally[K] } & { tokenChunks: TokenChunk[] };

function emptyTally(): Growing {
  return { tokenChunks: [], isDone: false, isCut: false };
}

/** An event's lines are one JSON text; where they are not, each line stands for itself (servers without blank lines). */
function readEvent(tally: Growing, { name, data }: SseEvent): void {
  const [first, ...rest] = data;
  const last = rest.at(-1) ?? first;
  const whole = rest.length === 0 ? first.text : data.map(({ text }) => text).join("\n");
  if (rest.length === 0 || parseJson(whole) !== undefined) {
    readText(tally, { ...last, text: whole }, name);
    return;
  }
  for (const line of data) readText(tally, line, name);
}

function readText(tally: Growing, { text, read, unfinished }: SseLine, eventName: string | undefined): void {
  if (text.trim() === "[DONE]") {
    tally.isDone = true;
    return;
  }
  if (text === "") return;
  const parsed = parseJson(text);
  const error = parsed === undefined ? undefined : statedError(parsed.value);
  if (eventName === "error" || error !== undefined) {
    tally.error ??= error === undefined ? { message: excerpt(text) } : { ...error, message: excerpt(error.message) };
    return;
  }
  if (parsed === undefined && unfinished === true) tally.isCut = true;
  else if (parsed === undefined || !isObject(parsed.value)) tally.malformed ??= excerpt(text);
  else addFacts(tally, chunkFacts(parsed.value), read);
}

function addFacts(tally: Growing, facts: ChunkFacts, read: number): void {
  if (facts.promptTokens !== undefined) tally.promptTokens = facts.promptTokens;
  if (facts.completionTokens !== undefined) tally.usageTokens = facts.completionTokens;
  if (facts.streamedTokens !== undefined) tally.streamedTokens = facts.streamedTokens;
  if (facts.finishReason !== undefined) tally.finishReason = facts.finishReason;
  if (!facts.bearsTokens) return;
  const tokensSoFar = facts.completionTokens ?? facts.streamedTokens;
  tally.tokenChunks.push({ read, ...(tokensSoFar !== undefined && { tokensSoFar }) });
}

/** From the bytes of an answer to the exchange that counts: strict success, else a failure with its kind (DESIGN §3). */
import type { RequestFailure, TokenSource } from "../../core/model/trace.ts";
import type { Exchange } from "../../gate/ports.ts";
import { bodyText, type Reply } from "./reply.ts";
import { errorMessage, excerpt } from "./server-error.ts";
import type { StreamTally } from "./stream-tally.ts";

export function toExchange(reply: Reply): Exchange {
  const refusal = refusalOf(reply);
  const { tally } = reply;
  if (refusal !== undefined || tally === undefined) return failed(reply, refusal ?? protocol(notAStream(reply)));
  const failure = streamFailure(reply, tally);
  return failure === undefined ? answered(reply, tally) : failed(reply, failure);
}

function failed(reply: Reply, error: RequestFailure): Exchange {
  return { outcome: "error", sentMs: reply.sentMs, endMs: reply.endMs, error };
}

/** What keeps an answer from being read as a stream at all. */
function refusalOf(reply: Reply): RequestFailure | undefined {
  const { status, contentEncoding, failure } = reply;
  if (status === undefined) return failure ?? { kind: "connect", message: "no answer" };
  if (failure?.kind === "aborted") return failure;
  if (status !== 200) {
    const message = errorMessage(bodyText(reply));
    return { kind: "http", status, ...(message !== "" && { message }) };
  }
  if (contentEncoding === "" || contentEncoding === "identity") return undefined;
  const message = excerpt(`answered with content-encoding ${contentEncoding} although only identity was accepted`);
  return { kind: "protocol", status, message };
}

/** Finish reasons of an answer that came to no end of its own (SGLang, vLLM). */
const givenUp = new Set(["abort", "error"]);

/** A stream that said it was finished is whole, however its connection ended. */
function streamFailure(reply: Reply, tally: StreamTally): RequestFailure | undefined {
  const { error, malformed } = tally;
  if (error !== undefined) {
    return { kind: "stream", status: error.status ?? 200, message: `error inside the stream: ${error.message}` };
  }
  if (tally.finishReason !== undefined && givenUp.has(tally.finishReason)) {
    return {
      kind: "stream",
      status: 200,
      message: `the server gave the answer up: finish reason ${tally.finishReason}`,
    };
  }
  const isFinished = tally.isDone || tally.finishReason !== undefined;
  if (!isFinished && reply.failure !== undefined) return { status: 200, ...reply.failure };
  if (malformed !== undefined) return protocol(`a chunk is no JSON object: ${malformed}`);
  if (isFinished) return tally.tokenChunks > 0 ? undefined : protocol("finished without a token");
  return unfinished(reply, tally);
}

/** The connection ended as it should, the stream did not. */
function unfinished(reply: Reply, { tokenChunks, isCut }: StreamTally): RequestFailure {
  if (tokenChunks === 0 && !isCut) return protocol(notAStream(reply));
  const place = isCut ? "in the middle of an event" : "without a finish reason or [DONE]";
  return { kind: "stream", status: 200, message: `ended ${place} after ${tokenChunks} token chunks` };
}

function protocol(message: string): RequestFailure {
  return { kind: "protocol", status: 200, message: excerpt(message) };
}

function notAStream(reply: Reply): string {
  const body = bodyText(reply).slice(0, 1000).trim();
  if (body === "") return "answered with an empty body";
  const type = reply.contentType === "" ? "no content type" : reply.contentType;
  const what = body.startsWith("{") ? "one JSON document, as if stream were false" : "no event stream";
  return `answered with ${what} (${type}): ${body}`;
}

function answered(reply: Reply, tally: StreamTally): Exchange {
  const { firstTokenMs, lastTokenMs, gaps, coalesced } = tokenTimes(reply, tally);
  const { outputTokens, tokenSource } = tokenCount(tally);
  const tokensPerChunk = perChunk(tally, outputTokens);
  return {
    outcome: "ok",
    sentMs: reply.sentMs,
    connectMs: reply.sentMs - reply.askedMs,
    firstTokenMs,
    lastTokenMs,
    // Where we waited for an end that never came, the last token is the end.
    endMs: reply.failure === undefined ? reply.endMs : Math.max(lastTokenMs, reply.readAtMs.at(-1) ?? 0),
    ...(tally.promptTokens !== undefined && { promptTokens: tally.promptTokens }),
    ...(tally.cachedTokens !== undefined && { cachedTokens: tally.cachedTokens }),
    ...(tally.text !== undefined && { answerText: tally.text }),
    outputTokens,
    tokenGapsMs: gaps,
    ...(tokensPerChunk !== undefined && { tokensPerChunk }),
    ...(tally.finishReason !== undefined && { finishReason: excerpt(tally.finishReason) }),
    tokenSource,
    coalescedChunks: coalesced,
  };
}

/** One pass into one array: millions of tokens are timed while others may be under way. */
function tokenTimes({ readAtMs, endMs }: Reply, { tokenChunks, tokenReads, chunksOfRead }: StreamTally) {
  const firstTokenMs = readAtMs[tokenReads.at(0) ?? -1] ?? endMs;
  const gaps: number[] = new Array(Math.max(0, tokenChunks - 1)).fill(0);
  let lastTokenMs = firstTokenMs;
  let chunk = 0;
  let coalesced = 0;
  for (let index = 0; index < tokenReads.length; index += 1) {
    const atMs = readAtMs[tokenReads.at(index) ?? -1] ?? endMs;
    const chunks = chunksOfRead.at(index) ?? 1;
    // Chunks of one read, and pieces that a clock cannot tell apart, have one time.
    coalesced += chunks - (atMs === lastTokenMs && chunk > 0 ? 0 : 1);
    if (chunk > 0) gaps[chunk - 1] = atMs - lastTokenMs;
    chunk += chunks;
    lastTokenMs = atMs;
  }
  return { firstTokenMs, lastTokenMs, gaps, coalesced };
}

/** A count of 0 beside token-bearing chunks is a server that does not count. */
function tokenCount(tally: StreamTally): { readonly outputTokens: number; readonly tokenSource: TokenSource } {
  if (tally.usageTokens) return { outputTokens: tally.usageTokens, tokenSource: "usage" };
  if (tally.streamedTokens) return { outputTokens: tally.streamedTokens, tokenSource: "stream" };
  return { outputTokens: tally.tokenChunks, tokenSource: "chunks" };
}

/**
 * Tokens of each chunk: all of them where there is one chunk, else the steps of a count that every chunk carries.
 * Absent where each bore one, and where the server does not tell (a total alone does not say which chunk held more).
 */
function perChunk({ tokenChunks, tokensSoFar }: StreamTally, outputTokens: number): readonly number[] | undefined {
  if (tokenChunks === outputTokens) return undefined;
  if (tokenChunks === 1) return [outputTokens];
  if (tokensSoFar.length === 0) return undefined;
  const counts = [...tokensSoFar.all()];
  const steps = counts.map((count, index) => count - (counts[index - 1] ?? 0));
  const isTold = steps.every((step) => step >= 1);
  return isTold && steps.some((step) => step > 1) ? steps : undefined;
}

import type { AnsweredTrace } from "../model/trace.ts";

/**
 * The inter-token latencies of a trial, ms, ascending: each gap divided by the tokens of the chunk it ended in, once for
 * each of them. A chunk whose tokens the server did not tell counts as one.
 *
 * A typed array: a trial has tens of thousands, and it sorts by number without a comparison function.
 */
export function tokenLatencies(answered: readonly AnsweredTrace[]): Float64Array {
  const latencies = new Float64Array(answered.reduce((sum, trace) => sum + tokensAfterGaps(trace), 0));
  let filled = 0;
  for (const trace of answered) {
    const { tokenGapsMs, tokensPerChunk } = trace;
    for (let index = 0; index < tokenGapsMs.length; index++) {
      const tokens = tokensOf(tokensPerChunk, index + 1);
      const latency = (tokenGapsMs[index] ?? 0) / tokens;
      for (const end = filled + tokens; filled < end; filled++) latencies[filled] = latency;
    }
  }
  return latencies.sort();
}

/** The longest pause a reader of any answer sat through, ms, undivided; absent where no answer had a second chunk. */
export function longestGap(answered: readonly AnsweredTrace[]): number | undefined {
  let longest: number | undefined;
  for (const { tokenGapsMs } of answered) {
    for (const gap of tokenGapsMs) if (longest === undefined || gap > longest) longest = gap;
  }
  return longest;
}

function tokensAfterGaps({ tokenGapsMs, tokensPerChunk }: AnsweredTrace): number {
  if (tokensPerChunk === undefined) return tokenGapsMs.length;
  let tokens = 0;
  for (let index = 1; index <= tokenGapsMs.length; index++) tokens += tokensOf(tokensPerChunk, index);
  return tokens;
}

function tokensOf(tokensPerChunk: readonly number[] | undefined, index: number): number {
  return tokensPerChunk === undefined ? 1 : Math.max(1, Math.round(tokensPerChunk[index] ?? 1));
}

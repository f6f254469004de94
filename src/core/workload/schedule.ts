import type { Schedule, ScheduledRequest, Workload } from "../model/workload.ts";
import { seededRandom } from "../stats/random.ts";
import { sentences } from "./corpus.ts";
import { drawLengths } from "./draw-lengths.ts";
import { scheduleHash } from "./schedule-hash.ts";
import { sendTimes } from "./send-times.ts";

/** Everything about a workload's requests that chance decides, drawn once from its seed: the same on every machine. */
export function drawSchedule(workload: Workload): Schedule {
  const { seed, requests: count, warmup: warmupCount } = workload;
  const openings = seededRandom(seed, "openings").shuffle(sentences.map((_, index) => index));
  const times = sendTimes(workload.arrivals, count, seededRandom(seed, "arrivals"));
  const drawn = {
    requests: drawRequests(workload, { stream: "measured", count, openings }).map((request, index) => {
      const atMs = times[index];
      return atMs === undefined ? request : { atMs, ...request };
    }),
    warmup: drawRequests(workload, { stream: "warm-up", count: warmupCount, openings: rotated(openings, count) }),
    prefixSeed: seededRandom(seed, "prefix").int(0, largestSeed),
  };
  return { ...drawn, hash: scheduleHash(workload, drawn) };
}

const largestSeed = 0x7fffffff;

/**
 * Lengths and prompt seeds of `count` requests. A prompt seed modulo the number of sentences is the prompt's first
 * sentence; no two requests begin alike until the corpus is used up, so that no prompt finds another's start in a cache.
 */
function drawRequests(
  workload: Workload,
  {
    stream,
    count,
    openings,
  }: { readonly stream: string; readonly count: number; readonly openings: readonly number[] },
): ScheduledRequest[] {
  const dice = (purpose: string) => seededRandom(workload.seed, `${stream} ${purpose}`);
  const promptTokens = drawLengths(workload.promptTokens, count, dice("prompt lengths"));
  const outputTokens = drawLengths(workload.outputTokens, count, dice("output lengths"));
  const words = dice("prompts");
  const laps = Math.floor(largestSeed / sentences.length) - 1;
  return Array.from({ length: count }, (_, index) => ({
    promptTokens: promptTokens[index] ?? 1,
    outputTokens: outputTokens[index] ?? 1,
    promptSeed: words.int(0, laps) * sentences.length + (openings[index % openings.length] ?? 0),
  }));
}

/** The same ring of items, starting `by` later. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const from = by % items.length;
  return [...items.slice(from), ...items.slice(0, from)];
}

import type { PlannedArrivals } from "../model/workload.ts";
import type { Random } from "../stats/random.ts";

/**
 * When each of `count` requests is sent, ms from the workload's start; absent in closed loops, where a reply sets it.
 *
 * The first is sent at 0 and the last at (count − 1) / rate in every process with a rate, so the rate that was asked for is the
 * rate that comes. vLLM stretches a random schedule likewise, to count / rate, because it waits one gap before the first.
 */
export function sendTimes(arrivals: PlannedArrivals, count: number, random: Random): (number | undefined)[] {
  switch (arrivals.process) {
    case "sequential":
    case "concurrency":
      return Array.from({ length: count }, () => undefined);
    case "burst":
      return Array.from({ length: count }, () => 0);
    case "uniform":
      return Array.from({ length: count }, (_, index) => (index * 1000) / arrivals.rate);
    case "poisson":
      return stretchedTimes(count, arrivals.rate, () => random.exponential());
    case "gamma":
      return stretchedTimes(count, arrivals.rate, () => random.gamma(arrivals.burstiness));
    case "replay":
      return arrivals.atMs.slice(0, count);
  }
}

/** Random gaps scaled to the asked rate. Rounded to 0.001 ms: the last bits of a logarithm may differ between engines. */
function stretchedTimes(count: number, rate: number, gap: () => number): number[] {
  const reached = [0];
  for (let index = 1; index < count; index++) reached.push((reached[index - 1] ?? 0) + gap());
  const drawnSpan = reached.at(-1) || 1;
  const askedSpanMs = ((count - 1) * 1000) / rate;
  return reached.map((at) => Math.round((at / drawnSpan) * askedSpanMs * 1000) / 1000);
}

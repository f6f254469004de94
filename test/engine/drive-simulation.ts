/** Runs a workload through the scheduler in simulated time, with no clock and no sockets. */
import { defaultEngineOptions, type EngineOptions } from "../../src/engine/options.ts";
import { uniformStream } from "../../src/engine/random.ts";
import type { Next } from "../../src/engine/scheduler.ts";
import { newSequence, type Sequence } from "../../src/engine/sequence.ts";
import { newSimulation } from "../../src/engine/simulation.ts";

export interface SimulatedRequest {
  readonly arrivedAtMs: number;
  readonly promptTokens: number;
  readonly maxTokens: number;
  readonly blockHashes?: readonly string[];
}

export interface SimulatedResult {
  readonly throughput: number;
  readonly ttftP50: number;
  readonly itlP50: number;
  readonly itlP99: number;
  readonly e2eP50: number;
  readonly preemptions: number;
  readonly steps: number;
  readonly tokensOf: readonly number[];
}

/** Open loop: every request arrives at its own time. */
export function simulate(requests: readonly SimulatedRequest[], changed: Partial<EngineOptions> = {}): SimulatedResult {
  const { scheduler } = newSimulation({ ...defaultEngineOptions, ...changed });
  const tokenTimes = new Map<Sequence, number[]>(requests.map((request) => [newSequence(request), []]));
  const coming = [...tokenTimes.keys()].sort((a, b) => a.arrivedAtMs - b.arrivedAtMs);
  let nowMs = 0;
  let steps = 0;
  while (Number.isFinite(nowMs)) {
    for (const sequence of takeArrived(coming, nowMs)) scheduler.submit(sequence);
    const next = scheduler.nextStep(nowMs);
    if (next.kind === "step") {
      nowMs += next.step.durationMs;
      steps += 1;
      for (const sequence of scheduler.complete(next.step)) tokenTimes.get(sequence)?.push(nowMs);
    } else nowMs = nextMomentMs(next, coming[0]);
  }
  return { ...measure(tokenTimes), preemptions: scheduler.counts.preemptions, steps };
}

/** Removes and returns those at the front that have arrived. */
function takeArrived(coming: Sequence[], nowMs: number): readonly Sequence[] {
  const arrived = coming.filter((sequence) => sequence.arrivedAtMs <= nowMs);
  return coming.splice(0, arrived.length);
}

/** When something happens next while the machine does nothing; never, once all is done. */
function nextMomentMs(next: Exclude<Next, { kind: "step" }>, coming: Sequence | undefined): number {
  const arrivesAtMs = coming?.arrivedAtMs ?? Number.POSITIVE_INFINITY;
  return next.kind === "wait" ? Math.min(next.untilMs, arrivesAtMs) : arrivesAtMs;
}

function measure(tokenTimes: ReadonlyMap<Sequence, readonly number[]>): Omit<SimulatedResult, "preemptions" | "steps"> {
  const all = [...tokenTimes];
  const times = all.flatMap(([, at]) => at);
  const gaps = all.flatMap(([, at]) => at.slice(1).map((time, index) => time - (at[index] ?? time)));
  return {
    throughput: (times.length / Math.max(...times)) * 1000,
    ttftP50: quantile(
      all.map(([sequence, at]) => (at[0] ?? 0) - sequence.arrivedAtMs),
      0.5,
    ),
    itlP50: quantile(gaps, 0.5),
    itlP99: quantile(gaps, 0.99),
    e2eP50: quantile(
      all.map(([sequence, at]) => (at.at(-1) ?? 0) - sequence.arrivedAtMs),
      0.5,
    ),
    tokensOf: all.map(([, at]) => at.length),
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
}

/** The headline workloads of the built-in suite. Text is not needed: the scheduler sees only lengths and hashes. */
export const headlineWorkloads = {
  continuous_batching: () =>
    draw(32, (dice, index) => ({ arrivedAtMs: index * 250, promptTokens: dice(64, 512), maxTokens: dice(64, 256) })),
  paged_attention: () =>
    draw(48, (dice) => ({ arrivedAtMs: 0, promptTokens: dice(128, 384), maxTokens: dice(128, 256) })),
  chunked_prefill: () => {
    let arrivedAtMs = 0;
    return draw(48, (dice, index) => {
      arrivedAtMs += -Math.log(dice(1, 1_000_000) / 1_000_000) * (1000 / 6);
      const promptTokens = index % 4 === 3 ? dice(64, 128) : dice(1024, 2048);
      return { arrivedAtMs, promptTokens, maxTokens: dice(64, 256) };
    });
  },
  prefix_caching: () =>
    draw(48, (dice, index) => ({
      arrivedAtMs: index * 125,
      promptTokens: 1024 + dice(32, 128),
      maxTokens: 256,
      blockHashes: Array.from({ length: 66 }, (_, block) => (block < 64 ? `shared ${block}` : `own ${index} ${block}`)),
    })),
} as const;

type Dice = (low: number, high: number) => number;

function draw(count: number, request: (dice: Dice, index: number) => SimulatedRequest): readonly SimulatedRequest[] {
  const uniform = uniformStream(42);
  const dice: Dice = (low, high) => low + Math.floor(uniform() * (high - low + 1));
  return Array.from({ length: count }, (_, index) => request(dice, index));
}

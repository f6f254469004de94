/**
 * What a serving log says of one phase against another, read off the numbers. These are all the rules:
 *
 * - A metric moved on a model when it changed by 5 % or more and, with two trials or more on both sides, the trials of
 *   the two phases do not overlap (phase-changes.ts).
 * - A movement names its models; "all models" only when each of them moved that way. Fewer models than those that moved
 *   the other way go "against the others".
 * - P50 and P99 of a metric are one movement when the same models moved the same way and the ranges overlap.
 * - Models stand apart, half of them at most, when the smallest of their changes is twice the largest of the others',
 *   and 25 % or more. Else the model that moved most is named where it moved 1.5 times as much as another.
 * - Throughput at half or less is a collapse.
 * - ITL P99 worse with ITL P50 unmoved: the median is steady. P99 worse by 25 % or more and by twice as much as P50:
 *   the tail ran ahead of the median.
 *   Of workloads but the headline's this is told where the tail is what they are there to watch.
 * - TTFT P50 better and ITL P50 worse on every model: a trade-off.
 * - A workload other than the headline's is worth a line when something moved by 25 % or more, or more requests failed.
 */
import { metricById } from "../metrics/catalogue.ts";
import type { ModelChange, WorkloadChanges } from "./phase-changes.ts";

/** Worth a reader's time outside the headline workload; also what "far more" takes. */
export const LARGE_CHANGE = 0.25;
/** Twice every other model's change stands apart; a tail that moved twice as much as the median ran ahead of it. */
const STANDS_APART = 2;
/** Throughput divided by this or more. */
const COLLAPSE = 2;
/** The largest change over the smallest, from where on the model of the largest is named. */
const UNEVEN = 1.5;

/** A metric that moved one way on one model or more. */
export interface Movement {
  /** One metric, or P50 and P99 of one family. */
  readonly metrics: readonly [string, ...string[]];
  readonly rose: boolean;
  readonly better: boolean;
  /** Never empty. */
  readonly movers: readonly ModelChange[];
  readonly onEveryModel: boolean;
  /** Fewer models than those that moved the other way. */
  readonly againstOthers: boolean;
}

export interface TailShape {
  readonly kind: "steady-median" | "ahead-of-median";
  /** Escaped labels. */
  readonly models: readonly string[];
  readonly onEveryModel: boolean;
}

/** Every model of the workload got its first tokens earlier and the later ones slower. */
export interface TradeOff {
  readonly itl: readonly ModelChange[];
  /** Throughput × ITL P50, per model: about how many requests decode at the same time. */
  readonly decodingAtOnce: readonly { readonly from: number; readonly to: number }[];
}

export interface HeadlineObservations {
  readonly improved: readonly Movement[];
  readonly worse: readonly Movement[];
  readonly tail?: TailShape;
  readonly tradeOff?: TradeOff;
}

export interface OtherObservations {
  /** Models whose throughput fell by 25 % or more, escaped. */
  readonly regressedOn: readonly string[];
  readonly movements: readonly Movement[];
  readonly tail?: TailShape;
}

export function headlineObservations(changes: WorkloadChanges): HeadlineObservations {
  const tradeOff = tradeOffOf(changes);
  const moved = [
    ...movementsOf(changes, "output_throughput"),
    ...familyMovements(changes, "ttft"),
    ...familyMovements(changes, "itl"),
  ].sort((a, b) => weight(b) - weight(a));
  const told = ({ metrics }: Movement) => tradeOff !== undefined && metrics[0] === "itl_p50" && metrics.length === 1;
  const tail = tailShape(changes);
  return {
    improved: moved.filter(({ better }) => better),
    worse: moved.filter((movement) => !movement.better && !told(movement)),
    ...(tail === undefined ? {} : { tail }),
    ...(tradeOff === undefined ? {} : { tradeOff }),
  };
}

/** Undefined where nothing is worth a line. Throughput first, then TTFT, then whichever of ITL P50 and P99 moved more. */
export function otherObservations(changes: WorkloadChanges): OtherObservations | undefined {
  const throughput = movementsOf(changes, "output_throughput");
  const ttft = movementsOf(changes, "ttft_p50").filter(isLarge);
  const itl = [movementsOf(changes, "itl_p50"), movementsOf(changes, "itl_p99")].sort((a, b) => total(b) - total(a));
  const movements = [...throughput, ...ttft, ...(itl[0] ?? []).filter(isLarge)];
  if (!movements.some(isLarge) && changes.moreFailures.length === 0) return undefined;
  const fell = throughput.filter(({ rose }) => !rose).flatMap(({ movers }) => movers);
  const watched = changes.later.info.purposeMetrics?.some((metric) => metric.startsWith("itl_p9")) === true;
  const tail = watched ? tailShape(changes) : undefined;
  return {
    regressedOn: fell.filter(({ change }) => change <= -LARGE_CHANGE).map(({ label }) => label),
    movements,
    ...(tail === undefined ? {} : { tail }),
  };
}

/** What moved, at most once each way; the way of most models first. */
export function movementsOf(changes: WorkloadChanges, metric: string): readonly Movement[] {
  const better = metricById(metric)?.better;
  const all = changes.of(metric);
  const up = all.filter(({ counts, change }) => counts && change > 0);
  const down = all.filter(({ counts, change }) => counts && change < 0);
  const ways = [
    { rose: true, movers: up, others: down },
    { rose: false, movers: down, others: up },
  ].filter(({ movers }) => movers.length > 0);
  return ways
    .map(
      ({ rose, movers, others }): Movement => ({
        metrics: [metric],
        rose,
        better: rose === (better === "higher"),
        movers,
        onEveryModel: movers.length === all.length,
        againstOthers: movers.length < others.length,
      }),
    )
    .sort((a, b) => b.movers.length - a.movers.length || weight(b) - weight(a));
}

/** P50 and P99 as one where they tell the same. */
function familyMovements(changes: WorkloadChanges, family: string): readonly Movement[] {
  const middles = movementsOf(changes, `${family}_p50`);
  const tails = movementsOf(changes, `${family}_p99`);
  const merged = middles.map((middle) => {
    const tail = tails.find((each) => tellsTheSame(middle, each));
    if (tail === undefined) return middle;
    return {
      ...middle,
      metrics: [...middle.metrics, ...tail.metrics] as const,
      movers: [...middle.movers, ...tail.movers],
    };
  });
  return [...merged, ...tails.filter((tail) => !middles.some((middle) => tellsTheSame(middle, tail)))];
}

function tellsTheSame(a: Movement, b: Movement): boolean {
  const models = ({ movers }: Movement) => movers.map(({ model }) => model).join("\n");
  if (a.rose !== b.rose || models(a) !== models(b)) return false;
  const [first, second] = [sizes(a), sizes(b)];
  return Math.min(...first) <= Math.max(...second) && Math.min(...second) <= Math.max(...first);
}

/** Models that stand apart from the rest of their movement; none where all moved alike, or only one did. */
export function standApart({ movers, metrics }: Movement): readonly ModelChange[] {
  if (metrics.length > 1 || movers.length < 2) return [];
  const ranked = [...movers].sort((a, b) => b.size - a.size);
  const rest = ranked.findIndex(
    ({ size }, index) => index > 0 && (ranked[index - 1]?.size ?? 0) >= STANDS_APART * size,
  );
  if (rest < 0) return [];
  const apart = ranked.slice(0, rest);
  const few = apart.length * 2 <= movers.length;
  const large = apart.every(({ change }) => Math.abs(change) >= LARGE_CHANGE);
  return few && large ? movers.filter((each) => apart.includes(each)) : [];
}

/** The model that moved most, where the others moved clearly less or its throughput collapsed. */
export function movedMost({ movers, metrics }: Movement): ModelChange | undefined {
  const [first, ...others] = [...movers].sort((a, b) => b.size - a.size);
  if (first === undefined || others.length === 0 || metrics.length > 1) return undefined;
  const uneven = first.size >= UNEVEN * Math.min(...others.map(({ size }) => size));
  return uneven || collapseOf(metrics[0], first) !== undefined ? first : undefined;
}

/** 3 for a throughput divided by three; undefined where it did not collapse. */
export function collapseOf(metric: string, { from, to }: ModelChange): number | undefined {
  return metric === "output_throughput" && from / to >= COLLAPSE ? from / to : undefined;
}

/** How the tail of ITL moved against its middle; undefined where they moved alike or nothing got worse. */
export function tailShape(changes: WorkloadChanges): TailShape | undefined {
  const [worse] = movementsOf(changes, "itl_p99").filter(({ better }) => !better);
  if (worse === undefined) return undefined;
  const middle = new Map(changes.of("itl_p50").map((each) => [each.model, each]));
  const models = (those: readonly ModelChange[]) => ({
    models: those.map(({ label }) => label),
    onEveryModel: those.length === changes.of("itl_p99").length,
  });
  if (worse.movers.every(({ model }) => middle.get(model)?.counts === false)) {
    return { kind: "steady-median", ...models(worse.movers) };
  }
  const ahead = worse.movers.filter(({ model, size, change }) => {
    const p50 = middle.get(model);
    const notBetter = p50 !== undefined && (p50.change > 0 || !p50.counts);
    return notBetter && change >= LARGE_CHANGE && size >= STANDS_APART * p50.size;
  });
  return ahead.length === 0 ? undefined : { kind: "ahead-of-median", ...models(ahead) };
}

export function tradeOffOf(changes: WorkloadChanges): TradeOff | undefined {
  const earlier = movementsOf(changes, "ttft_p50").some(({ better, onEveryModel }) => better && onEveryModel);
  const slower = movementsOf(changes, "itl_p50").find(({ better, onEveryModel }) => !better && onEveryModel);
  if (!earlier || slower === undefined) return undefined;
  const throughput = new Map(changes.of("output_throughput").map((each) => [each.model, each]));
  const decodingAtOnce = slower.movers.flatMap(({ model, from, to }) => {
    const rate = throughput.get(model);
    return rate === undefined ? [] : [{ from: (rate.from * from) / 1000, to: (rate.to * to) / 1000 }];
  });
  return { itl: slower.movers, decodingAtOnce };
}

function isLarge({ movers }: Movement): boolean {
  return movers.some(({ change }) => Math.abs(change) >= LARGE_CHANGE);
}

function sizes({ movers }: Movement): readonly number[] {
  return movers.map(({ size }) => size);
}

/** Mean size: what moved more is told first. */
function weight(movement: Movement): number {
  return sizes(movement).reduce((sum, size) => sum + size, 0) / movement.movers.length;
}

function total(movements: readonly Movement[]): number {
  return movements.flatMap(sizes).reduce((sum, size) => sum + size, 0);
}

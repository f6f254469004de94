/** What the server's own counters say of a loss: those that moved the wrong way, on both sides of the same cell. */
import { mean } from "simple-statistics";
import type { ServerMove } from "../model/comparison.ts";
import type { Trial } from "../model/results.ts";
import { toSignificant } from "../stats/significant.ts";
import { type CellCase, currentRuns } from "./cell-case.ts";

interface Rule {
  readonly name: ServerMove["name"];
  /** Which way explains a slower server. */
  readonly worse: "more" | "less";
  /** Smaller moves are chance, in its own unit. */
  readonly least: number;
  /** Smaller multiples are, too. */
  readonly leastRatio: number;
}

/** A share moves by points; a count by one and a half times as well, since a queue differs from run to run. */
const rules: readonly Rule[] = [
  { name: "preemptions", worse: "more", least: 1, leastRatio: 1.5 },
  { name: "kv_cache_use_max", worse: "more", least: 0.05, leastRatio: 1 },
  { name: "prefix_cache_hit_rate", worse: "less", least: 0.05, leastRatio: 1 },
  { name: "requests_waiting_max", worse: "more", least: 2, leastRatio: 1.5 },
];

/** Means over trials, and over the baseline's runs of theirs; of the arms where they ran. */
export function serverMoves(one: CellCase): readonly ServerMove[] {
  const { baseline, candidate } = sides(one);
  return rules.flatMap((rule) => {
    const from = meanOf(baseline.flatMap((trials) => meanOf(valuesOf(trials, rule.name)) ?? []));
    const to = meanOf(valuesOf(candidate, rule.name));
    if (from === undefined || to === undefined || !hasMoved(rule, from, to)) return [];
    return [{ name: rule.name, baseline: toSignificant(from), candidate: toSignificant(to) }];
  });
}

function sides(one: CellCase): {
  readonly baseline: readonly (readonly Trial[])[];
  readonly candidate: readonly Trial[];
} {
  const pairs = one.paired?.pairs ?? [];
  if (pairs.length > 0) {
    return {
      baseline: pairs.map(({ base }) => base.trials),
      candidate: pairs.flatMap(({ candidate }) => candidate.trials),
    };
  }
  return { baseline: currentRuns(one).map(({ sample }) => sample.trials), candidate: one.sample?.trials ?? [] };
}

function valuesOf(trials: readonly Trial[], name: Rule["name"]): readonly number[] {
  return trials.flatMap(({ serverMetrics = {} }) => serverMetrics[name] ?? withoutLookups(name, serverMetrics));
}

/** A cache that was looked up by nobody is off: nothing was found in it. */
function withoutLookups(name: Rule["name"], metrics: Readonly<Record<string, number>>): readonly number[] {
  return name === "prefix_cache_hit_rate" && metrics["prefix_cache_queries"] === 0 ? [0] : [];
}

function hasMoved({ worse, least, leastRatio }: Rule, from: number, to: number): boolean {
  const [low, high] = worse === "more" ? [from, to] : [to, from];
  return high - low >= least && high >= leastRatio * low;
}

function meanOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : mean([...values]);
}

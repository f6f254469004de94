/** Where the base branch changed for good: runs before it say nothing of where it is today. */
import { mean } from "simple-statistics";
import { metricById } from "../metrics/catalogue.ts";
import type { TimingGating } from "../metrics/metric.ts";
import type { CellKey } from "../model/results.ts";
import { bestSplit } from "../stats/two-segments.ts";
import { badness } from "./badness.ts";
import type { SampledRun } from "./cell-case.ts";
import { judgedValues } from "./cell-sample.ts";
import { LEAST_STANDARD_ERROR } from "./estimate.ts";
import type { StoredRun } from "./history.ts";

/** What moves when a server changes as a whole. */
const WATCHED = ["output_throughput", "itl_p50"] as const;
/** Runs on either side of a cut. */
const LEAST_RUNS = 3;
const LEVEL = 0.001;
/** Smaller shifts are left in: they cost less than the runs that a cut throws away. */
const LEAST_SHIFT = Math.log(1.02);

/** A cell's comparable runs, oldest first. */
export interface WatchedCell {
  readonly key: CellKey;
  readonly runs: readonly SampledRun[];
}

/** A cut that nobody declared. */
export interface FoundCut {
  /** The first run of the new epoch. */
  readonly run: StoredRun;
  readonly cell: CellKey;
  readonly metric: string;
  /** Log-badness: above 0 the base branch became slower. */
  readonly shift: number;
}

/**
 * The cuts that the runs of one server configuration (its cells: one phase and model) show by themselves, oldest first:
 * in the newest epoch the surest two-segment split of throughput or ITL P50 of any workload, and then again in what
 * remains after it.
 */
export function findCuts(cells: readonly WatchedCell[]): readonly FoundCut[] {
  const newestEpoch = Math.max(0, ...cells.flatMap(({ runs }) => runs.map(({ run }) => run.epoch)));
  const cuts: FoundCut[] = [];
  for (;;) {
    const from = cuts.at(-1)?.run.order ?? 0;
    const cut = surestCut(cells, ({ run }) => run.epoch === newestEpoch && run.order >= from);
    if (cut === undefined) return cuts;
    cuts.push(cut);
  }
}

/** A cell's runs by epoch, oldest first: cut where an explicit epoch begins, and at the cuts that were found. */
export function byEpoch(runs: readonly SampledRun[], cuts: readonly FoundCut[]): readonly (readonly SampledRun[])[] {
  const epochs: SampledRun[][] = [];
  let last: string | undefined;
  for (const sampled of runs) {
    const { epoch, order } = sampled.run;
    const found = cuts.filter(({ run }) => order >= run.order).length;
    const name = `${epoch} ${found}`;
    if (name !== last) epochs.push([]);
    epochs.at(-1)?.push(sampled);
    last = name;
  }
  return epochs;
}

interface SureCut {
  readonly cut: FoundCut;
  readonly p: number;
}

function surestCut(cells: readonly WatchedCell[], isMember: (run: SampledRun) => boolean): FoundCut | undefined {
  const found = cells.flatMap(({ key, runs }) => {
    const members = runs.filter(isMember);
    return WATCHED.flatMap((metric) => cutOf({ key, runs: members }, metric));
  });
  const [surest] = found.sort((a, b) => a.p - b.p);
  return surest?.cut;
}

/** Where one series changed its level for good; empty where it did not. */
function cutOf({ key, runs }: WatchedCell, metric: string): readonly SureCut[] {
  const series = runValues(runs, metric);
  const values = series.map(({ value }) => value);
  const split = bestSplit(values, { least: LEAST_RUNS, leastError: LEAST_STANDARD_ERROR });
  const run = split === undefined ? undefined : series[split.at]?.run;
  if (split === undefined || run === undefined) return [];
  if (split.p >= LEVEL || Math.abs(split.shift) < LEAST_SHIFT) return [];
  return [{ cut: { run, cell: key, metric, shift: split.shift }, p: split.p }];
}

function runValues(
  runs: readonly SampledRun[],
  id: string,
): readonly { readonly run: StoredRun; readonly value: number }[] {
  const metric = metricById(id);
  if (metric?.gating?.kind !== "timing") return [];
  const gating: TimingGating = metric.gating;
  return runs.flatMap(({ run, sample }) => {
    const values = judgedValues(sample, id, gating);
    return values.length === 0 ? [] : [{ run, value: mean(values.map((value) => badness(value, metric))) }];
  });
}

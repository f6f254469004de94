import { mean } from "simple-statistics";
import type { TimingGating } from "../metrics/metric.ts";
import type { Cell, Trial } from "../model/results.ts";
import { centre } from "../stats/centre.ts";
import type { FailureCount } from "../stats/fisher.ts";
import { meetsFloor } from "./sample-floor.ts";

/** What one record's trials of a cell say, trials on one boot put together. */
export interface CellSample {
  /** Valid trials, each on its own. */
  readonly trials: readonly Trial[];
  /** The same by server start: the unit everything counts in. */
  readonly boots: readonly (readonly Trial[])[];
  /** Over the trials that carry counts. */
  readonly failures: FailureCount;
  /** Values by metric, one a boot: everything that could be computed. */
  readonly shown: ReadonlyMap<string, readonly number[]>;
}

export function cellSample(cell: Pick<Cell, "trials">): CellSample {
  const trials = cell.trials.filter(({ valid }) => valid !== false);
  const boots = byBoot(trials);
  const metrics = new Set(trials.flatMap(({ summary }) => Object.keys(summary ?? {})));
  const shown = new Map([...metrics].map((metric) => [metric, perBoot(boots, ({ summary }) => summary?.[metric])]));
  return { trials, boots, failures: countFailures(trials), shown };
}

/** Several samples of one cell as one. */
export function mergedSample(samples: readonly CellSample[]): CellSample {
  return cellSample({ trials: samples.flatMap(({ trials }) => trials) });
}

/** Values as tables show them. */
export function shownValues({ shown }: CellSample, metric: string): readonly number[] {
  return shown.get(metric) ?? [];
}

/** The same for several runs, one list for each that has any. */
export function shownByRun(runs: readonly CellSample[], metric: string): readonly (readonly number[])[] {
  return runs.map((run) => shownValues(run, metric)).filter(({ length }) => length > 0);
}

/**
 * Values the gate believes, one a boot: above 0, and with enough samples behind them. A summary that came without counts
 * is taken as it is, since nobody can tell.
 */
export function judgedValues(sample: CellSample, metric: string, { floor }: TimingGating): readonly number[] {
  return perBoot(sample.boots, ({ summary, counts }) => {
    const value = summary?.[metric];
    if (value === undefined || !(value > 0)) return undefined;
    return counts === undefined || meetsFloor(floor, counts) ? value : undefined;
  });
}

/** Mean output tokens of a trial; absent where no trial tells. */
export function tokensPerTrial({ trials }: CellSample): number | undefined {
  const tokens = trials.flatMap(({ counts, summary }) => counts?.outputTokens ?? summary?.["output_tokens"] ?? []);
  return tokens.length === 0 ? undefined : mean(tokens);
}

function perBoot(boots: readonly (readonly Trial[])[], pick: (trial: Trial) => number | undefined): readonly number[] {
  const centres: number[] = [];
  for (const trials of boots) {
    const values: number[] = [];
    for (const trial of trials) {
      const value = pick(trial);
      if (value !== undefined && Number.isFinite(value)) values.push(value);
    }
    if (values.length > 0) centres.push(centre(values));
  }
  return centres;
}

function byBoot(trials: readonly Trial[]): readonly (readonly Trial[])[] {
  const boots = new Map<string, Trial[]>();
  trials.forEach((trial, index) => {
    const boot = trial.boot === undefined ? `own ${index}` : `boot ${trial.boot}`;
    boots.set(boot, [...(boots.get(boot) ?? []), trial]);
  });
  return [...boots.values()];
}

function countFailures(trials: readonly Trial[]): FailureCount {
  const counts = trials.flatMap((trial) => trial.counts ?? []);
  return {
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
    total: counts.reduce((sum, { requests }) => sum + requests, 0),
  };
}

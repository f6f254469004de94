/** The settings that fit a machine: as many trials, and as small a minimum effect, as its noise lets the gate keep. */
import { mean } from "simple-statistics";
import { tQuantile } from "../stats/student-t.ts";
import type { DraftCell, HistoryTiming } from "./draft-row.ts";
import { bothTails, LEAST_STANDARD_ERROR, PRIOR_WEIGHT } from "./estimate.ts";
import { type HistoryEstimate, spreadWithin } from "./history-estimate.ts";
import { minDetectable, POWER } from "./judge-timing.ts";
import { PAIRS_A_LOOK } from "./paired-sample.ts";
import { pairsNeeded } from "./pairs-needed.ts";
import { historyProof } from "./proof.ts";
import { isScreened } from "./screen.ts";

/** `confirm`: what the history screens is proven in pairs. */
export type SettledBy = "history" | "confirm" | "paired";

export interface FittingSettings {
  readonly settledBy: SettledBy;
  /** The blocking timings that are no tails, which have to be seen in every workload: throughput and ITL P50 by default. */
  readonly metrics: readonly string[];
  /** For each number of trials that is worth a thought; one entry without `trials` where only pairs are measured. */
  readonly choices: readonly SettingsChoice[];
  /** The fewest trials with which the minimum effect that is set now is seen; where none do, those that see most. */
  readonly recommended?: SettingsChoice & { readonly minEffect: number };
}

interface SettingsChoice {
  readonly trials?: number;
  /** Ratio, a whole percent: the least loss that is seen. Absent: nothing up to 100 % is. */
  readonly minEffect?: number;
  /** The same once the history has `GROWN_RUNS` that spread like those it has now; absent where it has them. */
  readonly laterMinEffect?: number;
}

/** From so many runs on, more of them hardly change what can be seen. */
export const GROWN_RUNS = 10;

const TRIALS = [2, 3, 4, 5] as const;
/** Both looks of the confirmation together. */
const MOST_PAIRS = 2 * PAIRS_A_LOOK;
const MOST_PERCENT = 100;

interface Wanted {
  readonly familySize: number;
  readonly settledBy: SettledBy;
  /** The p under which a row is screened. */
  readonly level: number;
  /** The default minimum effect as it is set now. */
  readonly wanted: number;
}

export function calibrationSettings(cells: readonly DraftCell[], wanted: Wanted): FittingSettings {
  const { settledBy } = wanted;
  const middles = cells.flatMap(middlesOf);
  const metrics = [...new Set(middles.map(({ metric }) => metric))];
  if (middles.length === 0) return { settledBy, metrics, choices: [] };
  const choices =
    settledBy === "paired"
      ? [{ ...present("minEffect", leastEffect(middles, { trials: 1, runs: 0 }, wanted)) }]
      : TRIALS.map((trials) => choiceOf(middles, trials, wanted));
  const recommended = bestOf(choices, wanted.wanted);
  return { settledBy, metrics, choices, ...(recommended === undefined ? {} : { recommended }) };
}

function choiceOf(middles: readonly Middle[], trials: number, wanted: Wanted): SettingsChoice {
  const isYoung = middles.some(({ timing }) => timing.estimate.runs < GROWN_RUNS);
  const later = isYoung ? leastEffect(middles, { trials, runs: GROWN_RUNS }, wanted) : undefined;
  return {
    trials,
    ...present("minEffect", leastEffect(middles, { trials, runs: 0 }, wanted)),
    ...present("laterMinEffect", later),
  };
}

function present<K extends "minEffect" | "laterMinEffect">(
  key: K,
  value: number | undefined,
): { readonly [P in K]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: number });
}

interface Middle {
  readonly metric: string;
  readonly timing: HistoryTiming;
  readonly priorTrialSd: number;
  /** Blocking timings of its cell. */
  readonly inCell: number;
}

function middlesOf({ rows }: DraftCell): readonly Middle[] {
  const blocking = rows.flatMap(({ gated, metric, case: rowCase }) =>
    gated && rowCase.kind === "history" && metric.gating?.kind === "timing"
      ? [{ metric: metric.id, timing: rowCase.timing, priorTrialSd: metric.gating.priorTrialSd }]
      : [],
  );
  return blocking.filter(({ timing }) => timing.location).map((row) => ({ ...row, inCell: blocking.length }));
}

/** What a history is thought to be like: `trials` in each run, and `runs` in it, or as many as there are if that is more. */
interface Assumed {
  readonly trials: number;
  readonly runs: number;
}

/** In whole percents, rounded up. */
function leastEffect(middles: readonly Middle[], assumed: Assumed, wanted: Wanted): number | undefined {
  const rows = middles.map((middle) => ({ ...middle, estimate: assumedEstimate(middle.timing, assumed) }));
  for (let percent = 1; percent <= MOST_PERCENT; percent++) {
    if (rows.every((row) => isSeen(row, percent / 100, wanted))) return percent / 100;
  }
  return undefined;
}

/** Whether a loss of the minimum effect is found with 80 % power in each of the stages it has to pass. */
function isSeen(
  { timing, priorTrialSd, inCell, estimate }: Middle & { readonly estimate: HistoryEstimate },
  minEffect: number,
  { familySize, settledBy, level }: Wanted,
): boolean {
  if (settledBy === "history") {
    const proof = historyProof(estimate, { minEffect, location: timing.location });
    const detectable = minDetectable({ estimate, minEffect, proof }, familySize);
    return detectable !== undefined && detectable <= minEffect;
  }
  const pairs = pairsNeeded(timing.source.epochs.flat(), { priorTrialSd, minEffect, familySize: inCell });
  return pairs <= MOST_PAIRS && (settledBy === "paired" || isSentOn(estimate, minEffect, level));
}

/** Four of five losses of that size look worse than this one, which is screened. */
function isSentOn(estimate: HistoryEstimate, minEffect: number, level: number): boolean {
  const { standardError, degreesOfFreedom } = estimate;
  const low = Math.log(1 + minEffect) - tQuantile(POWER, degreesOfFreedom) * standardError;
  return isScreened(
    { ...estimate, estimate: low, ...bothTails(low / standardError, degreesOfFreedom) },
    minEffect,
    level,
  );
}

/**
 * The history as it would be if every run in it, and the candidate, had so many trials: of a run's variance the part
 * that its trials bring shrinks with their number, and the rest stays. A candidate with more trials than its history has
 * gains nothing, so the two go together.
 */
function assumedEstimate({ source, estimate }: HistoryTiming, { trials, runs: wanted }: Assumed): HistoryEstimate {
  const { epochs, priorSd } = source;
  const all = epochs.flat();
  const runs = spreadWithin(epochs.map((epoch) => epoch.map((run) => mean([...run]))));
  const within = spreadWithin(all);
  const share = mean(all.map((run) => 1 / run.length));
  const runVariance = runs.freedom === 0 ? 0 : runs.squares / runs.freedom;
  // By chance trials may differ by more than their runs' centres allow for.
  const trialVariance = within.freedom === 0 ? 0 : Math.min(within.squares / within.freedom, runVariance / share);
  const seen = runVariance + trialVariance * (1 / trials - share);
  const count = Math.max(estimate.runs, wanted);
  const freedom = runs.freedom + count - estimate.runs;
  const degreesOfFreedom = PRIOR_WEIGHT + freedom;
  const variance = (PRIOR_WEIGHT * priorSd * priorSd + freedom * seen) / degreesOfFreedom;
  const standardError = Math.max(LEAST_STANDARD_ERROR, Math.sqrt(variance * (1 + 1 / count)));
  return {
    estimate: 0,
    standardError,
    degreesOfFreedom,
    ...bothTails(0, degreesOfFreedom),
    deviations: Array<number>(trials).fill(0),
    runs: count,
  };
}

function bestOf(choices: readonly SettingsChoice[], wanted: number): FittingSettings["recommended"] {
  const able = choices.flatMap(({ minEffect, ...choice }) =>
    minEffect === undefined ? [] : [{ ...choice, minEffect }],
  );
  const least = Math.min(...able.map(({ minEffect }) => minEffect));
  return able.find(({ minEffect }) => minEffect <= wanted) ?? able.find(({ minEffect }) => minEffect === least);
}

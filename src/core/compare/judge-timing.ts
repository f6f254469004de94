import type { Finding, Reason } from "../model/comparison.ts";
import { tQuantile } from "../stats/student-t.ts";
import { estimateInterval, type HistoryEstimate } from "./history-estimate.ts";

/** One timing, ready to be judged. */
export interface TimingCase {
  readonly estimate: HistoryEstimate;
  /** Ratio. */
  readonly minEffect: number;
  readonly location: boolean;
}

/** Its p of being worse and better, adjusted for the family of tests. */
export interface AdjustedP {
  readonly worse: number;
  readonly better: number;
}

export interface Judgement {
  readonly finding: Finding;
  readonly reason: Reason;
}

export const CONFIDENCE = 0.9;
/** Of the minimum effect: an estimate below it never blocks, however sure. At the whole of it half of all true losses would pass. */
const FLOOR_SHARE = 0.6;
/** Raw p under which a large loss that was not proven is worth a second look. */
const SUSPICIOUS = 0.01;
/** Runs from which a history speaks by its own spread more than by the prior. */
const PROVEN_RUNS = 3;
const POWER = 0.8;

/** What the rules of DESIGN §8.1 find, strictest first. */
export function judgeTiming(timing: TimingCase, p: AdjustedP): Judgement {
  const { estimate, deviations, runs } = timing.estimate;
  const level = familyLevel(deviations.length);
  const floor = estimateFloor(timing);
  if (p.worse <= level && estimate >= floor && agree(timing, deviations)) {
    return { finding: "regressed", reason: runs < PROVEN_RUNS || deviations.length === 1 ? "gross" : "significant" };
  }
  const gains = deviations.map((deviation) => -deviation);
  if (p.better <= level && -estimate >= floor && agree(timing, gains)) {
    return { finding: "improved", reason: "significant" };
  }
  const { low, high } = estimateInterval(timing.estimate, CONFIDENCE);
  const margin = Math.log(1 + timing.minEffect);
  if (low > -margin && high < margin) return { finding: "unchanged", reason: "within-min-effect" };
  return { finding: "inconclusive", reason: whyUndecided(timing, p.worse <= level) };
}

function whyUndecided(timing: TimingCase, significant: boolean): Reason {
  const { estimate, deviations, pWorse } = timing.estimate;
  const large = estimate >= blockFloor(timing.minEffect);
  if (significant && large && deviations.length > 1) return "trials-disagree";
  if (large && pWorse < SUSPICIOUS) return "suspicious";
  return significant ? "below-floor" : "noise";
}

/**
 * The smallest worsening that would be found with 80 % power, a positive ratio; `familySize` tests share the level.
 * Absent where nothing could be found: one trial cannot prove a tail.
 */
export function minDetectable(timing: TimingCase, familySize: number): number | undefined {
  const { standardError, degreesOfFreedom, deviations } = timing.estimate;
  if (!isProvable(timing)) return undefined;
  const level = familyLevel(deviations.length) / familySize;
  const needed = Math.max(tQuantile(1 - level, degreesOfFreedom), estimateFloor(timing) / standardError);
  return Math.exp((needed + tQuantile(POWER, degreesOfFreedom)) * standardError) - 1;
}

/**
 * The level of the whole family. Three trials that must all agree bring the nominal 5 % down to a measured 0.2–1 %;
 * one or two trials cannot, so their level itself is 1 %.
 */
function familyLevel(trials: number): number {
  return trials >= 3 ? 0.05 : 0.01;
}

/** ln of the least change that blocks, were it proven. */
function blockFloor(minEffect: number): number {
  return Math.log(1 + FLOOR_SHARE * minEffect);
}

/** One trial has nobody to agree with: it must show twice the minimum effect. */
function estimateFloor({ minEffect, estimate }: TimingCase): number {
  return estimate.deviations.length === 1 ? Math.log(1 + 2 * minEffect) : blockFloor(minEffect);
}

/** Every trial is worse by half the floor: one slow start of the server is not a slow build. */
function agree(timing: TimingCase, deviations: readonly number[]): boolean {
  const half = blockFloor(timing.minEffect) / 2;
  return isProvable(timing) && deviations.every((deviation) => deviation >= half);
}

function isProvable({ location, estimate }: TimingCase): boolean {
  return location || estimate.deviations.length > 1;
}

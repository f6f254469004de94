/** What it takes to prove a loss: one set of demands against a history, another against the base build. */
import type { HistoryEstimate } from "./history-estimate.ts";
import type { PairedEstimate } from "./paired-estimate.ts";

export interface Proof {
  /** Of the family's adjusted p, here and now. */
  readonly level: number;
  /** Of the family all in all: what a row could have seen is reckoned with it. */
  readonly familyLevel: number;
  /** Log-badness under which an estimate never blocks, however sure. */
  readonly floor: number;
  /** The same where nothing special is asked of a single trial. */
  readonly blockFloor: number;
  /** Whether the single trials or pairs bear the estimate out: of a loss (1), of a gain (−1). */
  readonly agrees: (sign: 1 | -1) => boolean;
  /** Whether there is more than one to agree. */
  readonly canAgree: boolean;
  /** Whether this row could ever be proven. */
  readonly isProvable: boolean;
  /** Too little is known of the noise for more than a gross loss. */
  readonly isGross: boolean;
  /** Raw p under which a large loss that was not proven is worth a second look. */
  readonly suspiciousP: number;
}

/** Of the minimum effect. At the whole of it half of all true losses of that size would pass. */
const FLOOR_SHARE = 0.6;
/** Runs from which a history speaks by its own spread more than by the prior. */
const PROVEN_RUNS = 3;
/** Chance of a false alarm of the confirmation, over the whole family and both looks. */
export const CONFIRMATION_LEVEL = 0.01;
/** How the looks share it: their sum is the whole, so it holds however the two depend on each other. */
const SPENT = { 1: 0.3, 2: 0.7 } as const;
/** Share of the pairs that must point the way of the estimate. */
const AGREEING_SHARE = 0.75;

export type Look = 1 | 2;

export function historyProof(
  { deviations, runs }: HistoryEstimate,
  { minEffect, location }: { readonly minEffect: number; readonly location: boolean },
): Proof {
  const trials = deviations.length;
  const blockFloor = leastFloor(minEffect);
  const isProvable = location || trials > 1;
  return {
    level: historyLevel(trials),
    familyLevel: historyLevel(trials),
    // One trial has nobody to agree with: it must show twice the minimum effect.
    floor: trials === 1 ? Math.log(1 + 2 * minEffect) : blockFloor,
    blockFloor,
    // Every trial is worse by half the floor: one slow start of the server is not a slow build.
    agrees: (sign) => isProvable && deviations.every((deviation) => sign * deviation >= blockFloor / 2),
    canAgree: trials > 1,
    isProvable,
    isGross: runs < PROVEN_RUNS || trials === 1,
    suspiciousP: 0.01,
  };
}

export function pairedProof({ differences }: PairedEstimate, minEffect: number, look: Look): Proof {
  const needed = Math.ceil(AGREEING_SHARE * differences.length);
  return {
    level: SPENT[look] * CONFIRMATION_LEVEL,
    familyLevel: CONFIRMATION_LEVEL,
    floor: leastFloor(minEffect),
    blockFloor: leastFloor(minEffect),
    agrees: (sign) => pairsThatPoint(differences, sign) >= needed,
    canAgree: true,
    isProvable: true,
    isGross: false,
    suspiciousP: 0.05,
  };
}

/** Pairs in which the candidate was worse (1) or better (−1). */
export function pairsThatPoint(differences: readonly number[], sign: 1 | -1): number {
  return differences.filter((difference) => sign * difference > 0).length;
}

/**
 * The level of the whole family. Three trials that must all agree bring the nominal 5 % down to a measured 0.2–1 %;
 * one or two trials cannot, so their level itself is 1 %.
 */
function historyLevel(trials: number): number {
  return trials >= 3 ? 0.05 : 0.01;
}

/** ln of the least change that blocks, were it proven. */
export function leastFloor(minEffect: number): number {
  return Math.log(1 + FLOOR_SHARE * minEffect);
}

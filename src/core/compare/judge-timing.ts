import type { Finding, Reason } from "../model/comparison.ts";
import { tQuantile } from "../stats/student-t.ts";
import { type Estimate, estimateInterval } from "./estimate.ts";
import type { Proof } from "./proof.ts";

/** One timing, ready to be judged. */
export interface TimingCase {
  readonly estimate: Estimate;
  /** Ratio. */
  readonly minEffect: number;
  readonly proof: Proof;
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
export const POWER = 0.8;

/** What the rules of DESIGN §8.1 find, strictest first. */
export function judgeTiming({ estimate, minEffect, proof }: TimingCase, p: AdjustedP): Judgement {
  if (p.worse <= proof.level && estimate.estimate >= proof.floor && proof.agrees(1)) {
    return { finding: "regressed", reason: proof.isGross ? "gross" : "significant" };
  }
  if (p.better <= proof.level && -estimate.estimate >= proof.floor && proof.agrees(-1)) {
    return { finding: "improved", reason: "significant" };
  }
  const { low, high } = estimateInterval(estimate, CONFIDENCE);
  const margin = Math.log(1 + minEffect);
  if (low > -margin && high < margin) return { finding: "unchanged", reason: "within-min-effect" };
  return { finding: "inconclusive", reason: whyUndecided({ estimate, minEffect, proof }, p.worse <= proof.level) };
}

function whyUndecided({ estimate, proof }: TimingCase, isSignificant: boolean): Reason {
  const isLarge = estimate.estimate >= proof.blockFloor;
  if (isSignificant && isLarge && proof.canAgree) return "trials-disagree";
  if (isLarge && estimate.pWorse < proof.suspiciousP) return "suspicious";
  return isSignificant ? "below-floor" : "noise";
}

/**
 * The smallest worsening that would be found with 80 % power, a positive ratio; `familySize` tests share the level.
 * Absent where nothing could be found: one trial cannot prove a tail.
 */
export function minDetectable({ estimate, proof }: TimingCase, familySize: number): number | undefined {
  if (!proof.isProvable) return undefined;
  const { standardError, degreesOfFreedom } = estimate;
  const level = proof.familyLevel / familySize;
  const needed = Math.max(tQuantile(1 - level, degreesOfFreedom), proof.floor / standardError);
  return Math.exp((needed + tQuantile(POWER, degreesOfFreedom)) * standardError) - 1;
}

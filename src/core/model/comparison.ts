import type { GatePolicy } from "./config.ts";
import type { CellKey } from "./results.ts";
import type { AcceptedLoss } from "./waiver.ts";

/** `serving-gate/comparison@1` (DESIGN §5): what the gate found. Holds no timestamps: the same input gives the same bytes. */
export interface Comparison {
  readonly schema: typeof COMPARISON_SCHEMA;
  readonly verdict: VerdictKind;
  readonly exitReason: ExitReason;
  /** One sentence a reader understands, in English; reports say it in their own words from `exitReason` and the rows. */
  readonly reason: string;
  /** Why it is inconclusive; only with that verdict. */
  readonly cause?: InconclusiveCause;
  /** What of the policy says whether this verdict blocks; absent in comparisons of other tools. */
  readonly policy?: Pick<GatePolicy, "onInconclusive" | "onMissing" | "dryRun">;
  /** Runs that feed the baseline (after lanes and status), the most of any cell. */
  readonly baselineRuns: number;
  readonly cells: readonly ComparedCell[];
  readonly warnings: readonly GateWarning[];
}

export const COMPARISON_SCHEMA = "serving-gate/comparison@1";

export type VerdictKind = "pass" | "fail" | "inconclusive" | "error";
export type ExitReason = "ok" | "first-baseline" | "regression" | "missing" | "errors" | "inconclusive" | "error";
/** What kept the whole run from a verdict, most serious first. */
export type InconclusiveCause =
  | "suspicious" // a blocking row looks worse and is not proven
  | "not-confirmed" // a blocking row looks worse, and the A/B confirmation could not decide it: time, or starts that failed
  | "too-many-errors" // under 90 % of a cell's requests are ok, so its timings are biased
  | "different-work" // a cell's output tokens per run differ by more than 10 %
  | "nothing-judgeable" // a cell has no blocking timing that can be judged: not comparable, invalid, too few requests
  | "no-power"; // no location metric (throughput, ITL P50) could be decided: too few runs, or too much noise
export type Finding = "regressed" | "improved" | "unchanged" | "inconclusive" | "new" | "missing" | "invalid";

export interface ComparedCell extends CellKey {
  readonly phaseTitle?: string;
  readonly modelLabel?: string;
  readonly metrics: readonly MetricRow[];
  /** What the server's own counters say moved the wrong way; absent where nothing did, or a side does not tell. */
  readonly serverMoves?: readonly ServerMove[];
}

/** Means over trials. Shares are ratios. */
export interface ServerMove {
  readonly name: "preemptions" | "kv_cache_use_max" | "prefix_cache_hit_rate" | "requests_waiting_max";
  readonly baseline: number;
  readonly candidate: number;
}

/** One metric of one cell. Values are geometric means over trials (baseline: over runs), so change = candidate ÷ baseline − 1. */
export interface MetricRow {
  readonly metric: string;
  /** Whether this row can block the pull request. */
  readonly gated: boolean;
  readonly finding: Finding;
  readonly baseline?: number;
  readonly candidate?: number;
  /** Ratio, signed arithmetically; the metric's direction decides good or bad. */
  readonly change?: number;
  /** Of the change, a ratio like it. */
  readonly interval?: Interval;
  /** Of being worse (better, where improved), adjusted for the family of tests. */
  readonly pAdjusted?: number;
  /** Smallest worsening this row could have seen with 80 % power; a positive ratio. */
  readonly minDetectable?: number;
  /** Which test decided; absent where none was made. */
  readonly stage?: "history" | "confirmation";
  /** What the history had said of a row that the confirmation decided; `p` is raw and one-sided. */
  readonly screen?: { readonly change: number; readonly p: number };
  /** Whole pairs of arms, those of them in which the candidate was worse, and the look (1 or 2) that decided. */
  readonly confirmation?: { readonly pairs: number; readonly worse: number; readonly look?: number };
  /** Of a regression that does not block, because it was accepted. */
  readonly waiver?: AcceptedLoss;
  /** Of a regression that does not block, because the base branch itself is as slow since that commit (or day). */
  readonly inherited?: { readonly since: string };
  /** Ratio: the smallest harmful change the gate is built to catch in this row. */
  readonly minEffect?: number;
  readonly baselineRuns: number;
  readonly candidateTrials: number;
  /** Why the finding is what it is. */
  readonly reason: Reason;
  /** English sentences for who reads the file; reports say the same in their own words from the row's fields. */
  readonly warnings: readonly string[];
  /** With reason `not-comparable`: where the lanes differ. */
  readonly differs?: readonly LaneDifference[];
}

/** One difference between the lane of the newest record and the candidate's: `--max-batch-size` 8 → 24. */
export interface LaneDifference {
  readonly what: "argument" | "schedule" | "environment";
  /** Of an argument: `--max-batch-size`. */
  readonly name?: string;
  /** Absent where that side has no such argument. */
  readonly baseline?: string;
  readonly candidate?: string;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
}

/**
 * A kebab-case code of why a row was found as it was; reports say each in the reader's language (`reason.<code>` of the
 * dictionaries), with the row's own numbers. DESIGN §5 writes it as a string.
 */
export type Reason =
  | "significant" // regressed or improved: adjusted p, size and agreement hold
  | "gross" // regressed by more than any noise seen: one run, one trial
  | "all-failed" // error_rate: no request of the candidate was answered
  | "more-failures" // error_rate: Fisher's exact test
  | "some-failures" // error_rate: failures, too few to tell
  | "within-min-effect" // unchanged: the interval lies inside the minimum effect
  | "equal" // unchanged: no failure on either side
  | "no-more-failures" // unchanged: failures, but no more of them than in the baseline
  | "suspicious" // inconclusive: large, not proven
  | "not-confirmed" // inconclusive: looked worse, and the confirmation did not come to an end
  | "too-few-pairs" // inconclusive: fewer than two whole pairs of arms
  | "trials-disagree" // inconclusive: significant on average, not in every trial
  | "noise" // inconclusive: the interval straddles
  | "below-floor" // inconclusive: significant but small
  | "too-few-samples" // a percentile under its sample floor
  | "too-few-ok" // fewer than 5 answered requests
  | "failures-bias" // under 90 % of the candidate's requests are ok
  | "different-work" // output tokens per run differ by more than 10 %
  | "different-chunking" // tokens per chunk differ by more than 5 %
  | "not-comparable" // the lane differs
  | "no-baseline" // new: the baseline has no such cell
  | "not-measured" // missing: the candidate has no such cell
  | "no-valid-trial" // invalid
  | "not-judged"; // a metric that is reported only

/** A fact that weakens the result, with what would cure it. */
export interface GateWarning {
  readonly kind:
    | "few-runs" // learning: too few baseline runs; `runs`, `wanted`
    | "one-boot" // trials on a server that was already running count as one
    | "host-differs"
    | "load-bound" // throughput set by the schedule
    | "purpose-worse" // a purpose metric worse by over 25 % that does not block
    | "summary-only"
    | "void-trials" // trials that do not count; `trials`, `of`, `reason`
    | "missing" // cells that were measured before and are not now, where `on-missing` is warn
    | "baseline-slowed" // the history was cut where the base branch itself became slower; `since`, `change`
    | "unstable-history" // stored runs alarm against each other; `alarms`, `runs`
    | "waiver-stale" // a waiver that accepts nothing; `why`: expired | unused, `expires`, `issue`
    | "waiver-exceeded" // a waiver whose ceiling the loss is past; `ceiling`, `issue`
    | "confirmation-time"; // the confirmation ran out of its minutes
  readonly cell?: CellKey;
  readonly metric?: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

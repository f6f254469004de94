/**
 * The one place that decides. Reports, exit codes and outputs repeat what stands here.
 *
 * What a clean candidate is told while the history grows, with three trials on a machine whose runs spread by 1 %:
 * no run: pass, "first baseline"; one run: inconclusive, for not even throughput could be told apart from noise
 * (it would see a loss of 27 %); two: pass where the two agree closely enough to decide one location metric, else
 * inconclusive (15 %); three and four: pass (11 %, 9 %). Up to four the headline says "learning". It is never the
 * number of runs that decides but whether anything could be decided at all.
 */
import type { JudgedCell } from "../compare/cell-case.ts";
import type { ComparedRuns } from "../compare/compare-runs.ts";
import { isBlockingLocation } from "../compare/gate-warnings.ts";
import { isFailing } from "../compare/hindrance.ts";
import { metricById } from "../metrics/catalogue.ts";
import type { ExitReason, InconclusiveCause, MetricRow, VerdictKind } from "../model/comparison.ts";
import type { GatePolicy } from "../model/config.ts";

export interface Decision {
  readonly verdict: VerdictKind;
  readonly exitReason: ExitReason;
  readonly cause?: InconclusiveCause;
}

/** The verdict over the cells of the gated phases, the most serious first. */
export function decide(
  { cells, isConfirming }: Pick<ComparedRuns, "cells" | "isConfirming">,
  policy: GatePolicy,
): Decision {
  const gated = cells.filter((cell) => cell.gated);
  const failure = failureOf(gated, policy);
  if (failure !== undefined) return { verdict: "fail", exitReason: failure };
  const cause = inconclusiveCause(gated, policy) ?? (isConfirming || hadPower(gated, policy) ? undefined : "no-power");
  if (cause !== undefined) return { verdict: "inconclusive", exitReason: "inconclusive", cause };
  return { verdict: "pass", exitReason: isFirstBaseline(gated) ? "first-baseline" : "ok" };
}

/** Nothing that was measured has been seen before, nothing seen before is absent, and nothing stands beside it to compare with. */
function isFirstBaseline(gated: readonly JudgedCell[]): boolean {
  return (
    gated.length > 0 &&
    gated.every(({ history, sample, isPaired }) => history === "unknown" && sample !== undefined && !isPaired)
  );
}

/** A proven loss that nobody accepted, and that the base branch does not have itself. */
export function isBlockingLoss({ gated, finding, waiver, inherited }: MetricRow): boolean {
  return gated && finding === "regressed" && waiver === undefined && inherited === undefined;
}

/** Requests that fail make every other number moot; then a loss; then what was left out. */
function failureOf(gated: readonly JudgedCell[], { onMissing }: GatePolicy): ExitReason | undefined {
  const rows = rowsOf(gated).filter((row) => row.gated);
  const regressed = rows.filter(isBlockingLoss);
  if (regressed.some(({ metric }) => metricById(metric)?.gating?.kind === "failures")) return "errors";
  if (isFirstBaseline(gated) && gated.some(({ sample }) => sample !== undefined && isFailing(sample))) return "errors";
  if (regressed.length > 0) return "regression";
  return onMissing === "fail" && rows.some(({ finding }) => finding === "missing") ? "missing" : undefined;
}

function inconclusiveCause(gated: readonly JudgedCell[], policy: GatePolicy): InconclusiveCause | undefined {
  const rows = rowsOf(gated).filter((row) => row.gated);
  if (rows.some(({ reason }) => reason === "not-confirmed" || reason === "too-few-pairs")) return "not-confirmed";
  if (rows.some(isUnresolved)) return "suspicious";
  if (gated.some(({ sample }) => sample !== undefined && isFailing(sample))) return "too-many-errors";
  if (rows.some(({ reason }) => reason === "different-work")) return "different-work";
  if (gated.length === 0 || gated.some(isInvalid)) return "nothing-judgeable";
  // A policy under which no timing blocks asks for no judgement of any.
  if (policy.blocking.length === 0) return undefined;
  return gated.some(hasNothingJudgeable) ? "nothing-judgeable" : undefined;
}

/** Looks worse, and could not be proven. */
function isUnresolved({ finding, reason }: MetricRow): boolean {
  return finding === "inconclusive" && (UNRESOLVED as readonly string[]).includes(reason);
}
const UNRESOLVED = ["suspicious", "trials-disagree", "some-failures"] as const;

function isInvalid({ cell }: JudgedCell): boolean {
  return cell.metrics.some(({ finding }) => finding === "invalid");
}

/** A measured cell of which no blocking timing was put to a test. New cells have none to be tested against. */
function hasNothingJudgeable({ cell, history, isPaired, sample }: JudgedCell): boolean {
  const isKnown = history !== "unknown" || isPaired;
  return isKnown && sample !== undefined && !cell.metrics.some(isTested);
}

function isTested({ gated, interval }: MetricRow): boolean {
  return gated && interval !== undefined;
}

/**
 * At least one location metric was decided; where none blocks, one blocking timing. A first run and a policy without
 * timings ask for none. With a base build beside it the gate has the confirmation's power, however short the history.
 */
function hadPower(gated: readonly JudgedCell[], policy: GatePolicy): boolean {
  if (policy.blocking.length === 0 || isFirstBaseline(gated)) return true;
  const known = gated.filter(({ history, isPaired }) => history !== "unknown" || isPaired);
  const timings = rowsOf(known).filter((row) => isTested(row));
  const locations = timings.filter(isBlockingLocation);
  const deciding = locations.length > 0 ? locations : timings;
  return deciding.some(({ finding }) => finding !== "inconclusive");
}

function rowsOf(cells: readonly JudgedCell[]): readonly MetricRow[] {
  return cells.flatMap(({ cell }) => cell.metrics);
}

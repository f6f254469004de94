/** The confirmation's two looks, decided over the whole family of screened rows. Only fresh data speaks here. */
import { holm } from "../stats/holm.ts";
import type { DraftRow, PairedTiming } from "./draft-row.ts";
import { estimateInterval } from "./estimate.ts";
import type { AdjustedP } from "./judge-timing.ts";
import { PAIRS_A_LOOK } from "./paired-sample.ts";
import { type Look, pairedProof } from "./proof.ts";

export interface ConfirmationOutcome {
  readonly familySize: number;
  /** The look at which it ended. */
  readonly look: Look;
  /** Of the family's rows, at the look that decided each. */
  readonly adjusted: ReadonlyMap<DraftRow, AdjustedP>;
  /** The look that decided each row of the family; the others are shown by all their pairs. */
  readonly lookOf: ReadonlyMap<DraftRow, Look>;
  /** Proven worse. */
  readonly rejected: ReadonlySet<DraftRow>;
  /** Neither proven nor cleared when it ended. */
  readonly open: ReadonlySet<DraftRow>;
  /** What has to be measured before it can end, and for which look; absent where it has ended. */
  readonly next?: { readonly look: Look; readonly rows: ReadonlySet<DraftRow> };
}

/** A row that was screened. `timing` is absent where its cell has no arms, or none that tell. */
export interface ConfirmationMember {
  readonly row: DraftRow;
  /** Pairs of its cell, whole or not. */
  readonly ran: number;
  readonly timing?: PairedTiming;
}

/** 90 % both ways: its upper end is a one-sided bound at 95 %. */
const CLEARING_CONFIDENCE = 0.9;

/**
 * Pairs 1 to 3 are the first look. It ends there where anything is proven, or where everything is cleared (the upper
 * bound of the loss is under the minimum effect); else all pairs of the rows still open are the second look.
 *
 * The family is every screened row, measured or not, at both looks: a row that was cleared, or that time did not reach,
 * counts with p = 1. Counting only the rows still open would favour those that looked worst by chance.
 */
export function decideConfirmation(members: readonly ConfirmationMember[]): ConfirmationOutcome {
  const familySize = Math.max(1, members.length);
  const first = lookAt(members, 1, rowsOf(members));
  const open = members.filter((member) => !first.rejected.has(member.row) && !isCleared(member.timing, 1));
  if (first.rejected.size > 0 || open.length === 0) {
    const lookOf = new Map(members.map(({ row }) => [row, 1 as const]));
    return { familySize, look: 1, adjusted: first.adjusted, lookOf, rejected: first.rejected, open: rowsOf(open) };
  }
  const isOpen = rowsOf(open);
  const second = lookAt(members, 2, isOpen);
  const next = nextMeasurement(members, open);
  return {
    familySize,
    look: 2,
    adjusted: new Map([...first.adjusted, ...[...second.adjusted].filter(([row]) => isOpen.has(row))]),
    lookOf: new Map(members.map(({ row }) => [row, isOpen.has(row) ? (2 as const) : (1 as const)])),
    rejected: second.rejected,
    open: rowsOf(open.filter(({ row, timing }) => !second.rejected.has(row) && !isCleared(timing, 2))),
    ...(next === undefined ? {} : { next }),
  };
}

/**
 * Everything's first look comes before anything's second. A row is judged by the second look once, when its pairs are whole:
 * judging it on the way, and going on where that finds nothing, would spend the level twice.
 */
function nextMeasurement(
  members: readonly ConfirmationMember[],
  open: readonly ConfirmationMember[],
): ConfirmationOutcome["next"] {
  const lacking = (pairs: number) => open.filter(({ ran }) => ran < pairs);
  const first = lacking(PAIRS_A_LOOK);
  if (first.length > 0) return { look: 1, rows: rowsOf(first) };
  const second = lacking(2 * PAIRS_A_LOOK);
  const whole = rowsOf(open.filter((member) => !second.includes(member)));
  if (second.length === 0 || lookAt(members, 2, whole).rejected.size > 0) return undefined;
  return { look: 2, rows: rowsOf(second) };
}

function rowsOf(members: readonly ConfirmationMember[]): ReadonlySet<DraftRow> {
  return new Set(members.map(({ row }) => row));
}

interface LookOutcome {
  readonly adjusted: ReadonlyMap<DraftRow, AdjustedP>;
  readonly rejected: ReadonlySet<DraftRow>;
}

/** Rows outside `counting` hold their place in the family with p = 1. */
function lookAt(members: readonly ConfirmationMember[], look: Look, counting: ReadonlySet<DraftRow>): LookOutcome {
  const estimates = members.map(({ row, timing }) => (counting.has(row) ? timing?.looks[look]?.estimate : undefined));
  const worse = holm(estimates.map((estimate) => estimate?.pWorse ?? 1));
  const better = holm(estimates.map((estimate) => estimate?.pBetter ?? 1));
  const adjusted = new Map<DraftRow, AdjustedP>();
  const rejected = new Set<DraftRow>();
  for (const [index, { row, timing }] of members.entries()) {
    const p = { worse: worse[index] ?? 1, better: better[index] ?? 1 };
    adjusted.set(row, p);
    const estimate = estimates[index];
    if (estimate === undefined || timing === undefined) continue;
    const proof = pairedProof(estimate, timing.minEffect, look);
    if (p.worse <= proof.level && estimate.estimate >= proof.floor && proof.agrees(1)) rejected.add(row);
  }
  return { adjusted, rejected };
}

function isCleared(timing: PairedTiming | undefined, look: Look): boolean {
  const estimate = timing?.looks[look]?.estimate;
  if (timing === undefined || estimate === undefined) return false;
  return estimateInterval(estimate, CLEARING_CONFIDENCE).high < Math.log(1 + timing.minEffect);
}

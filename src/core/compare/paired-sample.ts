/** The arms of a confirmation, put in pairs. */
import type { Cell, Trial } from "../model/results.ts";
import type { FailureCount } from "../stats/fisher.ts";
import { type CellSample, cellSample } from "./cell-sample.ts";

export interface Pair {
  /** 0-based, among all pairs, whole or not: pairs 0 to 2 are the first look. */
  readonly index: number;
  readonly base: CellSample;
  readonly candidate: CellSample;
}

export interface PairedSample {
  /** Pairs of which both arms are whole, in the order they ran. */
  readonly pairs: readonly Pair[];
  /** Pairs that were begun and ended, whole or not. */
  readonly ran: number;
  /** A candidate arm that died counts all its requests as failed. */
  readonly failures: { readonly base: FailureCount; readonly candidate: FailureCount };
}

/** The first look takes so many pairs (ABBAAB), both looks together twice as many. */
export const PAIRS_A_LOOK = 3;

/** Undefined where no arm ran. The i-th base arm goes with the i-th candidate arm. */
export function pairedSample(cell: Cell): PairedSample | undefined {
  const arms = cell.confirmation ?? [];
  if (arms.length === 0) return undefined;
  const of = (arm: "base" | "candidate") => arms.flatMap((one) => (one.arm === arm ? [one.trial] : []));
  const [bases, candidates] = [of("base"), of("candidate")];
  const ran = Math.min(bases.length, candidates.length);
  const pairs: Pair[] = [];
  const boots = new Set<string>();
  for (let index = 0; index < ran; index++) {
    const [base, candidate] = [bases[index], candidates[index]];
    if (base === undefined || candidate === undefined || base.valid === false || candidate.valid === false) continue;
    // A server start that served an earlier pair, or both arms of this one, is no new evidence.
    const used = [base.boot, candidate.boot].filter((boot) => boot !== undefined);
    if (used.some((boot) => boots.has(boot)) || new Set(used).size < used.length) continue;
    for (const boot of used) boots.add(boot);
    pairs.push({ index, base: armSample(cell, base), candidate: armSample(cell, candidate) });
  }
  return {
    pairs,
    ran,
    failures: { base: counted(bases.filter(isWhole)), candidate: candidateFailures(candidates, bases) },
  };
}

function armSample(cell: Cell, trial: Trial): CellSample {
  return cellSample({ ...cell, trials: [trial] });
}

function isWhole({ valid }: Trial): boolean {
  return valid !== false;
}

/** An arm that is void and answered everything says nothing: our own client was late. Any other failed what it was asked. */
function candidateFailures(arms: readonly Trial[], bases: readonly Trial[]): FailureCount {
  const whole = counted(arms.filter(isWhole));
  const usual = Math.max(0, ...[...arms, ...bases].map(({ counts }) => counts?.requests ?? 0));
  const dead = arms.filter((arm) => !isWhole(arm) && isDead(arm)).length * usual;
  return { failed: whole.failed + dead, total: whole.total + dead };
}

function isDead({ counts }: Trial): boolean {
  return counts === undefined || counts.requests === 0 || counts.failed > 0;
}

function counted(arms: readonly Trial[]): FailureCount {
  let failed = 0;
  let total = 0;
  for (const { counts } of arms) {
    failed += counts?.failed ?? 0;
    total += counts?.requests ?? 0;
  }
  return { failed, total };
}

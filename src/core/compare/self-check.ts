/**
 * The history against itself: each stored run of the newest epoch once as the candidate, the others as its history.
 *
 * None of them holds a regression that anybody knows of, so what alarms there would alarm on a pull request too.
 */
import { mean } from "simple-statistics";
import { holm } from "../stats/holm.ts";
import type { DraftCell, HistoryTiming } from "./draft-row.ts";
import { estimateFromHistory } from "./history-estimate.ts";
import { judgeTiming } from "./judge-timing.ts";
import { historyProof, leastFloor } from "./proof.ts";

export interface SelfCheck {
  /** Runs that could be left out. */
  readonly runs: number;
  /** Those on which the history stage would have blocked. */
  readonly alarms: number;
}

/** More of them than this, and the machine is not stable enough for its own history. */
const ALARM_SHARE = 1 / 20;

export function isUnstable({ runs, alarms }: SelfCheck): boolean {
  return alarms > ALARM_SHARE * runs;
}

/** With fewer left over, the prior speaks and not the machine. */
const LEAST_RUNS = 3;

export function checkHistory(cells: readonly DraftCell[]): SelfCheck {
  const timings = cells.flatMap(({ rows }) =>
    rows.flatMap((row) => (row.gated && row.case.kind === "history" ? [row.case.timing] : [])),
  );
  const orders = [...new Set(timings.flatMap(({ source }) => source.orders))];
  if (orders.length < LEAST_RUNS) return { runs: 0, alarms: 0 };
  return { runs: orders.length, alarms: orders.filter((order) => alarms(order, timings)).length };
}

function alarms(order: number, timings: readonly HistoryTiming[]): boolean {
  // Most runs are nowhere near the floor on any row, and need no test.
  if (!timings.some((timing) => isFarOff(order, timing))) return false;
  const left = timings.flatMap((timing) => leftOut(order, timing));
  const adjusted = holm(left.map(({ estimate }) => estimate.pWorse));
  return left.some(({ estimate, minEffect, location }, index) => {
    const proof = historyProof(estimate, { minEffect, location });
    return (
      judgeTiming({ estimate, minEffect, proof }, { worse: adjusted[index] ?? 1, better: 1 }).finding === "regressed"
    );
  });
}

function isFarOff(order: number, timing: HistoryTiming): boolean {
  const { trials, others } = parted(order, timing);
  if (trials === undefined || others.length === 0) return false;
  return mean([...trials]) - mean(others.map((run) => mean([...run]))) >= leastFloor(timing.minEffect);
}

/** The run's values against the rest of its epoch; nothing where it is not among them, or nothing is left. */
function leftOut(order: number, timing: HistoryTiming) {
  const { source, minEffect, location } = timing;
  const { trials, others } = parted(order, timing);
  if (trials === undefined || others.length === 0) return [];
  const epochs = [...source.epochs.slice(0, -1), others];
  const estimate = estimateFromHistory({ epochs, trials, priorSd: source.priorSd });
  return [{ estimate, minEffect, location }];
}

function parted(order: number, { source }: HistoryTiming) {
  const current = source.epochs.at(-1) ?? [];
  const at = source.orders.indexOf(order);
  return { trials: current[at], others: current.filter((_run, index) => index !== at) };
}

import { metricById } from "../metrics/catalogue.ts";
import type { GateWarning, MetricRow } from "../model/comparison.ts";
import type { GatePolicy } from "../model/config.ts";
import type { ResultsFile, WorkloadInfo } from "../model/results.ts";
import { toSignificant } from "../stats/significant.ts";
import { knownWorkloads } from "../workload/built-in.ts";
import { workloadInfo } from "../workload/workload-info.ts";
import { type CellCase, currentRuns, type JudgedCell } from "./cell-case.ts";
import { cellKey } from "./cell-key.ts";
import type { DraftCell } from "./draft-row.ts";
import type { FoundCut } from "./epochs.ts";
import { loadBound } from "./load-bound.ts";
import { checkHistory, isUnstable } from "./self-check.ts";

/** Runs from which a history is no longer called learning. */
export const WANTED_RUNS = 5;
/** A purpose metric that is worse by more than this is in the headline even where it does not block. */
const PURPOSE_LOSS = 0.25;

interface Subject {
  readonly cells: readonly JudgedCell[];
  readonly cases: readonly CellCase[];
  readonly cuts: readonly FoundCut[];
  readonly drafts: readonly DraftCell[];
  /** With summaries. */
  readonly candidate: ResultsFile;
  readonly policy: GatePolicy;
  readonly isConfirming: boolean;
}

/** Facts that weaken the result, or that no row shows by itself. */
export function gateWarnings(subject: Subject): readonly GateWarning[] {
  return [
    ...fewRuns(subject),
    ...hostDiffers(subject),
    ...summaryOnly(subject),
    ...baselineSlowed(subject),
    ...unstableHistory(subject),
    ...confirmationTime(subject),
    ...notMeasured(subject),
    ...subject.cases.flatMap((one, index) => [
      ...voidTrials(one),
      ...oneBoot(one),
      ...scheduleSetsThroughput(one, subject.candidate),
      ...purposeWorse(one, subject.cells[index]?.cell.metrics ?? [], subject.candidate),
    ]),
  ];
}

/** "Learning, 3 of 5 runs: would see ≥ 11 %": of the run as a whole, and of cells that are younger than the rest. */
function fewRuns({ cells, isConfirming }: Subject): readonly GateWarning[] {
  // Where the base build is measured beside it, a short history only sends more to that.
  if (isConfirming) return [];
  const known = cells.filter(({ gated, sample, history }) => gated && sample !== undefined && history !== "unknown");
  if (known.length === 0) return [];
  const most = Math.max(...known.map(({ runs }) => runs));
  const warning = (runs: number, rows: readonly MetricRow[]): GateWarning => ({
    kind: "few-runs",
    values: { runs, wanted: WANTED_RUNS, ...detectableLoss(rows) },
  });
  if (most < WANTED_RUNS)
    return [
      warning(
        most,
        known.flatMap(({ cell }) => cell.metrics),
      ),
    ];
  return known
    .filter(({ runs, history }) => runs < WANTED_RUNS && history === "comparable")
    .map(({ cell, runs }) => ({ ...warning(runs, cell.metrics), cell: cellKey(cell) }));
}

/** The loss that every blocking location metric would show: throughput and ITL P50 by default. */
function detectableLoss(rows: readonly MetricRow[]): { readonly minDetectable?: number } {
  const losses = rows.filter(isBlockingLocation).flatMap(({ minDetectable }) => minDetectable ?? []);
  return losses.length === 0 ? {} : { minDetectable: toSignificant(Math.max(...losses)) };
}

export function isBlockingLocation({ metric, gated }: MetricRow): boolean {
  const gating = metricById(metric)?.gating;
  return gated && gating?.kind === "timing" && gating.location;
}

function hostDiffers({ cases, candidate }: Subject): readonly GateWarning[] {
  const { host } = candidate.environment;
  const hosts = cases.flatMap(({ history }) =>
    history.kind === "comparable" ? history.accepted.flatMap(({ run }) => run.results.environment.host ?? []) : [],
  );
  const [first] = hosts;
  if (host === undefined || first === undefined || hosts.includes(host)) return [];
  return [{ kind: "host-differs", values: { baseline: hosts.at(-1) ?? first, candidate: host } }];
}

function summaryOnly({ cases }: Subject): readonly GateWarning[] {
  const cells = cases.filter(({ sample }) => sample?.trials.some(({ requests }) => requests === undefined)).length;
  return cells === 0 ? [] : [{ kind: "summary-only", values: { cells } }];
}

/** The base branch itself became slower, and nobody said that it was meant to: every candidate is now compared with less. */
function baselineSlowed({ cuts }: Subject): readonly GateWarning[] {
  return cuts
    .filter(({ shift }) => shift > 0)
    .map(({ run, cell, metric, shift }) => {
      const { source, createdAt } = run.results;
      const since = source?.sha?.slice(0, 12) ?? createdAt.slice(0, 10);
      return { kind: "baseline-slowed", cell, metric, values: { since, change: toSignificant(Math.exp(shift) - 1) } };
    });
}

function unstableHistory({ drafts }: Subject): readonly GateWarning[] {
  const found = checkHistory(drafts);
  return isUnstable(found) ? [{ kind: "unstable-history", values: { alarms: found.alarms, runs: found.runs } }] : [];
}

function confirmationTime({ candidate, cells, policy }: Subject): readonly GateWarning[] {
  const isOpen = cells.some(({ cell }) =>
    cell.metrics.some(({ reason }) => reason === "not-confirmed" || reason === "too-few-pairs"),
  );
  if (candidate.confirmEnded !== "time" || !isOpen) return [];
  return [{ kind: "confirmation-time", values: { minutes: policy.confirmMaxMinutes } }];
}

function notMeasured({ cells, policy }: Subject): readonly GateWarning[] {
  if (policy.onMissing !== "warn") return [];
  return cells
    .filter(({ gated, sample }) => gated && sample === undefined)
    .map(({ cell }) => ({ kind: "missing", cell: cellKey(cell) }));
}

/** A trial that does not count is one start less to judge by. */
function voidTrials({ cell, sample }: CellCase): readonly GateWarning[] {
  const voided = sample === undefined ? [] : cell.trials.filter(({ valid }) => valid === false);
  if (voided.length === 0) return [];
  const { invalidReason = "" } = voided[0] ?? {};
  const values = { trials: voided.length, of: cell.trials.length, reason: invalidReason.slice(0, 200) };
  return [{ kind: "void-trials", cell: cellKey(cell), values }];
}

function oneBoot({ cell, sample }: CellCase): readonly GateWarning[] {
  if (sample === undefined || sample.boots.length === sample.trials.length) return [];
  const values = { trials: sample.trials.length, boots: sample.boots.length };
  return [{ kind: "one-boot", cell: cellKey(cell), values }];
}

function scheduleSetsThroughput(one: CellCase, candidate: ResultsFile): readonly GateWarning[] {
  const { cell, sample } = one;
  if (sample === undefined) return [];
  const runs = currentRuns(one).map((run) => run.sample);
  const bound = loadBound(sample, runs, knownWorkload(cell.workload, candidate)?.arrivals);
  if (bound === undefined) return [];
  const { scheduleSeconds, makespanSeconds } = bound;
  const values = {
    scheduleSeconds: toSignificant(scheduleSeconds),
    makespanSeconds: toSignificant(makespanSeconds),
  };
  return [{ kind: "load-bound", cell: cellKey(cell), metric: "output_throughput", values }];
}

function purposeWorse(one: CellCase, rows: readonly MetricRow[], candidate: ResultsFile): readonly GateWarning[] {
  const purpose = knownWorkload(one.cell.workload, candidate)?.purposeMetrics ?? [];
  return rows
    .filter(({ metric, gated, finding }) => purpose.includes(metric) && !(gated && finding === "regressed"))
    .flatMap(({ metric, change }) => {
      if (change === undefined) return [];
      const worsening = metricById(metric)?.better === "higher" ? -change : change;
      return worsening > PURPOSE_LOSS
        ? [{ kind: "purpose-worse", cell: cellKey(one.cell), metric, values: { change } }]
        : [];
    });
}

/** The workload as the results tell it; what they leave out is taken from the built-in workload of that name. */
function knownWorkload(name: string, { workloads }: ResultsFile): Partial<WorkloadInfo> | undefined {
  const told = workloads?.find((workload) => workload.name === name);
  const builtIn = knownWorkloads.find((workload) => workload.name === name);
  if (builtIn === undefined) return told;
  return { ...workloadInfo(builtIn), ...told };
}

/** What runs of one build say of the machine they ran on: how far they lie apart, and what the gate could see among them. */
import { mean } from "simple-statistics";
import type { TimingGating } from "../metrics/metric.ts";
import type { Reason } from "../model/comparison.ts";
import type { GatePolicy } from "../model/config.ts";
import type { CellKey, ResultsFile } from "../model/results.ts";
import { calibrationSettings, type FittingSettings, type SettledBy } from "./calibration-settings.ts";
import type { CellCase } from "./cell-case.ts";
import { cellKey } from "./cell-key.ts";
import { draftRuns, gatedGroups } from "./compare-runs.ts";
import type { DraftCell, DraftRow, HistoryTiming } from "./draft-row.ts";
import type { FoundCut } from "./epochs.ts";
import { gateabilityWarnings } from "./finished-row.ts";
import { estimateFromHistory, spreadWithin } from "./history-estimate.ts";
import { minDetectable } from "./judge-timing.ts";
import { pairsNeeded } from "./pairs-needed.ts";
import { historyProof } from "./proof.ts";
import { screenLevel } from "./screen.ts";
import { checkHistory, type SelfCheck } from "./self-check.ts";

export interface CalibrationInput {
  /** Of one build, or of a branch over time; only accepted ones count. */
  readonly runs: readonly ResultsFile[];
  readonly policy: GatePolicy;
  /** Absent: every phase in the data. */
  readonly gatedPhases?: readonly string[];
  /** Of a candidate; absent: as many as the newest run has. */
  readonly trials?: number;
  /** What proves a loss: the history, pairs after it, or pairs alone. */
  readonly settledBy: SettledBy;
}

export interface Calibration {
  /** Comparable runs of the newest epoch, the most of any cell. */
  readonly runs: number;
  /** Accepted records that are not among them: of another lane, of an older epoch, or older than the window. */
  readonly otherRuns: number;
  /** Of a candidate. */
  readonly trials: number;
  /** Blocking timings that share one level. */
  readonly familySize: number;
  readonly selfCheck: SelfCheck;
  /** Of the phases that gate, as the newest run has them. */
  readonly cells: readonly CalibratedCell[];
  readonly settings: FittingSettings;
  /** Where the runs changed their level for good: those before it are not the baseline any more. */
  readonly cuts: readonly FoundCut[];
  /** Trials of a run shared a server start, and count as one. */
  readonly sharesBoots: boolean;
}

export interface CalibratedCell {
  readonly key: CellKey;
  readonly modelLabel?: string;
  readonly rows: readonly CalibratedRow[];
}

/** One blocking timing. */
export type CalibratedRow = SpreadRow | { readonly kind: "unjudged"; readonly metric: string; readonly reason: Reason };

export interface SpreadRow {
  readonly kind: "spread";
  readonly metric: string;
  /** Standard deviation of the runs' centres, of logarithms: 0.01 is about 1 %. Absent with one run. */
  readonly runSd?: number;
  /** The same of trials around the centre of their run. Absent where every run has one. */
  readonly trialSd?: number;
  /** Ratio; absent where a candidate of so many trials could prove nothing. */
  readonly minDetectable?: number;
  /** Ratio. */
  readonly minEffect: number;
  readonly isGateable: boolean;
  /** Of base build and candidate, to see a loss of the minimum effect; only where pairs can be measured. */
  readonly pairs?: number;
}

/** Undefined without an accepted run. The newest one tells the cells and the machine. */
export function calibration(input: CalibrationInput): Calibration | undefined {
  const { policy, gatedPhases, settledBy } = input;
  const accepted = input.runs.filter(({ status }) => status === "accepted");
  const newest = newestOf(accepted);
  if (newest === undefined) return undefined;
  const { cases, drafts, cuts } = draftRuns({
    ...{ baseline: accepted, candidate: withoutArms(newest), policy },
    ...(gatedPhases === undefined ? {} : { gatedPhases }),
  });
  const timings = drafts.flatMap(({ rows }) => rows.flatMap(timingOf));
  const trials = input.trials ?? Math.max(1, ...cases.map(({ sample }) => sample?.boots.length ?? 0));
  const familySize = Math.max(1, timings.length);
  const judged = { trials, familySize, settledBy };
  const gated = cases.flatMap((one, index) => (one.gated ? [calibratedCell(one, drafts[index], judged)] : []));
  const runs = Math.max(0, ...cases.map(({ gated: counts, epochs }) => (counts ? (epochs.at(-1)?.length ?? 0) : 0)));
  return {
    runs,
    otherRuns: accepted.length - runs,
    trials,
    familySize,
    selfCheck: checkHistory(drafts),
    cells: gated.filter(({ rows }) => rows.length > 0),
    settings: calibrationSettings(drafts, {
      familySize,
      settledBy,
      level: screenLevel(gatedGroups(cases)),
      wanted: policy.minEffect.default,
    }),
    cuts,
    sharesBoots: cases.some(({ sample }) => sample !== undefined && sample.boots.length < sample.trials.length),
  };
}

function newestOf(runs: readonly ResultsFile[]): ResultsFile | undefined {
  return [...runs].sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt)).at(-1);
}

/** Arms of a confirmation say what a change did; here is none. */
function withoutArms(results: ResultsFile): ResultsFile {
  return { ...results, cells: results.cells.map(({ confirmation: _dropped, ...cell }) => cell) };
}

/** Of a blocking row that the history can judge. */
function timingOf({ gated, case: rowCase }: DraftRow): readonly HistoryTiming[] {
  return gated && rowCase.kind === "history" ? [rowCase.timing] : [];
}

interface Judged {
  readonly trials: number;
  readonly familySize: number;
  readonly settledBy: SettledBy;
}

function calibratedCell({ cell }: CellCase, draft: DraftCell | undefined, judged: Judged): CalibratedCell {
  const rows = (draft?.rows ?? []).filter(({ gated, metric }) => gated && metric.gating?.kind === "timing");
  const inCell = rows.flatMap(timingOf).length;
  return {
    key: cellKey(cell),
    ...(cell.modelLabel === undefined ? {} : { modelLabel: cell.modelLabel }),
    rows: rows.map((row) => calibratedRow(row, inCell, judged)),
  };
}

function calibratedRow({ metric, case: rowCase }: DraftRow, inCell: number, judged: Judged): CalibratedRow {
  if (rowCase.kind !== "history" || metric.gating?.kind !== "timing") {
    const reason = rowCase.kind === "settled" ? rowCase.judgement.reason : "not-judged";
    return { kind: "unjudged", metric: metric.id, reason };
  }
  const { timing } = rowCase;
  const { minEffect } = timing;
  const detectable = detectableLoss(timing, judged);
  return {
    kind: "spread",
    metric: metric.id,
    ...spreads(timing),
    ...(detectable === undefined ? {} : { minDetectable: detectable }),
    minEffect,
    isGateable: gateabilityWarnings(detectable, minEffect).length === 0,
    ...pairsOf(timing, metric.gating, { inCell, settledBy: judged.settledBy }),
  };
}

/** Within the epochs, as the gate pools them. */
function spreads({ source }: HistoryTiming): Pick<SpreadRow, "runSd" | "trialSd"> {
  const runs = spreadWithin(source.epochs.map((epoch) => epoch.map((run) => mean([...run]))));
  const trials = spreadWithin(source.epochs.flat());
  return {
    ...(runs.freedom === 0 ? {} : { runSd: Math.sqrt(runs.squares / runs.freedom) }),
    ...(trials.freedom === 0 ? {} : { trialSd: Math.sqrt(trials.squares / trials.freedom) }),
  };
}

/** By the gate's own formula, for a candidate that lies in the middle of the history. */
function detectableLoss({ source, minEffect, location }: HistoryTiming, judged: Judged): number | undefined {
  const { epochs, priorSd } = source;
  const middle = mean((epochs.at(-1) ?? []).map((run) => mean([...run])));
  const estimate = estimateFromHistory({ epochs, trials: Array<number>(judged.trials).fill(middle), priorSd });
  const proof = historyProof(estimate, { minEffect, location });
  return minDetectable({ estimate, minEffect, proof }, judged.familySize);
}

function pairsOf(
  { source, minEffect }: HistoryTiming,
  { priorTrialSd }: TimingGating,
  { inCell, settledBy }: { readonly inCell: number; readonly settledBy: SettledBy },
): Pick<SpreadRow, "pairs"> {
  if (settledBy === "history") return {};
  return { pairs: pairsNeeded(source.epochs.flat(), { priorTrialSd, minEffect, familySize: inCell }) };
}

/** Results files for tests of the gate, written by their summaries: what one trial said of each metric. */
import type { Comparison, MetricRow } from "../../src/core/model/comparison.ts";
import type { GatePolicy } from "../../src/core/model/config.ts";
import type { Cell, MetricSummary, ResultsFile, Trial, TrialCounts } from "../../src/core/model/results.ts";

export const defaultPolicy: GatePolicy = {
  blocking: ["output_throughput", "itl_p50", "itl_p95", "itl_p99"],
  minEffect: { default: 0.05, byMetric: {}, byWorkload: {} },
  method: "auto",
  onInconclusive: "warn",
  onMissing: "fail",
  confirmMaxMinutes: 60,
  dryRun: false,
};

/** 48 requests of 256 tokens: enough for every percentile but those at P99 over requests. */
const fullCounts: TrialCounts = { requests: 48, failed: 0, outputTokens: 12_288, gaps: 12_240 };

export function trialOf(summary: MetricSummary, counts: Partial<TrialCounts> = {}): Trial {
  const all = { ...fullCounts, ...counts };
  return { summary: { error_rate: all.failed / all.requests, ...summary }, counts: all };
}

export function cellOf(trials: readonly Trial[], extra: Partial<Cell> = {}): Cell {
  return { phase: "paged", model: "llama", workload: "chat", scheduleHash: "sha256:1", trials, ...extra };
}

/** `day` orders the history. */
export function resultsOf(day: number, cells: readonly Cell[], extra: Partial<ResultsFile> = {}): ResultsFile {
  return {
    schema: "serving-gate/results@1",
    createdAt: new Date(Date.UTC(2026, 0, 1 + day)).toISOString(),
    environment: { fingerprint: "gpu-a" },
    status: "accepted",
    cells,
    ...extra,
  };
}

/** One run per list, its trials' values of one metric. */
export function historyOf(metric: string, runs: readonly (readonly number[])[]): readonly ResultsFile[] {
  return runs.map((values, day) => resultsOf(day, [cellOf(values.map((value) => trialOf({ [metric]: value })))]));
}

export function candidateOf(metric: string, values: readonly number[]): ResultsFile {
  return resultsOf(100, [cellOf(values.map((value) => trialOf({ [metric]: value })))]);
}

/** Metric → its trials' values; a metric may have fewer of them than another. */
export type TrialValues = Readonly<Record<string, readonly number[]>>;

/** Trials without counts, so that no sample floor is in the way. */
export function bareTrials(values: TrialValues): readonly Trial[] {
  const longest = Math.max(0, ...Object.values(values).map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) => ({
    summary: Object.fromEntries(
      Object.entries(values).flatMap(([metric, list]) => {
        const value = list[index];
        return value === undefined ? [] : [[metric, value] as const];
      }),
    ),
  }));
}

/** Arms of a confirmation in turns, ABBAAB and BAABBA: the i-th of either side has the i-th of its values of one metric. */
export function armsOf(
  metric: string,
  base: readonly number[],
  candidate: readonly number[],
): NonNullable<Cell["confirmation"]> {
  const left = { base: base.map((value) => trialOf({ [metric]: value })), candidate: [] as Trial[] };
  left.candidate.push(...candidate.map((value) => trialOf({ [metric]: value })));
  return IN_TURNS.flatMap((arm) => {
    const trial = left[arm].shift();
    return trial === undefined ? [] : [{ arm, trial }];
  });
}

const IN_TURNS = [..."ABBAABBAABBA"].map((letter) => (letter === "A" ? "base" : "candidate"));

/** Relative difference; of two zeros none. */
export function relativeError(value: number | undefined, expected: number): number {
  if (value === expected) return 0;
  return Math.abs((value ?? Number.NaN) / expected - 1);
}

/** A row that must be there. */
export function rowOf(comparison: Comparison, metric: string, cell = 0): MetricRow {
  const found = comparison.cells[cell]?.metrics.find((row) => row.metric === metric);
  if (found === undefined) throw new Error(`no row ${metric} in cell ${cell}`);
  return found;
}

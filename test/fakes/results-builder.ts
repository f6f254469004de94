/** Results and comparisons with given numbers, for reports. The numbers are a real serving log's (test/fixtures). */
import { readFileSync } from "node:fs";
import type { ComparedCell, Comparison, GateWarning, MetricRow } from "../../src/core/model/comparison.ts";
import type { Cell, CellKey, ResultsFile, Trial } from "../../src/core/model/results.ts";
import { measuredValue } from "../../src/core/report/measured.ts";
import { builtInWorkloads } from "../../src/core/workload/built-in.ts";
import { workloadInfo } from "../../src/core/workload/workload-info.ts";

interface LogNumbers {
  readonly models: readonly (readonly [string, string])[];
  /** Phase title → workload → metric → a number for each model. */
  readonly phases: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>>>;
}

const log = JSON.parse(readFileSync("test/fixtures/serving-log-numbers.json", "utf8")) as LogNumbers;

/** "Phase 5 — Continuous Batching" → "continuous": the ids of DESIGN's example config. */
const PHASE_IDS: Readonly<Record<string, string>> = {
  "Phase 4 — Static Batching": "static",
  "Phase 5 — Continuous Batching": "continuous",
  "Phase 6 — Paged Attention with Triton Kernel": "paged",
};
const PHASE_ARGS: Readonly<Record<string, string>> = {
  static: "",
  continuous: "--batching-mode continuous",
  paged: "--batching-mode continuous --kv-cache-backend paged",
};

interface Scope {
  readonly phases?: readonly string[];
  readonly models?: readonly string[];
  readonly workloads?: readonly string[];
}

/** Given a cell and a metric: what to multiply the log's number with. */
export type Change = (cell: CellKey & { readonly modelLabel?: string }, metric: string) => number;

export interface ResultsOptions extends Scope {
  readonly trials?: number;
  readonly change?: Change;
  readonly gpus?: boolean;
}

/** The serving log as a results file: three phases, three models, five workloads, no requests. */
export function logResults(options: ResultsOptions = {}): ResultsFile {
  const cells = Object.entries(log.phases).flatMap(([phaseTitle, workloads]) =>
    log.models.flatMap((model, modelIndex) =>
      Object.entries(workloads).map(([workload, metrics]) =>
        logCell(
          { phase: PHASE_IDS[phaseTitle] ?? phaseTitle, phaseTitle, model, modelIndex, workload, metrics },
          options,
        ),
      ),
    ),
  );
  const { phases, models, workloads } = options;
  const kept = cells.filter(
    (cell) =>
      (phases?.includes(cell.phase) ?? true) &&
      (models?.includes(cell.modelLabel ?? "") ?? true) &&
      (workloads?.includes(cell.workload) ?? true),
  );
  return {
    schema: "serving-gate/results@1",
    createdAt: "2026-11-22T00:00:00Z",
    source: { repository: "octo/infer", sha: "4f2c9d1e8b7a6053c2d1", ref: "refs/pull/12/merge", pullRequest: 12 },
    environment: {
      fingerprint: "NVIDIA GeForce RTX 5080 ×1 · driver 570 · client 0",
      gpus: (options.gpus ?? true) ? [{ name: "NVIDIA GeForce RTX 5080", memoryMiB: 16303 }] : [],
      driver: "570.1",
      host: "gpu-runner-1",
      os: "Ubuntu 24.04",
      cpu: "AMD Ryzen 9 9950X",
      client: "0.1.0",
    },
    status: "accepted",
    workloads: builtInWorkloads.map(workloadInfo),
    cells: kept,
  };
}

interface LogCell {
  readonly phase: string;
  readonly phaseTitle: string;
  readonly model: readonly [string, string];
  readonly modelIndex: number;
  readonly workload: string;
  readonly metrics: Readonly<Record<string, readonly number[]>>;
}

function logCell({ phase, phaseTitle, model, modelIndex, workload, metrics }: LogCell, options: ResultsOptions): Cell {
  const [id, label] = model;
  const key = { phase, model: id, modelLabel: label, workload };
  const numbers = Object.fromEntries(
    Object.entries(metrics).map(([metric, values]) => [metric, values[modelIndex] ?? 0]),
  );
  const { itl_p50: middle = 0, itl_p99: tail = 0 } = numbers;
  const all = { error_rate: 0, ...numbers, itl_p95: middle + 0.6 * (tail - middle) };
  const summary = Object.fromEntries(
    Object.entries(all).map(([metric, value]) => [metric, value * (options.change?.(key, metric) ?? 1)]),
  );
  const args = PHASE_ARGS[phase] ?? "";
  const trials = Array.from(
    { length: options.trials ?? 3 },
    (_, index): Trial => ({
      boot: `${phase}-${label}-${index}`,
      loadMs: 61_200,
      seed: 42,
      summary,
      counts: { requests: 48, failed: Math.round(48 * (summary["error_rate"] ?? 0)), outputTokens: 7680, gaps: 7632 },
    }),
  );
  return {
    ...key,
    phaseTitle,
    scheduleHash: `sha256:${workload}`,
    server: { command: `uv run python -m infer.server --model ${id}${args === "" ? "" : ` ${args}`}`, args },
    trials,
  };
}

const BLOCKING = ["output_throughput", "itl_p50", "itl_p95", "itl_p99", "error_rate"];
const FACTORS: Readonly<Record<string, number>> = { itl_p95: 2, itl_p99: 4, ttft_p50: 2, ttft_p99: 4 };

/** What a row is found to be; everything not said is as an unremarkable row has it. */
type Judge = (cell: ComparedCell, row: MetricRow) => Partial<MetricRow> | undefined;

export interface ComparisonOptions {
  readonly judge?: Judge;
  readonly verdict?: Comparison["verdict"];
  readonly exitReason?: Comparison["exitReason"];
  readonly cause?: Comparison["cause"];
  readonly baselineRuns?: number;
  readonly warnings?: readonly GateWarning[];
}

/** The comparison of two results files with findings of your own: every row is unchanged until `judge` says otherwise. */
export function comparisonOf(
  baseline: ResultsFile,
  candidate: ResultsFile,
  { judge, verdict = "pass", exitReason = "ok", cause, baselineRuns = 5, warnings = [] }: ComparisonOptions = {},
): Comparison {
  const cells = baseline.cells.map((cell): ComparedCell => {
    const other = candidate.cells.find(
      ({ phase, model, workload }) => phase === cell.phase && model === cell.model && workload === cell.workload,
    );
    const { phase, phaseTitle, model, modelLabel, workload } = cell;
    const bare: ComparedCell = {
      phase,
      model,
      workload,
      ...(phaseTitle === undefined ? {} : { phaseTitle }),
      ...(modelLabel === undefined ? {} : { modelLabel }),
      metrics: [],
    };
    const metrics = Object.keys(cell.trials[0]?.summary ?? {}).map((metric) => {
      const row = plainRow(metric, { cell, other, baselineRuns });
      return { ...row, ...judge?.(bare, row) };
    });
    return { ...bare, metrics };
  });
  const reason = `verdict ${verdict}`;
  const whole = {
    schema: "serving-gate/comparison@1",
    verdict,
    exitReason,
    reason,
    baselineRuns,
    cells,
    warnings,
  } as const;
  return cause === undefined ? whole : { ...whole, cause };
}

function plainRow(
  metric: string,
  { cell, other, baselineRuns }: { cell: Cell; other: Cell | undefined; baselineRuns: number },
): MetricRow {
  const before = measuredValue(cell, metric) ?? 0;
  const gated = BLOCKING.includes(metric);
  const shown = { metric, gated, baseline: before, baselineRuns, warnings: [] };
  const after = other === undefined ? undefined : measuredValue(other, metric);
  if (after === undefined) return { ...shown, candidateTrials: 0, finding: "missing", reason: "not-measured" };
  const candidateTrials = other?.trials.length ?? 0;
  if (metric === "error_rate")
    return { ...shown, candidate: after, candidateTrials, stage: "history", finding: "unchanged", reason: "equal" };
  const factor = FACTORS[metric] ?? 1;
  const change = after / before - 1;
  return {
    ...shown,
    candidate: after,
    candidateTrials,
    change,
    interval: { low: change - 0.02 * factor, high: change + 0.02 * factor, confidence: 0.9 },
    pAdjusted: 1,
    minDetectable: 0.075 * factor,
    minEffect: 0.05 * factor,
    stage: "history",
    finding: "unchanged",
    reason: "within-min-effect",
  };
}

/** Small deterministic differences, as two equal builds show them: within ±2 %. */
export const wiggle: Change = ({ model, workload }, metric) =>
  1 + (((model.length * 7 + workload.length * 3 + metric.length * 5) % 9) - 4) / 200;

/** Measured again in turns: `pairs` of arms beside the trials, each side with the summaries of its own results. */
export function withPairs(candidate: ResultsFile, base: ResultsFile, pairs: number): ResultsFile {
  const cells = candidate.cells.map((cell) => {
    const other = base.cells.find(
      ({ phase, model, workload }) => phase === cell.phase && model === cell.model && workload === cell.workload,
    );
    const confirmation = Array.from({ length: pairs }, (_, pair) =>
      [other, cell].flatMap((side, index) => {
        const trial = side?.trials[0];
        if (trial === undefined) return [];
        const arm = index === 0 ? ("base" as const) : ("candidate" as const);
        return [{ arm, trial: { ...trial, boot: `${cell.phase}-${cell.model}-${arm}-${pair}` } }];
      }),
    ).flat();
    return { ...cell, confirmation };
  });
  return { ...candidate, method: "confirm", cells };
}

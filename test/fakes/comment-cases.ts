/** What a pull request can be told, one case each. */
import type { ComparedCell, Comparison, MetricRow } from "../../src/core/model/comparison.ts";
import type { CellKey, ResultsFile } from "../../src/core/model/results.ts";
import type { RequestTrace } from "../../src/core/model/trace.ts";
import type { ReportInput } from "../../src/core/report/input.ts";
import { type Change, comparisonOf, logResults, wiggle, withPairs } from "./results-builder.ts";

const context = {
  configPath: ".github/serving-gate.yml",
  reproduceCommand: "npx github:serving-gate/serving-gate#v1",
  pullRequest: 12,
  gpuMinutes: 71,
  baselineLabel: "main",
};

const twoModels = { models: ["Llama", "Qwen3"] };
const onePhase = { phases: ["continuous"], models: ["Llama", "Qwen3"] };

const regressed: Partial<MetricRow> = { finding: "regressed", reason: "significant", pAdjusted: 0.0004 };
const improved: Partial<MetricRow> = { finding: "improved", reason: "significant", pAdjusted: 0.0002 };

const qwen = { model: "Qwen/Qwen3-4B", modelLabel: "Qwen3" };
const chunked = { phase: "continuous", model: qwen.model, workload: "chunked_prefill" };
const prefix = { phase: "continuous", model: "meta-llama/Llama-3.2-3B-Instruct", workload: "prefix_caching" };

/** Multiplies some metrics of some cells, and wiggles the rest. */
const changing =
  (workload: string, model: string, factors: Readonly<Record<string, number>>): Change =>
  (cell, metric) =>
    cell.workload === workload && cell.modelLabel === model && cell.phase === "continuous"
      ? (factors[metric] ?? 1)
      : wiggle(cell, metric);

/** DESIGN §10: the tail of one workload of one model, seen against main's history. */
function fail(): ReportInput {
  const baseline = logResults(twoModels);
  const change = changing("chunked_prefill", "Qwen3", { itl_p99: 262 / 191, output_throughput: 134.9 / 137.3 });
  const candidate = logResults({ ...twoModels, change });
  const comparison = comparisonOf(baseline, withStalls(candidate), {
    verdict: "fail",
    exitReason: "regression",
    judge: (cell, row) =>
      cell.phase === "continuous" &&
      cell.modelLabel === "Qwen3" &&
      cell.workload === "chunked_prefill" &&
      row.metric === "itl_p99"
        ? { ...regressed, interval: { low: 0.2, high: 0.57, confidence: 0.9 } }
        : undefined,
  });
  return { candidate: withStalls(candidate), baseline: [baseline], comparison, context };
}

/** Requests of the regressed cell: long gaps that end as another request gets its first token. */
function withStalls(results: ReportInput["candidate"]): ReportInput["candidate"] {
  const requests = Array.from({ length: 48 }, (_, index): RequestTrace => {
    const sentMs = index * 1_000;
    const gaps = Array.from({ length: 60 }, (__, gap) => (gap % 20 === 19 ? 310 : 690 / 19));
    const firstTokenMs = sentMs + 1_000;
    const lastTokenMs = firstTokenMs + gaps.reduce((sum, gap) => sum + gap, 0);
    return {
      outcome: "ok",
      scheduledMs: sentMs,
      sentMs,
      firstTokenMs,
      lastTokenMs,
      endMs: lastTokenMs + 1,
      outputTokens: 61,
      tokenGapsMs: gaps,
    };
  });
  return {
    ...results,
    cells: results.cells.map((cell) =>
      cell.phase === "continuous" && cell.modelLabel === "Qwen3" && cell.workload === "chunked_prefill"
        ? { ...cell, trials: cell.trials.map((trial) => ({ ...trial, requests })) }
        : cell,
    ),
  };
}

/** The same, confirmed by an A/B with main's build. */
function confirmed(): ReportInput {
  const input = fail();
  const { comparison } = input;
  if (comparison === undefined) return input;
  const rows = withRows(comparison, (cell, row) => {
    if (!isCell(cell, chunked)) return undefined;
    return row.finding === "regressed"
      ? inTurns({ change: 0.34, p: 0.0008 }, { pairs: 3, worse: 3, look: 1 })
      : inTurns({ change: (row.change ?? 0) + 0.003, p: 0.4 });
  });
  return { ...input, comparison: rows, context: { ...context, confirmationMinutes: 18 } };
}

type RowChange = (cell: ComparedCell, row: MetricRow) => Partial<MetricRow> | undefined;

function withRows(comparison: Comparison, change: RowChange): Comparison {
  const cells = comparison.cells.map((cell) => ({
    ...cell,
    metrics: cell.metrics.map((row) => ({ ...row, ...change(cell, row) })),
  }));
  return { ...comparison, cells };
}

const isCell = (cell: CellKey, { phase, model, workload }: CellKey) =>
  cell.phase === phase && cell.model === model && cell.workload === workload;

/** Decided by the confirmation, after what the history had said. */
const inTurns = (
  screen: NonNullable<MetricRow["screen"]>,
  confirmation: NonNullable<MetricRow["confirmation"]> = { pairs: 3, worse: 2, look: 1 },
): Partial<MetricRow> => ({ stage: "confirmation", screen, confirmation });

/** The first case, on a server whose own counters moved too. */
function serverMoved(): ReportInput {
  const input = fail();
  const { comparison } = input;
  if (comparison === undefined) return input;
  const cells = comparison.cells.map((cell): ComparedCell => {
    if (!isCell(cell, chunked)) return cell;
    const serverMoves = [
      { name: "preemptions", baseline: 0, candidate: 37 },
      { name: "kv_cache_use_max", baseline: 0.71, candidate: 0.98 },
      { name: "prefix_cache_hit_rate", baseline: 0.52, candidate: 0.31 },
      { name: "requests_waiting_max", baseline: 2.3, candidate: 18 },
    ] as const;
    return { ...cell, serverMoves };
  });
  return { ...input, comparison: { ...comparison, cells } };
}

/** `demo --regress itl=15%`: decode slower everywhere, one phase, one model, numbers under 10 ms. */
function slowDecode(): ReportInput {
  const scope = { phases: ["continuous"], models: ["Gemma3"], gpus: false };
  const small: Change = (_, metric) => (metric.startsWith("itl") ? 0.2 : 1);
  const slower: Change = (cell, metric) => {
    if (metric.startsWith("itl")) return 0.2 * 1.15;
    return metric === "output_throughput" || metric === "e2e_p50"
      ? metric === "e2e_p50"
        ? 1.14
        : 0.87
      : wiggle(cell, metric);
  };
  const baseline = logResults({ ...scope, change: small });
  const candidate = logResults({ ...scope, change: slower });
  const comparison = comparisonOf(baseline, candidate, {
    verdict: "fail",
    exitReason: "regression",
    judge: (_, { metric }) =>
      ["output_throughput", "itl_p50", "itl_p95", "e2e_p50"].includes(metric) ? regressed : undefined,
  });
  const { gpuMinutes: _, ...without } = context;
  return {
    candidate,
    comparison,
    context: { ...without, reproduceCommand: "node dist/cli.js", baselineLabel: "baseline.json" },
  };
}

/** Three phases of which the last gates, as by default. */
function lastPhaseGates(): ReportInput {
  const baseline = logResults(twoModels);
  const candidate = logResults({ ...twoModels, change: wiggle });
  const comparison = comparisonOf(baseline, candidate, {
    judge: ({ phase }) => (phase === "paged" ? undefined : { gated: false }),
  });
  return { candidate, comparison, context };
}

function pass(): ReportInput {
  const baseline = logResults(onePhase);
  const candidate = logResults({ ...onePhase, change: wiggle });
  return { candidate, comparison: comparisonOf(baseline, candidate), context };
}

function passWithImprovement(): ReportInput {
  const baseline = logResults({ ...onePhase, phases: ["static"] });
  const better = { output_throughput: 1.25, itl_p50: 0.93 };
  const change: Change = (cell, metric) =>
    cell.workload === "continuous_batching" ? (better[metric as keyof typeof better] ?? 1) : wiggle(cell, metric);
  const candidate = logResults({ ...onePhase, phases: ["static"], change });
  const comparison = comparisonOf(baseline, candidate, {
    judge: (cell, row) =>
      cell.workload === "continuous_batching" && row.metric in better
        ? improved
        : row.metric === "itl_p99" && cell.workload === "prefix_caching"
          ? { finding: "inconclusive", reason: "noise", minDetectable: 0.31 }
          : undefined,
  });
  return { candidate, comparison, context };
}

/** The workload's purpose is much worse, which does not block by default; its throughput is the schedule's. */
function purposeWorse(): ReportInput {
  const baseline = logResults(onePhase);
  const change = changing("prefix_caching", "Llama", { ttft_p50: 1.31 });
  const candidate = logResults({ ...onePhase, change });
  const cell = { phase: "continuous", model: "meta-llama/Llama-3.2-3B-Instruct", workload: "prefix_caching" };
  const comparison = comparisonOf(baseline, candidate, {
    judge: ({ workload, modelLabel }, { metric }) =>
      workload === "prefix_caching" && modelLabel === "Llama" && metric === "ttft_p50"
        ? { finding: "regressed", reason: "significant", pAdjusted: 0.001 }
        : undefined,
    warnings: [
      { kind: "purpose-worse", cell, metric: "ttft_p50", values: { change: 0.31 } },
      { kind: "load-bound", cell: { ...cell, workload: "continuous_batching" }, metric: "output_throughput" },
      { kind: "host-differs", values: { baseline: "gpu-runner-2", candidate: "gpu-runner-1" } },
    ],
  });
  return { candidate, comparison, context };
}

function firstBaseline(): ReportInput {
  const candidate = logResults(onePhase);
  const comparison = comparisonOf(candidate, candidate, {
    exitReason: "first-baseline",
    baselineRuns: 0,
    judge: (_, { candidate: value = 0 }) => ({ finding: "new", reason: "no-baseline", candidate: value }),
  });
  return { candidate, comparison, context };
}

function fewRuns(): ReportInput {
  const baseline = logResults(onePhase);
  const candidate = logResults({ ...onePhase, change: wiggle });
  const comparison = comparisonOf(baseline, candidate, {
    verdict: "inconclusive",
    exitReason: "inconclusive",
    cause: "no-power",
    baselineRuns: 1,
    warnings: [{ kind: "few-runs", values: { runs: 1, wanted: 5, minDetectable: 0.269 } }],
    judge: (_, { metric, gated }) =>
      gated && metric !== "error_rate"
        ? { finding: "inconclusive", reason: "noise", minDetectable: metric === "itl_p99" ? 1.4 : 0.269 }
        : undefined,
  });
  return { candidate, comparison, context };
}

function suspicious(): ReportInput {
  const baseline = logResults(onePhase);
  const change = changing("baseline", "Llama", { itl_p50: 1.06, output_throughput: 0.95 });
  const candidate = logResults({ ...onePhase, change });
  const comparison = comparisonOf(baseline, candidate, {
    verdict: "inconclusive",
    exitReason: "inconclusive",
    cause: "suspicious",
    judge: ({ workload, modelLabel }, { metric }) =>
      workload === "baseline" && modelLabel === "Llama" && metric === "itl_p50"
        ? { finding: "inconclusive", reason: "suspicious", pAdjusted: 0.06 }
        : undefined,
  });
  return { candidate, comparison, context };
}

/** Another batch size on Qwen3 than in the baseline: never compared, and said why. */
function otherLane(): ReportInput {
  const baseline = logResults(onePhase);
  const candidate = logResults({ ...onePhase, change: wiggle });
  const comparison = comparisonOf(baseline, candidate, {
    verdict: "inconclusive",
    exitReason: "inconclusive",
    cause: "nothing-judgeable",
    judge: ({ modelLabel }) =>
      modelLabel === "Qwen3"
        ? {
            finding: "inconclusive",
            reason: "not-comparable",
            baselineRuns: 0,
            differs: [{ what: "argument", name: "--max-batch-size", baseline: "8", candidate: "24" }],
          }
        : undefined,
  });
  return { candidate, comparison, context, policy: { ...policy, onInconclusive: "fail" } };
}

const policy: NonNullable<ReportInput["policy"]> = {
  blocking: ["output_throughput", "itl_p50", "itl_p95", "itl_p99"],
  minEffect: { default: 0.05, byMetric: {}, byWorkload: {} },
  method: "auto",
  onInconclusive: "warn",
  onMissing: "fail",
  confirmMaxMinutes: 60,
  dryRun: false,
};

function missingCell(): ReportInput {
  const baseline = logResults(onePhase);
  const candidate = logResults({ ...onePhase, change: wiggle });
  const cells = candidate.cells.filter(
    ({ workload, modelLabel }) => workload !== "paged_attention" || modelLabel !== "Qwen3",
  );
  const kept = { ...candidate, cells };
  const comparison = comparisonOf(baseline, kept, { verdict: "fail", exitReason: "missing" });
  return { candidate: kept, comparison, context };
}

function errors(): ReportInput {
  const baseline = logResults(onePhase);
  const change: Change = (cell, metric) =>
    cell.workload === "paged_attention" && cell.modelLabel === "Llama" && metric === "error_rate"
      ? 1
      : wiggle(cell, metric);
  const results = logResults({ ...onePhase, change });
  const failed = (status: number | undefined, message: string): RequestTrace => ({
    outcome: "error",
    scheduledMs: 0,
    sentMs: 0,
    endMs: 900,
    error: status === undefined ? { kind: "timeout", message } : { kind: "http", status, message },
  });
  const requests = [
    ...Array.from({ length: 8 }, () => failed(503, "out of KV blocks | retry")),
    failed(undefined, "no end after 600 s"),
  ];
  const candidate = {
    ...results,
    cells: results.cells.map((cell) =>
      cell.workload === "paged_attention" && cell.modelLabel === "Llama"
        ? {
            ...cell,
            trials: cell.trials.map((trial, index) => ({
              ...trial,
              requests: index === 0 ? requests : [],
              summary: { ...trial.summary, error_rate: 9 / 144 },
              counts: { requests: 48, failed: index === 0 ? 9 : 0, outputTokens: 7000, gaps: 6900 },
            })),
          }
        : cell,
    ),
  };
  const comparison = comparisonOf(baseline, candidate, {
    verdict: "fail",
    exitReason: "regression",
    judge: (_, { metric, candidate: rate = 0 }) =>
      metric === "error_rate" && rate > 0
        ? { finding: "regressed", reason: "more-failures", pAdjusted: 0.00002 }
        : undefined,
  });
  return { candidate, comparison, context };
}

/** The server died in the third workload: what was measured is saved, nothing is judged. */
function serverDied(): ReportInput {
  const candidate = logResults({
    ...onePhase,
    models: ["Llama"],
    workloads: ["baseline", "continuous_batching"],
    trials: 1,
  });
  return {
    candidate,
    context,
    failure: {
      message:
        "server: the process exited with code 137 while paged_attention was measured; last log lines follow.\nCUDA out of memory. Tried to allocate 2.00 GiB\nRestart with a smaller --max-batch-size.",
      saved: ["/runner/temp/serving-gate/results.json"],
    },
  };
}

/** Two workloads looked slower against the history, and with main's build beside them do not. */
function confirmedPass(): ReportInput {
  const baseline = logResults(onePhase);
  const candidate = logResults({ ...onePhase, change: (cell, metric) => 1 + (wiggle(cell, metric) - 1) / 5 });
  const isConfirmed = (cell: CellKey) => isCell(cell, chunked) || isCell(cell, prefix);
  const comparison = withRows(comparisonOf(baseline, candidate), (cell, row) => {
    if (!isConfirmed(cell)) return undefined;
    if (row.metric === "error_rate") return { stage: "confirmation" };
    const looked = LOOKED[`${cell.workload} ${row.metric}`];
    return looked === undefined
      ? inTurns({ change: 0.004, p: 0.4 })
      : { ...inTurns({ change: 0, p: 0.01 }), ...looked };
  });
  const pairs = withPairs(candidate, baseline, 3).cells;
  const cells = candidate.cells.map((cell, index) => (isConfirmed(cell) ? (pairs[index] ?? cell) : cell));
  return {
    candidate: { ...candidate, method: "confirm", confirmEnded: "decided", cells },
    comparison,
    context: { ...context, gpuMinutes: 38, confirmationMinutes: 12 },
  };
}

/** What the history had against two cells. */
const LOOKED: Readonly<Record<string, Partial<MetricRow>>> = {
  "chunked_prefill itl_p99": {
    ...{ screen: { change: 0.12, p: 0.01 }, finding: "inconclusive", reason: "noise", minDetectable: 0.34 },
  },
  "prefix_caching itl_p50": { screen: { change: 0.062, p: 0.01 } },
  "prefix_caching output_throughput": { screen: { change: -0.048, p: 0.02 } },
};

/** No history asked for: candidate and base build in turns from the start. */
function paired(judge: RowChange, change: Change): { candidate: ResultsFile; comparison: Comparison } {
  const baseline = logResults(onePhase);
  const measured = logResults({ ...onePhase, change });
  const comparison = comparisonOf(baseline, measured, { baselineRuns: 0 });
  const rows = withRows(comparison, (cell, row) => ({
    stage: "confirmation",
    candidateTrials: 0,
    ...(row.minDetectable === undefined ? {} : { minDetectable: row.minDetectable / 2 }),
    ...(row.metric === "error_rate" ? {} : { confirmation: { pairs: 6, worse: 3, look: 2 } }),
    ...judge(cell, row),
  }));
  const cells = withPairs(measured, baseline, 6).cells.map((cell) => ({ ...cell, trials: [] }));
  return { candidate: { ...measured, method: "paired", cells }, comparison: rows };
}

function pairedPass(): ReportInput {
  return { ...paired(() => undefined, wiggle), context: { ...context, confirmationMinutes: 71 } };
}

function pairedFail(): ReportInput {
  const { candidate, comparison } = paired(
    ({ workload, modelLabel }, { metric }) =>
      workload === "baseline" && modelLabel === "Llama" && (metric === "itl_p50" || metric === "output_throughput")
        ? { ...regressed, confirmation: { pairs: 6, worse: 6, look: 2 } }
        : undefined,
    changing("baseline", "Llama", { itl_p50: 1.09, itl_p95: 1.04, output_throughput: 0.92, e2e_p50: 1.08 }),
  );
  return { candidate, comparison: { ...comparison, verdict: "fail", exitReason: "regression" }, context };
}

/** The confirmation ran out of its time with one row open. */
function notConfirmed(): ReportInput {
  const baseline = logResults(onePhase);
  const change = changing("baseline", "Llama", { itl_p50: 1.06, output_throughput: 0.97 });
  const candidate = logResults({ ...onePhase, change });
  const comparison = comparisonOf(baseline, candidate, {
    verdict: "inconclusive",
    exitReason: "inconclusive",
    cause: "not-confirmed",
    warnings: [{ kind: "confirmation-time", values: { minutes: 60 } }],
    judge: ({ workload, modelLabel }, { metric }) =>
      workload === "baseline" && modelLabel === "Llama" && metric === "itl_p50"
        ? { finding: "inconclusive", reason: "not-confirmed", pAdjusted: 0.04 }
        : undefined,
  });
  return {
    candidate: { ...candidate, method: "confirm", confirmEnded: "time" },
    comparison,
    context: { ...context, gpuMinutes: 131, confirmationMinutes: 60 },
  };
}

const waiver = {
  ceiling: 0.15,
  expires: "2026-12-31",
  issue: "#123",
  reason: "the new scheduler trades tail latency for throughput; tuned in #130",
};

/** A slower tail that was accepted beforehand, beside a waiver that nobody needs any more. */
function accepted(): ReportInput {
  const baseline = logResults(onePhase);
  const change = changing("chunked_prefill", "Qwen3", { itl_p99: 1.12, output_throughput: 1.08 });
  const candidate = logResults({ ...onePhase, change });
  const comparison = comparisonOf(baseline, candidate, {
    judge: ({ workload, modelLabel }, { metric }) => {
      if (workload !== "chunked_prefill" || modelLabel !== "Qwen3") return undefined;
      if (metric === "output_throughput") return improved;
      return metric === "itl_p99" ? { ...regressed, waiver } : undefined;
    },
    warnings: [
      {
        kind: "waiver-stale",
        cell: { ...prefix, workload: "paged_attention" },
        metric: "output_throughput",
        values: { why: "expired", expires: "2026-11-01", issue: "#98" },
      },
      {
        kind: "waiver-stale",
        cell: { ...chunked, model: "google/gemma-3-1b-it" },
        metric: "itl_p50",
        values: { why: "unused", expires: "2027-01-31", issue: "https://github.com/octo/infer/issues/101" },
      },
    ],
  });
  return { candidate, comparison, context };
}

/** One loss past what its waiver accepts, one within. */
function waiverExceeded(): ReportInput {
  const baseline = logResults(onePhase);
  const change = changing("chunked_prefill", "Qwen3", { itl_p99: 1.37, itl_p95: 1.11 });
  const candidate = logResults({ ...onePhase, change });
  const comparison = comparisonOf(baseline, candidate, {
    verdict: "fail",
    exitReason: "regression",
    judge: ({ workload, modelLabel }, { metric }) => {
      if (workload !== "chunked_prefill" || modelLabel !== "Qwen3") return undefined;
      if (metric === "itl_p99") return { ...regressed, interval: { low: 0.2, high: 0.57, confidence: 0.9 } };
      return metric === "itl_p95" ? { ...regressed, waiver } : undefined;
    },
    warnings: [{ kind: "waiver-exceeded", cell: chunked, metric: "itl_p99", values: { ceiling: 0.15, issue: "#123" } }],
  });
  return { candidate, comparison, context };
}

/** Main itself has been as slow since a commit that no accepted run knows yet. */
function inherited(): ReportInput {
  const baseline = logResults(onePhase);
  const change = changing("prefix_caching", "Llama", { itl_p50: 1.09, output_throughput: 0.93 });
  const candidate = logResults({ ...onePhase, change });
  const comparison = comparisonOf(baseline, candidate, {
    judge: ({ workload, modelLabel }, { metric }) =>
      workload === "prefix_caching" && modelLabel === "Llama" && ["itl_p50", "output_throughput"].includes(metric)
        ? { ...regressed, inherited: { since: "4f2c9d1e8b7a" } }
        : undefined,
  });
  return { candidate, comparison, context };
}

function policyChanged(): ReportInput {
  return { ...pass(), context: { ...context, policyNotice: { kind: "changed", what: "gate-and-waivers" } } };
}

function dryRun(): ReportInput {
  return { ...confirmed(), policy: { ...policy, dryRun: true } };
}

/** `on-missing: warn`: said loudly, and not in the way. */
function missingWarn(): ReportInput {
  const { comparison, ...input } = missingCell();
  const cell = { phase: "continuous", model: qwen.model, workload: "paged_attention" };
  const warned = { verdict: "pass", exitReason: "ok", warnings: [{ kind: "missing", cell }] } as const;
  return {
    ...input,
    policy: { ...policy, onMissing: "warn" },
    ...(comparison === undefined ? {} : { comparison: { ...comparison, ...warned } }),
  };
}

/** The history was cut where main slowed down, and its runs do not agree with each other. */
function baselineSlowed(): ReportInput {
  const { comparison, ...input } = pass();
  if (comparison === undefined) return input;
  const warnings: Comparison["warnings"] = [
    {
      kind: "baseline-slowed",
      cell: prefix,
      metric: "output_throughput",
      values: { since: "4f2c9d1e8b7a", change: 0.062 },
    },
    { kind: "unstable-history", values: { alarms: 2, runs: 12 } },
  ];
  return { ...input, comparison: { ...comparison, warnings } };
}

export const commentCases: Readonly<Record<string, () => ReportInput>> = {
  fail,
  confirmed,
  "server-moved": serverMoved,
  "slow-decode": slowDecode,
  pass,
  "last-phase-gates": lastPhaseGates,
  "pass-improved": passWithImprovement,
  "purpose-worse": purposeWorse,
  "first-baseline": firstBaseline,
  "few-runs": fewRuns,
  suspicious,
  "other-lane": otherLane,
  missing: missingCell,
  errors,
  "server-died": serverDied,
  "confirmed-pass": confirmedPass,
  "paired-pass": pairedPass,
  "paired-fail": pairedFail,
  "not-confirmed": notConfirmed,
  accepted,
  "waiver-exceeded": waiverExceeded,
  inherited,
  "policy-changed": policyChanged,
  "dry-run": dryRun,
  "missing-warn": missingWarn,
  "baseline-slowed": baselineSlowed,
};

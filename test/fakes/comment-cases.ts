/** What a pull request can be told, one case each. */
import type { MetricRow } from "../../src/core/model/comparison.ts";
import type { RequestTrace } from "../../src/core/model/trace.ts";
import type { ReportInput } from "../../src/core/report/input.ts";
import { type Change, comparisonOf, logResults, wiggle } from "./results-builder.ts";

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
  const cells = comparison.cells.map((cell) => ({
    ...cell,
    metrics: cell.metrics.map((row) =>
      row.finding === "regressed"
        ? { ...row, stage: "confirmation" as const, confirmation: { pairs: 3, worse: 3 } }
        : row,
    ),
  }));
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

export const commentCases: Readonly<Record<string, () => ReportInput>> = {
  fail,
  confirmed,
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
};

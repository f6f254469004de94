/** What serving logs are rendered from in tests. The numbers of `seed` are a real log's (test/fixtures). */
import type { Cell, ResultsFile } from "../../src/core/model/results.ts";
import type { PhaseLink, ReportContext, ReportInput } from "../../src/core/report/input.ts";
import { logResults } from "./results-builder.ts";

const context: ReportContext = {
  configPath: ".github/serving-gate.yml",
  reproduceCommand: "npx github:serving-gate/serving-gate#v1",
};

const phaseLinks: readonly PhaseLink[] = [
  { id: "static", title: "Phase 4 — Static Batching" },
  {
    id: "continuous",
    title: "Phase 5 — Continuous Batching",
    compareWith: "static",
    headline: "continuous_batching",
  },
  {
    id: "paged",
    title: "Phase 6 — Paged Attention with Triton Kernel",
    compareWith: "continuous",
    headline: "paged_attention",
  },
];

/** Three phases × three models × five workloads, as the log they were taken from had them: one trial, no requests kept. */
export function seedLog(): ReportInput {
  const results = logResults({ trials: 1 });
  const cells = results.cells.map(seedCell);
  return { candidate: { ...results, cells }, phaseLinks, context };
}

const PAGED_ARGS: Readonly<Record<string, string>> = {
  Llama: "--max-batch-size 24 --num-gpu-blocks 2048",
  Qwen3: "--max-batch-size 16 --num-gpu-blocks 1024",
  Gemma3: "--max-batch-size 24 --num-gpu-blocks 2048",
};

function seedCell(cell: Cell): Cell {
  const trials = cell.trials.map((trial) => ({ ...trial, tokenSource: "usage" as const }));
  if (cell.phase === "static") return { ...cell, trials };
  if (cell.phase === "continuous") {
    const phaseDescription =
      "New requests that arrive in the same step are prefilled in one padded forward pass, so that weights are loaded once.";
    return { ...cell, trials, phaseDescription };
  }
  const ownBlocks = cell.modelLabel === "Qwen3" && cell.workload === "prefix_caching";
  const args = [
    cell.server?.args ?? "",
    PAGED_ARGS[cell.modelLabel ?? ""] ?? "",
    ...(ownBlocks ? ["--num-gpu-blocks 1536"] : []),
  ].join(" ");
  const notes = [
    ...(cell.modelLabel === "Qwen3" ? ["tuned for 16 GB: 24 slots and 2048 blocks leave no room for activations"] : []),
    ...(ownBlocks ? ["longer sequences need more blocks than 1024"] : []),
  ];
  return { ...cell, trials, notes, server: { ...cell.server, args } };
}

/** One model, one phase, the plain case of a pull request: three trials with some spread. */
export function smallLog(): ReportInput {
  const results = logResults({ phases: ["continuous"], models: ["Llama"] });
  const cells = results.cells.map((cell) => ({
    ...cell,
    trials: cell.trials.map((trial, index) => ({
      ...trial,
      summary: Object.fromEntries(
        Object.entries(trial.summary ?? {}).map(([metric, value = 0]) => [metric, value * (1 + 0.004 * (index - 1))]),
      ),
    })),
  }));
  return { candidate: { ...results, cells }, context };
}

/** What goes wrong while measuring, all of it in one file. */
export function troubledLog(): ReportInput {
  const results = logResults({ phases: ["static", "continuous"], models: ["Llama", "Qwen3"] });
  const cells = results.cells
    .filter(
      ({ phase, model, workload }) => !(phase === "continuous" && model.startsWith("Qwen") && workload === "baseline"),
    )
    .map((cell) => troubledCell(cell));
  const environment = { ...results.environment, gpus: [], cpu: "AMD EPYC 9354", cores: 2 };
  return {
    candidate: { ...results, environment, cells },
    context: { reproduceCommand: "node dist/cli.js" },
    failure: { message: "server: the process ended with code 137 while chunked_prefill was measured", saved: [] },
  };
}

function troubledCell(cell: Cell): Cell {
  if (cell.phase === "static") {
    const trials = cell.trials.map(({ loadMs, ...trial }) => ({ ...trial, boot: "running" }));
    return { ...cell, server: { url: "http://127.0.0.1:8000" }, trials };
  }
  if (cell.workload === "continuous_batching") {
    const [first, second, third] = cell.trials;
    if (first === undefined || second === undefined || third === undefined) return cell;
    const failed = { scheduledMs: 0, sentMs: 0, endMs: 900, outcome: "error" } as const;
    const requests = [
      { ...failed, error: { kind: "http", status: 500, message: "CUDA out of memory" } },
      { ...failed, error: { kind: "timeout" } },
    ] as const;
    const counts = { requests: 32, failed: 2, outputTokens: 4800, gaps: 4770 };
    const invalidReason = "the client was late by 80 ms";
    return {
      ...cell,
      trials: [
        { ...first, requests, counts, warnings: ["2 of 32 requests asked for a token limit the server ignored"] },
        second,
        { ...third, valid: false, invalidReason },
      ],
    };
  }
  if (cell.workload === "prefix_caching") return { ...cell, scheduleHash: "sha256:other" };
  return cell;
}

const HOSTILE =
  "</details> <script>alert(1)</script> | **bold** `tick` @octocat #12 [x](https://evil.example)\n# heading";

/** Every text that comes from outside tries to be something else. */
export function hostileLog(): ReportInput {
  const results = logResults({ phases: ["continuous"], models: ["Llama"], workloads: ["continuous_batching"] });
  const cells = results.cells.flatMap((cell) =>
    ["first", "second"].map(
      (phase): Cell => ({
        ...cell,
        phase: `${phase} ${HOSTILE}`,
        phaseTitle: `${phase} ${HOSTILE}`,
        phaseDescription: HOSTILE,
        model: HOSTILE,
        modelLabel: HOSTILE,
        workload: HOSTILE,
        scheduleHash: HOSTILE,
        server: { command: HOSTILE, args: HOSTILE, version: HOSTILE },
        notes: [HOSTILE],
        trials: cell.trials.map((trial) => ({
          ...trial,
          valid: trial.boot?.endsWith("0") !== true,
          invalidReason: HOSTILE,
          warnings: [HOSTILE],
        })),
      }),
    ),
  );
  const workloads: ResultsFile["workloads"] = [
    { name: HOSTILE, title: HOSTILE, purpose: HOSTILE, arrivals: { process: "replay", file: HOSTILE } },
  ];
  const environment = {
    ...results.environment,
    gpus: [{ name: HOSTILE }],
    driver: HOSTILE,
  };
  return {
    candidate: { ...results, createdAt: HOSTILE, source: { sha: HOSTILE }, environment, workloads, cells },
    context: { configPath: HOSTILE, reproduceCommand: "npx serving-gate" },
    failure: { message: HOSTILE, saved: [] },
  };
}

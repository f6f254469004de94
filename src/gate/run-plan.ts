import type { Config } from "../core/model/config.ts";
import { GateError } from "../core/model/gate-error.ts";
import type { Plan } from "../core/model/plan.ts";
import { type Cell, RESULTS_SCHEMA, type RecordStatus, type ResultsFile, type Source } from "../core/model/results.ts";
import { workloadInfo } from "../core/workload/workload-info.ts";
import type { Calibrated } from "./calibrate-prompts.ts";
import { withTrials } from "./collect-cells.ts";
import type { Clock, ConnectClient, Host, Progress, ServerLauncher } from "./ports.ts";
import { runBoot } from "./run-boot.ts";
import { runFailure } from "./run-failure.ts";

export interface RunPorts {
  readonly launcher: ServerLauncher;
  readonly connect: ConnectClient;
  readonly clock: Clock;
  readonly host: Host;
  readonly progress: Progress;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly source?: Source;
  /** Digits that no earlier run used: with them no prompt was seen by the server before. */
  readonly nonce: string;
  /** A variable of our environment by name, for the token that a server asks for. */
  readonly secret?: (name: string) => string | undefined;
  /** Called after each boot with everything measured so far; rejected until the plan is carried out. */
  readonly save?: (results: ResultsFile) => Promise<void>;
}

/** With a failure, `results` is what was measured before it, and rejected: half a run is no baseline. */
export interface RunOutcome {
  readonly results: ResultsFile;
  readonly failure?: GateError;
}

/** Carries out a plan boot by boot, to its end or to the first failure. Failed requests are no failure, but results. */
export async function runPlan(
  plan: Plan,
  config: Pick<Config, "workloads">,
  ports: RunPorts,
  options: RunOptions,
): Promise<RunOutcome> {
  const resultsWith = await emptyResults(config, ports, options);
  reportPlan(plan, ports.progress);
  const calibrations = new Map<string, Calibrated>();
  let results = resultsWith([], "rejected");
  for (const [index, boot] of plan.boots.entries()) {
    const { trial, phase, model } = boot;
    const of = plan.boots.length;
    ports.progress.report({ kind: "boot", index, of, trial, phase: phase.id, ...(model && { model: model.label }) });
    const outcome = await runBoot({ ...ports, ...options, boot, index, calibrations });
    const isWhole = index === of - 1 && outcome.failure === undefined;
    results = resultsWith(withTrials(results.cells, outcome.trials), isWhole ? "accepted" : "rejected");
    const failure = outcome.failure ?? (await saved(results, options));
    if (failure === undefined) continue;
    if (outcome.failure !== undefined) await saved(results, options);
    return { results, failure };
  }
  return { results };
}

async function emptyResults(
  { workloads }: Pick<Config, "workloads">,
  { clock, host }: RunPorts,
  { source }: RunOptions,
): Promise<(cells: readonly Cell[], status: RecordStatus) => ResultsFile> {
  const head = {
    schema: RESULTS_SCHEMA,
    createdAt: clock.wallTime(),
    ...(source === undefined ? {} : { source }),
    environment: await host.describe(),
    workloads: workloads.map(workloadInfo),
  } as const;
  return (cells, status) => ({ ...head, status, cells });
}

function reportPlan({ boots, workloads, trials, estimatedMinutes }: Plan, progress: Progress): void {
  const starts = boots.filter(({ phase }) => phase.server.command !== undefined).length;
  const counts = { starts, workloads: workloads.length, trials };
  progress.report({ kind: "plan", ...counts, estimatedMinutes });
}

/** A disk that is full ends the run, but what was measured still goes to the caller. */
async function saved(results: ResultsFile, { save, signal }: RunOptions): Promise<GateError | undefined> {
  try {
    await save?.(results);
    return undefined;
  } catch (error) {
    return error instanceof GateError ? error : runFailure(error, { signal, server: undefined });
  }
}

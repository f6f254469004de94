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
  /** Prompt calibration by model and schedule, filled as servers are met: once in a run, so that all trials and arms ask the same. */
  readonly calibrations: Map<string, Calibrated>;
  readonly source?: Source;
  /** Digits that no earlier run used: with them no prompt was seen by the server before. */
  readonly nonce: string;
  /** A variable of our environment by name, for the token that a server asks for. */
  readonly secret?: (name: string) => string | undefined;
  /** Called after each boot with everything measured so far; rejected until the plan is carried out. */
  readonly save?: (results: ResultsFile) => Promise<void>;
  /** Asked after each trial of all cells: a reason why the rest of them would be wasted. */
  readonly isEnough?: (results: ResultsFile) => string | undefined;
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
  let results = resultsWith([], "rejected");
  for (const [index, boot] of plan.boots.entries()) {
    tellBoot(plan, index, ports.progress);
    const outcome = await runBoot({ ...ports, ...options, boot, index });
    const measured = resultsWith(withTrials(results.cells, outcome.trials), "accepted");
    const isWhole = outcome.failure === undefined && isLast(plan, index, { measured, ports, options });
    results = isWhole ? measured : { ...measured, status: "rejected" };
    const unsaved = await saved(results, options);
    const failure = outcome.failure ?? unsaved;
    if (failure !== undefined) return { results, failure };
    if (isWhole) break;
  }
  return { results };
}

function tellBoot({ boots }: Plan, index: number, progress: Progress): void {
  const boot = boots[index];
  if (boot === undefined) return;
  const { trial, phase, model } = boot;
  progress.report({
    kind: "boot",
    index,
    of: boots.length,
    trial,
    phase: phase.id,
    ...(model && { model: model.label }),
  });
}

interface Measuring {
  readonly measured: ResultsFile;
  readonly ports: RunPorts;
  readonly options: RunOptions;
}

/** The plan's end, or that of a trial after which more would be wasted. */
function isLast({ boots }: Plan, index: number, { measured, ports, options }: Measuring): boolean {
  if (index === boots.length - 1) return true;
  const isEndOfTrial = boots[index + 1]?.trial !== boots[index]?.trial;
  const enough = isEndOfTrial ? options.isEnough?.(measured) : undefined;
  if (enough !== undefined) ports.progress.report({ kind: "note", text: enough });
  return enough !== undefined;
}

/** A results file of this run and machine, with nothing measured yet: give it cells and a status. */
export async function emptyResults(
  { workloads }: Pick<Config, "workloads">,
  { clock, host }: RunPorts,
  { source }: Pick<RunOptions, "source">,
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
export async function saved(results: ResultsFile, { save, signal }: RunOptions): Promise<GateError | undefined> {
  try {
    await save?.(results);
    return undefined;
  } catch (error) {
    return error instanceof GateError ? error : runFailure(error, { signal, server: undefined });
  }
}

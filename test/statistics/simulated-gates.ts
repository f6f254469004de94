/** Pull requests before the gate: drawn, and judged by the code that judges real ones. */
import { nextLook } from "../../src/core/compare/next-look.ts";
import type { Comparison, MetricRow } from "../../src/core/model/comparison.ts";
import type { Cell, ResultsFile } from "../../src/core/model/results.ts";
import { judgeRun } from "../../src/core/verdict/judge-run.ts";
import { ARM_ORDER, type Arm } from "../../src/gate/arms.ts";
import { defaultPolicy } from "../fakes/gate-data.ts";
import { type Hour, type Loss, type Machine, serverStart, simulatedRun, WORKLOADS } from "./simulated-runs.ts";

export interface PullRequest {
  readonly machine: Machine;
  /** In the history. */
  readonly runs: number;
  readonly trials: number;
  readonly loss?: Loss;
  readonly slowMachine?: number;
}

export interface Outcome {
  readonly comparison: Comparison;
  readonly wasConfirmed: boolean;
  /** Server starts of the whole job. */
  readonly starts: number;
  /** Passes of one workload. */
  readonly passes: number;
}

export interface Drawn {
  readonly baseline: readonly ResultsFile[];
  readonly candidate: ResultsFile;
  readonly hour: Hour;
}

export function drawn({ machine, runs, trials, loss, slowMachine }: PullRequest): Drawn {
  const baseline = Array.from({ length: runs }, (_, day) => simulatedRun(machine, { day, trials }).results);
  const changes = { ...(loss === undefined ? {} : { loss }), ...(slowMachine === undefined ? {} : { slowMachine }) };
  const { results, hour } = simulatedRun(machine, { day: 100, trials, ...changes });
  return { baseline, candidate: results, hour };
}

export function judgedByHistory(pull: PullRequest, { baseline, candidate }: Drawn = drawn(pull)): Outcome {
  const comparison = judgeRun({ baseline, candidate, policy: defaultPolicy });
  return { comparison, wasConfirmed: false, ...trialsCost(pull) };
}

/** What looks worse is measured again in the same hour, in turns with the base build. */
export function judgedByConfirmation(pull: PullRequest, { baseline, candidate, hour }: Drawn = drawn(pull)): Outcome {
  let { starts, passes } = trialsCost(pull);
  let measured: ResultsFile = { ...candidate, method: "confirm" };
  const input = () => ({ baseline, candidate: measured, policy: defaultPolicy });
  for (let next = nextLook(input()); next.kind === "measure"; next = nextLook(input())) {
    const phase = next.cells[0]?.phase ?? "";
    const workloads = next.cells.filter((cell) => cell.phase === phase).map(({ workload }) => workload);
    for (const arm of ARM_ORDER[next.look]) {
      const loss = arm === "candidate" && pull.loss !== undefined ? { loss: pull.loss } : {};
      measured = withArm(measured, hour, { arm, phase, workloads, ...loss });
    }
    starts += 6;
    passes += 6 * workloads.length;
  }
  const wasConfirmed = measured.cells.some(({ confirmation }) => confirmation !== undefined);
  return { comparison: judgeRun(input()), wasConfirmed, starts, passes };
}

/** Everything in three pairs from the start, whatever the history says. */
export function judgedInTurns(pull: PullRequest, { baseline, candidate, hour }: Drawn = drawn(pull)): Outcome {
  const bare = candidate.cells.map((cell) => ({ ...cell, trials: [] }));
  let measured: ResultsFile = { ...candidate, method: "paired", cells: bare };
  for (const phase of new Set(bare.map((cell) => cell.phase))) {
    for (const arm of ARM_ORDER[1]) {
      const loss = arm === "candidate" && pull.loss !== undefined ? { loss: pull.loss } : {};
      measured = withArm(measured, hour, { arm, phase, workloads: WORKLOADS, ...loss });
    }
  }
  const comparison = judgeRun({ baseline, candidate: measured, policy: { ...defaultPolicy, method: "paired" } });
  return { comparison, wasConfirmed: true, starts: 6, passes: 6 * WORKLOADS.length };
}

/** Whether the one metric that was made slower is what fails. */
export function finds(loss: Loss, { cells }: Comparison): boolean {
  const cell = cells.find(({ phase, workload }) => phase === "group-0" && workload === loss.workload);
  return cell?.metrics.some((row) => row.metric === loss.metric && isRed(row)) === true;
}

function isRed({ gated, finding }: MetricRow): boolean {
  return gated && finding === "regressed";
}

function trialsCost({ machine, trials }: PullRequest): Pick<Outcome, "starts" | "passes"> {
  const starts = trials * (machine.groups ?? 1);
  return { starts, passes: starts * WORKLOADS.length };
}

interface ArmStart {
  readonly arm: Arm;
  readonly phase: string;
  readonly workloads: readonly string[];
  readonly loss?: Loss;
}

function withArm(results: ResultsFile, hour: Hour, { arm, phase, ...served }: ArmStart): ResultsFile {
  const start = serverStart(hour, { group: Number(phase.replace("group-", "")), ...served });
  const cells = results.cells.map((cell): Cell => {
    const trial = cell.phase === phase ? start.get(cell.workload) : undefined;
    return trial === undefined ? cell : { ...cell, confirmation: [...(cell.confirmation ?? []), { arm, trial }] };
  });
  return { ...results, cells };
}

/** The A/B confirmation: what looks worse is measured again, in turns with the base build, until that is decided. */
import { type NextLook, nextLook } from "../core/compare/next-look.ts";
import type { Config, GatePolicy } from "../core/model/config.ts";
import { GateError } from "../core/model/gate-error.ts";
import type { Plan, PlannedBoot } from "../core/model/plan.ts";
import type { ResultsFile } from "../core/model/results.ts";
import { armMinutes } from "./arm-minutes.ts";
import { ARM_ORDER, type Arm, bootFor, withArm } from "./arms.ts";
import { type BaseSide, baseBoot } from "./base-side.ts";
import { deadlineSignal } from "./deadline.ts";
import { type BootOutcome, runBoot } from "./run-boot.ts";
import { runFailure } from "./run-failure.ts";
import { type RunOptions, type RunPorts, saved } from "./run-plan.ts";

export interface Confirmation {
  /** The candidate's trials; none of the phases that are measured in turns from the start. */
  readonly measured: ResultsFile;
  readonly baseline: readonly ResultsFile[];
  readonly config: Config;
  readonly policy: GatePolicy;
  readonly gatedPhases: readonly string[] | undefined;
  readonly plan: Plan;
  readonly base: BaseSide;
}

export interface ConfirmationOutcome {
  readonly results: ResultsFile;
  readonly minutes: number;
  /** Only where the run was cancelled, or what it measured could not be kept. */
  readonly failure?: GateError;
}

/** The run's state between two arms. */
interface State {
  readonly results: ResultsFile;
  /** Arms so far: no two boots of a run share a nonce. */
  readonly arms: number;
  /** Arms of this block that did not serve. */
  readonly dead: Readonly<Record<Arm, number>>;
  /** Server configurations of which a build did not serve: nothing more is asked of them. */
  readonly givenUp: readonly PlannedBoot[];
  /** Why nothing more is measured. */
  readonly ended?: "time" | GateError;
}

/** A build that fails to serve twice is not tried for ever. */
const MOST_DEAD_ARMS = 2;

export async function confirm(
  confirmation: Confirmation,
  ports: RunPorts,
  options: RunOptions,
): Promise<ConfirmationOutcome> {
  const startedMs = ports.clock.nowMs();
  const deadline = deadlineSignal(ports.clock, confirmation.policy.confirmMaxMinutes * 60_000, options.signal);
  try {
    let state: State = { results: confirmation.measured, arms: 0, dead: NONE_DEAD, givenUp: [] };
    for (let look = nextOf(confirmation, state); look.kind === "measure"; look = nextOf(confirmation, state)) {
      state = await measureLook(look, state, { confirmation, ports, options, deadline });
      if (state.ended !== undefined) break;
    }
    const minutes = (ports.clock.nowMs() - startedMs) / 60_000;
    const { ended } = state;
    const method = confirmation.policy.method === "paired" ? "paired" : "confirm";
    if (ended === "time") tellTime(confirmation, ports);
    if (ended instanceof Error) return { results: { ...state.results, method }, minutes, failure: ended };
    // Where a build did not serve, nothing was decided either; the arms say so themselves.
    const confirmEnded = ended ?? (state.givenUp.length === 0 ? "decided" : undefined);
    return { results: { ...state.results, method, ...(confirmEnded && { confirmEnded }) }, minutes };
  } finally {
    deadline.stop();
  }
}

const NONE_DEAD = { base: 0, candidate: 0 } as const;

function tellTime({ policy }: Confirmation, { progress }: RunPorts): void {
  const text = `Confirmation: the ${policy.confirmMaxMinutes} minutes of gate.confirm.max-minutes are over; what is open stays open.`;
  progress.report({ kind: "note", text });
}

interface Surroundings {
  readonly confirmation: Confirmation;
  readonly ports: RunPorts;
  readonly options: RunOptions;
  readonly deadline: ReturnType<typeof deadlineSignal>;
}

/** The first look of a run without trials is all that gates: there is nothing to choose by. */
function nextOf(
  { baseline, policy, gatedPhases, plan }: Confirmation,
  { results, arms, givenUp }: State,
): NextLook | { readonly kind: "measure"; readonly look: 1; readonly boots: readonly PlannedBoot[] } {
  if (policy.method === "paired" && arms === 0) {
    const boots = plan.boots.filter(({ trial, phase }) => trial === 0 && (gatedPhases?.includes(phase.id) ?? true));
    return boots.length === 0 ? { kind: "done" } : { kind: "measure", look: 1, boots };
  }
  const next = nextLook({
    baseline,
    candidate: { ...results, method: policy.method === "paired" ? "paired" : "confirm" },
    policy,
    ...(gatedPhases === undefined ? {} : { gatedPhases }),
  });
  if (next.kind === "done") return next;
  const cells = next.cells.filter((cell) => bootFor(givenUp, [cell]) === undefined);
  return cells.length === 0 ? { kind: "done" } : { ...next, cells };
}

type Measuring = Extract<ReturnType<typeof nextOf>, { kind: "measure" }>;

async function measureLook(next: Measuring, state: State, around: Surroundings): Promise<State> {
  const { plan } = around.confirmation;
  if ("boots" in next) {
    let current = state;
    for (const boot of next.boots) {
      if (current.ended === undefined) current = await measurePairs({ boot, look: 1 }, current, around);
    }
    return current;
  }
  const boot = bootFor(plan.boots, next.cells);
  if (boot === undefined)
    throw new GateError("bug", "confirm: a cell of this run is not in its plan; please report this");
  return measurePairs({ boot, look: next.look }, state, around);
}

interface Block {
  readonly boot: PlannedBoot;
  readonly look: 1 | 2;
}

/** Three pairs of one server configuration, in turns. */
async function measurePairs(block: Block, state: State, around: Surroundings): Promise<State> {
  const order = ARM_ORDER[block.look];
  let minutes = armMinutes(block.boot, state.results);
  tellBlock(block, { state, minutes }, around);
  let current: State = { ...state, dead: NONE_DEAD };
  for (const [index, arm] of order.entries()) {
    // A pair that cannot end in time would be lost.
    if (index % 2 === 0 && 2 * minutes > around.deadline.minutesLeft()) return { ...current, ended: "time" };
    const startedMs = around.ports.clock.nowMs();
    current = await measureArm({ boot: block.boot, arm, index, of: order.length }, current, around);
    if (current.ended !== undefined || current.givenUp.includes(block.boot)) return current;
    minutes = Math.max(minutes, (around.ports.clock.nowMs() - startedMs) / 60_000);
  }
  return current;
}

function tellBlock(
  { boot, look }: Block,
  { state, minutes }: { readonly state: State; readonly minutes: number },
  { ports, deadline }: Surroundings,
): void {
  const starts = ARM_ORDER[look].length;
  ports.progress.report({
    kind: "confirming",
    look,
    starts,
    workloads: boot.workloads.map(({ workload }) => workload.name),
    isFirst: state.results.cells.every(({ trials }) => trials.length === 0) && look === 1,
    estimatedMinutes: starts * minutes,
    minutesLeft: deadline.minutesLeft(),
  });
}

interface PlannedArm {
  readonly boot: PlannedBoot;
  readonly arm: Arm;
  readonly index: number;
  readonly of: number;
}

async function measureArm(planned: PlannedArm, state: State, around: Surroundings): Promise<State> {
  const { boot, arm } = planned;
  const { options, deadline } = around;
  const outcome = await runArm(planned, state, around);
  const { failure } = outcome;
  // The run was cancelled, or its time came to an end, in the middle of the arm: it says nothing.
  if (failure !== undefined && deadline.signal.aborted) {
    return { ...state, ended: options.signal.aborted ? failure : "time" };
  }
  if (failure !== undefined && !isOfBuild(failure, planned, around)) return { ...state, ended: failure };
  const results = withArm(state.results, { arm, boot, outcome });
  const after: State = { ...state, results, arms: state.arms + 1 };
  const unsaved = await saved(results, options);
  if (unsaved !== undefined) return { ...after, ended: unsaved };
  if (options.signal.aborted) return { ...after, ended: runFailure(undefined, { ...options, server: undefined }) };
  return failure === undefined ? after : afterDeath(failure, planned, { state: after, around });
}

/**
 * Whether it is the build that did not serve. What the machine or the config is to blame for is no evidence about a build;
 * but what a base build in its worktree lacks is the state that the base is in.
 */
function isOfBuild({ blame }: GateError, { arm, boot }: PlannedArm, { confirmation }: Surroundings): boolean {
  if (blame === "server") return true;
  return blame === "config" && arm === "base" && confirmation.base.folders.has(boot.phase.id);
}

/** A second arm that does not serve is the last of its configuration; a kept base build that does not is built anew next time. */
async function afterDeath(
  failure: GateError,
  { arm, boot }: PlannedArm,
  { state, around }: { readonly state: State; readonly around: Surroundings },
): Promise<State> {
  const { base } = around.confirmation;
  around.ports.progress.report({ kind: "note", text: `The ${arm} build did not serve this arm: ${failure.message}` });
  const folder = arm === "base" ? base.folders.get(boot.phase.id) : undefined;
  if (folder !== undefined) await base.distrust?.(folder);
  const dead = { ...state.dead, [arm]: state.dead[arm] + 1 };
  const isLost = dead[arm] >= MOST_DEAD_ARMS;
  return { ...state, dead, givenUp: isLost ? [...state.givenUp, boot] : state.givenUp };
}

function runArm({ boot, arm, index, of }: PlannedArm, { arms }: State, around: Surroundings): Promise<BootOutcome> {
  const { ports, options, confirmation, deadline } = around;
  const { base, plan } = confirmation;
  const { phase, model } = boot;
  ports.progress.report({ kind: "arm", arm, index, of, phase: phase.id, ...(model && { model: model.label }) });
  const isBase = arm === "base";
  const folder = isBase ? base.folders.get(phase.id) : undefined;
  return runBoot({
    ...ports,
    ...options,
    signal: deadline.signal,
    boot: isBase ? baseBoot(boot, base) : boot,
    build: arm,
    ...(folder === undefined ? {} : { folder }),
    index: plan.boots.length + arms,
  });
}

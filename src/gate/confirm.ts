/** The A/B confirmation: what looks worse is measured again, in turns with the base build, until that is decided. */
import { type NextLook, nextLook } from "../core/compare/next-look.ts";
import type { Config, GatePolicy } from "../core/model/config.ts";
import type { GateError } from "../core/model/gate-error.ts";
import type { Plan, PlannedBoot } from "../core/model/plan.ts";
import type { ResultsFile } from "../core/model/results.ts";
import { armMinutes } from "./arm-minutes.ts";
import { ARM_ORDER, type Arm, bootFor, withArm } from "./arms.ts";
import { type BaseSide, baseBoot } from "./base-side.ts";
import { deadlineSignal } from "./deadline.ts";
import { type BootOutcome, runBoot } from "./run-boot.ts";
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
  /** Why nothing more is measured. */
  readonly ended?: "decided" | "time" | GateError;
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
    let state: State = { results: confirmation.measured, arms: 0, dead: { base: 0, candidate: 0 } };
    for (let look = nextOf(confirmation, state); look.kind === "measure"; look = nextOf(confirmation, state)) {
      state = await measureLook(look, state, { confirmation, ports, options, deadline });
      if (state.ended !== undefined) break;
    }
    const minutes = (ports.clock.nowMs() - startedMs) / 60_000;
    const { ended } = state;
    const method = confirmation.policy.method === "paired" ? "paired" : "confirm";
    const results = { ...state.results, method, confirmEnded: ended === "time" ? "time" : "decided" } as const;
    return { results, minutes, ...(ended instanceof Error ? { failure: ended } : {}) };
  } finally {
    deadline.stop();
  }
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
  { results, arms }: State,
): NextLook | { readonly kind: "measure"; readonly look: 1; readonly boots: readonly PlannedBoot[] } {
  if (policy.method === "paired" && arms === 0) {
    const boots = plan.boots.filter(({ trial, phase }) => trial === 0 && (gatedPhases?.includes(phase.id) ?? true));
    return boots.length === 0 ? { kind: "done" } : { kind: "measure", look: 1, boots };
  }
  return nextLook({
    baseline,
    candidate: { ...results, method: policy.method === "paired" ? "paired" : "confirm" },
    policy,
    ...(gatedPhases === undefined ? {} : { gatedPhases }),
  });
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
  // A cell of another plan: results that were handed in cannot be measured on.
  if (boot === undefined) return { ...state, ended: "decided" };
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
  tellBlock(block, minutes, around);
  let current: State = { ...state, dead: { base: 0, candidate: 0 } };
  for (const [index, arm] of order.entries()) {
    // A pair that cannot end in time would be lost.
    if (index % 2 === 0 && 2 * minutes > around.deadline.minutesLeft()) return { ...current, ended: "time" };
    const startedMs = around.ports.clock.nowMs();
    current = await measureArm({ boot: block.boot, arm, index, of: order.length }, current, around);
    if (current.ended !== undefined) return current;
    minutes = Math.max(minutes, (around.ports.clock.nowMs() - startedMs) / 60_000);
  }
  return current;
}

function tellBlock({ boot, look }: Block, minutesAnArm: number, { ports, deadline }: Surroundings): void {
  const starts = ARM_ORDER[look].length;
  ports.progress.report({
    kind: "confirming",
    look,
    starts,
    workloads: boot.workloads.map(({ workload }) => workload.name),
    estimatedMinutes: starts * minutesAnArm,
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
  const { options, deadline, ports } = around;
  const outcome = await runArm(planned, state, around);
  const { failure } = outcome;
  if (options.signal.aborted && failure !== undefined) return { ...state, ended: failure };
  if (deadline.signal.aborted) return { ...state, ended: "time" };
  const results = withArm(state.results, { arm, boot, outcome });
  const dead = failure === undefined ? state.dead : { ...state.dead, [arm]: state.dead[arm] + 1 };
  const after: State = { results, arms: state.arms + 1, dead };
  const unsaved = await saved(results, options);
  if (unsaved !== undefined) return { ...after, ended: unsaved };
  if (failure === undefined) return after;
  ports.progress.report({ kind: "note", text: `The ${arm} build did not serve this arm: ${failure.message}` });
  // A command that cannot be started at all is the config's fault; in a worktree it is the base's state.
  const isBuilt = around.confirmation.base.folders.has(boot.phase.id);
  if (failure.blame === "config" && !isBuilt) return { ...after, ended: failure };
  return dead[arm] < MOST_DEAD_ARMS ? after : { ...after, ended: "decided" };
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

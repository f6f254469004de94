/** Arms of the confirmation: which starts of the server they take, and how they are put into the results. */
import type { PlannedBoot, PlannedWorkload } from "../core/model/plan.ts";
import type { Cell, CellKey, ResultsFile, Trial } from "../core/model/results.ts";
import type { MeasuredTrial } from "./collect-cells.ts";
import type { BootOutcome } from "./run-boot.ts";

export type Arm = "base" | "candidate";

/** Three pairs a look. The side that goes first changes, so that a machine that warms up or slows down favours none. */
export const ARM_ORDER: { readonly [look in 1 | 2]: readonly Arm[] } = {
  1: ["base", "candidate", "candidate", "base", "base", "candidate"],
  2: ["candidate", "base", "base", "candidate", "candidate", "base"],
};

/** The boot that serves the first of these cells, with those of them that it serves; undefined where the plan has none. */
export function bootFor(boots: readonly PlannedBoot[], cells: readonly CellKey[]): PlannedBoot | undefined {
  const [first] = cells;
  if (first === undefined) return undefined;
  const boot = boots.find((one) => one.workloads.some((planned) => isCell(first, one, planned)));
  if (boot === undefined) return undefined;
  return {
    ...boot,
    workloads: boot.workloads.filter((planned) => cells.some((cell) => isCell(cell, boot, planned))),
  };
}

/** A boot without a model of its own asks the first one that the server names. */
function isCell(cell: CellKey, { phase, model }: PlannedBoot, { workload, point = {} }: PlannedWorkload): boolean {
  return (
    cell.phase === phase.id &&
    (model === undefined || cell.model === model.id) &&
    cell.workload === workload.name &&
    pointText(cell.point) === pointText(point)
  );
}

/** One boot of an arm and what came of it. */
export interface ArmRun {
  readonly arm: Arm;
  readonly boot: PlannedBoot;
  readonly outcome: BootOutcome;
}

/** The results with one arm added to each cell of its boot. A workload that the arm did not come to is a dead one. */
export function withArm(results: ResultsFile, run: ArmRun): ResultsFile {
  return {
    ...results,
    cells: run.boot.workloads.reduce((cells, planned) => withTrial(cells, planned, run), results.cells),
  };
}

function withTrial(cells: readonly Cell[], planned: PlannedWorkload, { arm, boot, outcome }: ArmRun): readonly Cell[] {
  const measured = outcome.trials.find(({ cell }) => isCell(cell, boot, planned));
  const added = { arm, trial: armTrial(planned, measured, outcome) };
  const at = cells.findIndex((cell) => isCell(cell, boot, planned));
  const cell = cells[at];
  if (cell === undefined) {
    return [...cells, { ...(measured?.cell ?? plannedCell(boot, planned)), trials: [], confirmation: [added] }];
  }
  // A run without trials has begun with the base: what the report says of the server is the candidate's.
  const heading = arm === "candidate" && cell.trials.length === 0 ? measured?.cell : undefined;
  return cells.with(at, { ...cell, ...heading, confirmation: [...(cell.confirmation ?? []), added] });
}

/** As far as the plan knows a cell whose first arm died; the candidate's arms tell the rest. */
function plannedCell(
  { phase, model }: PlannedBoot,
  { workload, point, schedule }: PlannedWorkload,
): Omit<Cell, "trials"> {
  const id = model?.id ?? UNKNOWN_MODEL;
  return {
    ...{ phase: phase.id, phaseTitle: phase.title, model: id, modelLabel: model?.label ?? id, workload: workload.name },
    ...(point === undefined ? {} : { point }),
    scheduleHash: schedule.hash,
  };
}

/** Until a server has said what it serves. */
const UNKNOWN_MODEL = "default";

/** The server died under the last workload that was measured; those after it were not begun. */
function armTrial(
  planned: PlannedWorkload,
  measured: MeasuredTrial | undefined,
  { trials, failure }: BootOutcome,
): Trial {
  const why = failure?.message.split("\n")[0] ?? "the server was not there";
  if (measured === undefined) return unmeasured(planned, why);
  if (failure === undefined || measured !== trials.at(-1)) return measured.trial;
  return { ...measured.trial, valid: false, invalidReason: measured.trial.invalidReason ?? why };
}

/** What was asked of a server that was not there. */
function unmeasured({ schedule }: PlannedWorkload, invalidReason: string): Trial {
  const requests = schedule.requests.length;
  return {
    valid: false,
    invalidReason,
    summary: { error_rate: 1 },
    counts: { requests, failed: requests, outputTokens: 0, gaps: 0 },
  };
}

function pointText(point: CellKey["point"]): string {
  return JSON.stringify(Object.entries(point ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
}

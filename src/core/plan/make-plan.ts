import type { Config, ModelConfig, Override, PhaseConfig } from "../model/config.ts";
import type { Plan, PlannedBoot, PlannedWorkload } from "../model/plan.ts";
import type { Workload } from "../model/workload.ts";
import { drawSchedule } from "../workload/schedule.ts";
import { estimatedMinutes } from "./estimate.ts";
import { mergedArgs } from "./merged-args.ts";

/**
 * Everything a run will do, in order. Trials are outermost: each goes once through all phases and models, so that a
 * machine that warms up or slows down does so to all of them alike.
 */
export function makePlan(config: Config): Plan {
  const planned = config.workloads.map((workload) => ({ workload, schedule: drawSchedule(workload) }));
  const lap = config.phases.flatMap((phase) =>
    servedModels(phase).flatMap((model) => bootsOf({ phase, model, overrides: config.overrides }, planned)),
  );
  const boots = Array.from({ length: config.trials }, (_, trial) => lap.map((boot) => ({ trial, ...boot }))).flat();
  return { trials: config.trials, boots, workloads: config.workloads, estimatedMinutes: estimatedMinutes(boots) };
}

/** A phase without models is measured once, with the first model that the server names. */
function servedModels({ models }: PhaseConfig): readonly (ModelConfig | undefined)[] {
  return models.length > 0 ? models : [undefined];
}

interface Served {
  readonly phase: PhaseConfig;
  readonly model: ModelConfig | undefined;
  readonly overrides: readonly Override[];
}

/** One start for each set of arguments, in the order in which the workloads first need it. */
function bootsOf(served: Served, planned: readonly Omit<PlannedWorkload, "notes">[]): Omit<PlannedBoot, "trial">[] {
  const { phase, model, overrides } = served;
  const boots = new Map<string, Omit<PlannedBoot, "trial"> & { readonly workloads: PlannedWorkload[] }>();
  for (const item of planned) {
    const applying = overrides.filter((override) => applies(override, served, item.workload));
    const args = mergedArgs([phase.server.args, model?.args ?? [], ...applying.map((override) => override.args ?? [])]);
    const notes = applying.flatMap(({ note }) => (note === undefined ? [] : [note]));
    const key = JSON.stringify(args);
    const boot = boots.get(key) ?? { phase, ...(model === undefined ? {} : { model }), args, workloads: [] };
    boot.workloads.push({ ...item, notes });
    boots.set(key, boot);
  }
  return [...boots.values()];
}

function applies(override: Override, { phase, model }: Served, workload: Workload): boolean {
  if (override.phase !== undefined && override.phase !== phase.id) return false;
  if (override.workload !== undefined && override.workload !== workload.name) return false;
  return override.model === undefined || override.model === model?.id || override.model === model?.label;
}

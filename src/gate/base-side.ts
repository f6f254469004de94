import type { Config, PhaseConfig, ServerConfig } from "../core/model/config.ts";
import type { PlannedBoot } from "../core/model/plan.ts";
import { makePlan } from "../core/plan/make-plan.ts";

/** How the base build is started. */
export interface BaseSide {
  /** The base's own config, for its arguments; the candidate's where the base has none that can be read. */
  readonly config: Config;
  /** Where it was built, by phase; a phase without one is started by its `base-command`. */
  readonly folders: ReadonlyMap<string, string>;
  /** Told of a folder in which the base did not serve. */
  readonly distrust?: (folder: string) => Promise<void>;
}

/** Whether the config says how a base build comes about, in every phase that gates. */
export function namesBaseBuild(config: Config, gatedPhases: readonly string[] | undefined): boolean {
  const gating = config.phases.filter(({ id }) => gatedPhases?.includes(id) ?? true);
  return (
    gating.length > 0 &&
    // A server that runs already has one start: nothing could be measured in turns with it.
    gating.every(({ server }) => server.command !== undefined && (server.baseCommand ?? server.build) !== undefined)
  );
}

/**
 * The base's counterpart of a boot: the same workloads, drawn from the same schedules, on the base build with the base's own
 * arguments. A phase, model or workload that the base's config does not have is served with the candidate's.
 */
export function baseBoot(boot: PlannedBoot, base: BaseSide): PlannedBoot {
  const own = ownBoot(boot, base.config);
  const isBuilt = base.folders.has(boot.phase.id);
  const phase: PhaseConfig = { ...boot.phase, server: baseServer(boot.phase.server, own?.phase.server, isBuilt) };
  return { ...boot, phase, args: own?.args ?? boot.args };
}

function ownBoot(boot: PlannedBoot, config: Config): PlannedBoot | undefined {
  const [first] = boot.workloads;
  return makePlan({ ...config, trials: 1 }).boots.find(
    ({ phase, model, workloads }) =>
      phase.id === boot.phase.id &&
      model?.id === boot.model?.id &&
      workloads.some(({ workload }) => workload.name === first?.workload.name),
  );
}

/** A base that does not know yet how it is started for a comparison is started as the candidate says. */
function baseServer(candidate: ServerConfig, own: ServerConfig | undefined, isBuilt: boolean): ServerConfig {
  const { baseCommand = candidate.baseCommand, ...server } = own ?? candidate;
  return isBuilt || baseCommand === undefined ? server : { ...server, baseCommand };
}

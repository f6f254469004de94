import type { Config } from "../core/model/config.ts";
import { GateError } from "../core/model/gate-error.ts";
import type { ResultsFile } from "../core/model/results.ts";
import type { BaselineStore } from "./ports.ts";

/**
 * Every record of a store. Call it before measuring too: a broken record is better found before the GPU is busy.
 *
 * Throws a GateError that names each broken file: leaving one out silently would change the verdict.
 */
export async function readBaseline(store: BaselineStore): Promise<readonly ResultsFile[]> {
  const records = await store.list();
  const broken = records.flatMap((record) => (record.kind === "unreadable" ? [record.reason] : []));
  if (broken.length > 0) {
    throw new GateError(
      "config",
      `baseline: ${broken.length} of ${records.length} records in ${store.label} cannot be used:\n${broken.join("\n")}`,
    );
  }
  return records.flatMap((record) => (record.kind === "found" ? [record.value] : []));
}

/** The phases that gate: those of the policy, else the last one; in a config that names no phase, every phase in the data. */
export function gatedPhases(config: Config): readonly string[] | undefined {
  if (config.gate.phases !== undefined) return config.gate.phases;
  return namesPhases(config) ? config.phases.slice(-1).map(({ id }) => id) : undefined;
}

/** Whether the config says anything of phases; without, there is one called "default". */
export function namesPhases({ phases }: Config): boolean {
  return phases.length > 1 || phases[0].id !== "default";
}

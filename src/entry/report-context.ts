import type { Config } from "../core/model/config.ts";
import type { PhaseLink } from "../core/report/input.ts";

/** How a reader of a report starts the CLI without installing anything. */
export const REPRODUCE_COMMAND = "npx github:serving-gate/serving-gate#v1";

/** Which phase compares with which; undefined where the config names no phases. */
export function phaseLinks(config: Config): readonly PhaseLink[] | undefined {
  const isDefault = config.phases.length === 1 && config.phases[0].id === "default" && !config.runnable;
  if (isDefault) return undefined;
  return config.phases.map(({ id, title, compareWith, headline }) => ({
    id,
    title,
    ...(compareWith === undefined ? {} : { compareWith }),
    ...(headline === undefined ? {} : { headline }),
  }));
}

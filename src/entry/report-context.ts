import type { Config } from "../core/model/config.ts";
import type { PhaseLink } from "../core/report/input.ts";
import { namesPhases } from "../gate/judge-candidate.ts";

/** How a reader of a report starts the CLI without installing anything. */
export const REPRODUCE_COMMAND = "npx github:serving-gate/serving-gate#v1";

/** Which phase compares with which; undefined where the config names no phases. */
export function phaseLinks(config: Config): readonly PhaseLink[] | undefined {
  if (!namesPhases(config)) return undefined;
  return config.phases.map(({ id, title, compareWith, headline }) => ({
    id,
    title,
    ...(compareWith === undefined ? {} : { compareWith }),
    ...(headline === undefined ? {} : { headline }),
  }));
}

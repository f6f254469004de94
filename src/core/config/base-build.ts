/** Whether the base build can be started beside the candidate, and what hangs on it: the A/B confirmation. */
import { type Place, quoted, refuse } from "./place.ts";
import { childPlace } from "./readers.ts";
import type { Sections } from "./sections.ts";

interface File {
  readonly written: Sections;
  readonly place: Place;
}

/**
 * Two trials where a suspicion is measured again in turns with the base build, three where the history alone decides:
 * without fresh pairs every trial has to agree, and two agree by chance too often (GS §1.2).
 */
export function defaultTrials(file: File): 2 | 3 {
  const gating = gatingPhases(file);
  const isConfirmed = file.written.gate?.method !== "history" && gating.length > 0 && gating.every(hasBase);
  return isConfirmed ? 2 : 3;
}

/** `confirm` and `paired` promise what takes a base build in every phase that gates. */
export function refuseWithoutBase(file: File): void {
  const { written, place } = file;
  const method = written.gate?.method;
  if (method !== "confirm" && method !== "paired") return;
  const unfit = gatingPhases(file).filter((phase) => !hasBase(phase));
  const section = childPlace(place, "gate");
  const here = section && childPlace(section, "method");
  if (unfit.length === 0 || here === undefined) return;
  const ids = unfit.flatMap(({ id }) => (id === undefined ? [] : [quoted(id)]));
  const where = ids.length === 0 ? "" : ` in ${ids.length === 1 ? "phase" : "phases"} ${ids.join(", ")}`;
  const keys = [...new Set(unfit.flatMap(lacks))].join(" and ");
  const owner = ids.length === 0 ? "server" : "server or to the phase";
  refuse(
    here,
    `is "${method}", but the base build cannot be started${where}; add ${keys} to ${owner}, or choose auto or history`,
  );
}

interface GatingPhase {
  /** Absent in a file without phases. */
  readonly id?: string;
  /** Where its server's keys may stand. */
  readonly places: readonly Place[];
}

/** Those that `gate.phases` names, else the last. None where the phases could not be read: that is a problem already. */
function gatingPhases({ written, place }: File): readonly GatingPhase[] {
  const server = childPlace(place, "server");
  const shared = server === undefined ? [] : [server];
  if (childPlace(place, "phases") === undefined) return [{ places: shared }];
  const named = written.gate?.phases?.map(({ value }) => value);
  const phases = written.phases ?? [];
  const gating = named === undefined ? phases.slice(-1) : phases.filter(({ id }) => named.includes(id));
  return gating.map((phase) => ({ id: phase.id, places: [phase.place, ...shared] }));
}

function hasBase(phase: GatingPhase): boolean {
  return lacks(phase).length === 0;
}

/** Keys that are still to be written. One that is there and could not be read is a problem of its own. */
function lacks({ places }: GatingPhase): readonly string[] {
  const has = (key: string) => places.some((place) => childPlace(place, key) !== undefined);
  return [
    ...(has("command") ? [] : ["command"]),
    ...(has("base-command") || has("build") ? [] : ["base-command (or build)"]),
  ];
}

import type { Override, PhaseConfig } from "../model/config.ts";
import { type Place, refuse } from "./place.ts";
import { childPlace } from "./readers.ts";

export interface Fitting {
  readonly phase: PhaseConfig;
  readonly overrides: readonly Override[];
  /** Where the phase's keys may be written, nearest first: the phase, `server:`, the file. */
  readonly places: readonly Place[];
}

/**
 * What a phase's command cannot do with what it is given, as problems of the command: found here, not when the first
 * server starts. A running server (a URL alone) fits anything: arguments then say how others started it.
 */
export function refuseMisfits({ phase, overrides, places }: Fitting): void {
  const { command, url } = phase.server;
  const written = (key: string) => places.map((place) => childPlace(place, key)).find((found) => found !== undefined);
  const place = written("command");
  if (command === undefined || place === undefined) return;
  const uses = (placeholder: string) => command.some((word) => word.includes(placeholder));
  if (hasArgs(phase, overrides) && !uses("{{args}}")) {
    refuseOnce(place, "has no {{args}}, so args of phases, models and overrides would be lost; add {{args}} to it");
  }
  // Models and URLs that are written and could not be read are problems already.
  if (uses("{{model}}") && written("models") === undefined) {
    refuseOnce(place, "uses {{model}}, but no model is named; list it under models");
  }
  const hasPort = url === undefined ? written("url") !== undefined : /^https?:\/\/[^/]*:\d+(\/|$)/.test(url);
  if (!uses("{{port}}") && !hasPort) {
    const choices = "pass {{port}} to the server, or write its port in server.url, such as http://127.0.0.1:8000";
    refuseOnce(place, `does not use {{port}} and server.url has no port, so nobody knows where it listens; ${choices}`);
  }
}

function hasArgs({ id, server, models }: PhaseConfig, overrides: readonly Override[]): boolean {
  const ofPhase = overrides.filter((override) => override.phase === undefined || override.phase === id);
  return [server, ...models, ...ofPhase].some(({ args }) => args !== undefined && args.length > 0);
}

/** Phases that share a command share its faults. */
function refuseOnce(place: Place, message: string): void {
  const { problems } = place.log;
  if (!problems.some((problem) => problem.path === place.path && problem.message === message)) refuse(place, message);
}

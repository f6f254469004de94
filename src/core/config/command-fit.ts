import type { Override, PhaseConfig } from "../model/config.ts";
import { type Place, refuse } from "./place.ts";
import { childPlace } from "./readers.ts";

export interface Fitting {
  readonly phase: PhaseConfig;
  readonly overrides: readonly Override[];
  /** Where the phase's keys may be written, nearest first: the phase, `server:`, the file. */
  readonly places: readonly Place[];
}

/** What a command has to work with, when a server is started. */
export interface CommandNeeds {
  /** Whether there are words for {{args}}. */
  readonly hasArgs: boolean;
  readonly hasModel: boolean;
  /** Whether server.url names the port; else a free one is found, and the command has to be told. */
  readonly hasPort: boolean;
}

/** Why a command does not fit what it has to work with: sentences that go on after its key. */
export function misfits(command: readonly string[], { hasArgs, hasModel, hasPort }: CommandNeeds): readonly string[] {
  const uses = (placeholder: string) => command.some((word) => word.includes(placeholder));
  const faults: string[] = [];
  if (hasArgs && !uses("{{args}}")) {
    faults.push("has no {{args}}, so args of phases, models and overrides would be lost; add {{args}} to it");
  }
  if (!hasModel && uses("{{model}}")) faults.push("uses {{model}}, but no model is named; list it under models");
  if (!hasPort && !uses("{{port}}")) {
    const choices = "pass {{port}} to the server, or write its port in server.url, such as http://127.0.0.1:8000";
    faults.push(`does not use {{port}} and server.url has no port, so nobody knows where it listens; ${choices}`);
  }
  return faults;
}

/**
 * What a phase's commands cannot do with what they are given, as problems of the commands: found here, not when the
 * first server starts. A running server (a URL alone) fits anything: arguments then say how others started it.
 */
export function refuseMisfits({ phase, overrides, places }: Fitting): void {
  const { command, baseCommand, url } = phase.server;
  const written = (key: string) => places.map((place) => childPlace(place, key)).find((found) => found !== undefined);
  const needs = {
    hasArgs: hasArgs(phase, overrides),
    // Models and URLs that are written and could not be read are problems already.
    hasModel: written("models") !== undefined,
    hasPort: url === undefined ? written("url") !== undefined : /^https?:\/\/[^/]*:\d+(\/|$)/.test(url),
  };
  for (const [key, words] of [["command", command] as const, ["base-command", baseCommand] as const]) {
    const place = written(key);
    if (words === undefined || place === undefined) continue;
    for (const fault of misfits(words, needs)) refuseOnce(place, fault);
  }
  refuseBuild(written);
}

/** The base is built in a worktree and started there as the candidate is started here. */
function refuseBuild(written: (key: string) => Place | undefined): void {
  const build = written("build");
  if (build === undefined) return;
  if (written("base-command") !== undefined) {
    refuseOnce(build, "stands beside base-command; expected one of the two: base-command starts a base that is built");
  } else if (written("command") === undefined) {
    refuseOnce(build, "needs server.command, which starts the base where it was built; write it, or leave build out");
  }
  const cwd = written("cwd");
  if (cwd?.node.kind === "scalar" && `${cwd.node.value}`.startsWith("/")) {
    const reason = "so the base would be started in the candidate's folder and not where build built it";
    refuseOnce(cwd, `is an absolute path, ${reason}; write it from the workspace's root, such as server`);
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

/** What needs the whole file: phases laid over `server:`, and the names by which one section speaks of another. */
import type { GatePolicy, Override, PhaseConfig, ServerConfig } from "../model/config.ts";
import { builtInWorkloads } from "../workload/built-in.ts";
import { nameHint } from "./closest-name.ts";
import { gateDefaults } from "./gate.ts";
import type { WrittenPhase } from "./phases.ts";
import { type Located, type Place, quoted, refuse } from "./place.ts";
import { present } from "./readers.ts";
import type { Purpose, Sections } from "./sections.ts";
import { overlaidServer, serverDefaults } from "./server.ts";
import type { YamlNode } from "./yaml-tree.ts";

export interface Scope {
  readonly written: Sections;
  readonly place: Place;
  readonly purpose: Purpose;
  /** Sections that are in the file, whether or not they could be read. */
  readonly keys: readonly string[];
}

type Phases = readonly [PhaseConfig, ...PhaseConfig[]];

const defaultPhaseId = "default";

export function resolvedPhases(scope: Scope): Phases {
  const written = scope.written.phases ?? [];
  const [first, ...rest] = written.map((phase, index) => resolvedPhase(scope, phase, written[index - 1]));
  if (first !== undefined) return [first, ...rest];
  const server = overlaidServer(serverDefaults, scope.written.server ?? {});
  const models = scope.written.models ?? [];
  if (!scope.keys.includes("phases")) {
    if (lacksServer(scope, server, scope.place.node)) {
      refuse(scope.place, "the file has no server.command and no server.url; expected what to start, or where it runs");
    }
    const args = [...server.args, ...models.flatMap((model) => model.args)];
    if (args.length > 0) refuseLostArgs(scope.place, server, "the file has");
  }
  return [{ id: defaultPhaseId, title: defaultPhaseId, server, models }];
}

function resolvedPhase(scope: Scope, phase: WrittenPhase, before: WrittenPhase | undefined): PhaseConfig {
  const { id, title, description, compareWith, headline, place } = phase;
  const server = overlaidServer(overlaidServer(serverDefaults, scope.written.server ?? {}), phase.server);
  const models = phase.models ?? scope.written.models ?? [];
  if (lacksServer(scope, server, place.node)) {
    refuse(place, `("${id}") has no command and no url, and server has none; expected what to start, or where it runs`);
  }
  const others = (scope.written.phases ?? []).map((other) => other.id).filter((other) => other !== id);
  if (compareWith !== undefined) lookUp(compareWith, others, "another phase of this file");
  if (headline !== undefined) lookUp(headline, knownWorkloads(scope), "a workload");
  if (server.args.length > 0 || models.some(({ args }) => args.length > 0))
    refuseLostArgs(place, server, `("${id}") has`);
  const names = { description, compareWith: compareWith?.value ?? before?.id, headline: headline?.value };
  return { id, title, server, models, ...present(names) };
}

/** Whether nothing says where the server is. A command or URL that could not be read is a problem already. */
function lacksServer({ purpose, place }: Scope, server: ServerConfig, own: YamlNode): boolean {
  if (purpose === "offline" || server.command !== undefined || server.url !== undefined) return false;
  const shared = childOf(place.node, "server");
  return ![shared, own].some((node) => childOf(node, "command") !== undefined || childOf(node, "url") !== undefined);
}

function childOf(node: YamlNode | undefined, key: string): YamlNode | undefined {
  return node?.kind === "map" ? node.entries.find((entry) => entry.key === key)?.value : undefined;
}

/**
 * Arguments that a command has no place for would be measured as if they were there. With a URL alone they are fine:
 * they say how the server was started by others.
 */
function refuseLostArgs(place: Place, server: ServerConfig, subject: string): void {
  if (server.command === undefined || server.command.includes("{{args}}")) return;
  refuse(place, `${subject} args, but the command has no {{args}} to put them; add it to the command`);
}

export function resolvedOverrides(scope: Scope, phases: Phases): readonly Override[] {
  return (scope.written.overrides ?? []).map(({ override, names, place }) => {
    const phaseIds = phases.map(({ id }) => id);
    if (names.phase && isListed(scope, "phases")) lookUp(names.phase, phaseIds, "a phase of this file");
    if (names.model && isListed(scope, "models")) lookUp(names.model, knownModels(phases), "a model of this file");
    if (names.workload) lookUp(names.workload, knownWorkloads(scope), "a workload");
    const lost = phases.find(
      ({ id, server }) => (override.phase ?? id) === id && !server.command?.includes("{{args}}"),
    );
    if (lost !== undefined && (override.args ?? []).length > 0) refuseLostArgs(place, lost.server, "has");
    return override;
  });
}

export function resolvedGate(scope: Scope): GatePolicy {
  const { phases, workloadsOfMinEffect = [], ...written } = scope.written.gate ?? {};
  const phaseIds = scope.written.phases?.map(({ id }) => id) ?? [defaultPhaseId];
  if (isListed(scope, "phases")) for (const phase of phases ?? []) lookUp(phase, phaseIds, "a phase of this file");
  if (isListed(scope, "workloads")) {
    for (const workload of workloadsOfMinEffect) lookUp(workload, knownWorkloads(scope), "a workload");
  }
  return { ...gateDefaults, ...present({ ...written, phases: phases?.map(({ value }) => value) }) };
}

/** Whether names can be looked up: an offline file may leave the section out, and a broken one is a problem already. */
function isListed({ written, keys, purpose }: Scope, section: "phases" | "models" | "workloads"): boolean {
  return keys.includes(section) ? written[section] !== undefined : purpose === "run";
}

function knownModels(phases: Phases): readonly string[] {
  return [...new Set(phases.flatMap(({ models }) => models.flatMap(({ id, label }) => [label, id])))];
}

/** Those of this file, and every built-in one: a phase's headline may name a workload that this run leaves out. */
function knownWorkloads({ written }: Scope): readonly string[] {
  return [...new Set([...(written.workloads ?? []), ...builtInWorkloads].map(({ name }) => name))];
}

function lookUp({ value, place }: Located<string>, known: readonly string[], what: string): void {
  if (known.includes(value)) return;
  refuse(
    place,
    `is ${quoted(value)}, which is not ${what}${known.length > 0 ? nameHint(value, known) : "; there is none"}`,
  );
}

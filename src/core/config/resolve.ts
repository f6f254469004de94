/** What needs the whole file: phases laid over `server:`, and the names by which one section speaks of another. */
import type { GatePolicy, Override, PhaseConfig } from "../model/config.ts";
import type { Workload } from "../model/workload.ts";
import { builtInWorkloads, knownWorkloads } from "../workload/built-in.ts";
import { refuseWithoutBase } from "./base-build.ts";
import { nameHint } from "./closest-name.ts";
import { refuseMisfits } from "./command-fit.ts";
import { gateDefaults } from "./gate.ts";
import type { WrittenPhase } from "./phases.ts";
import { type Located, type Place, quoted, refuse } from "./place.ts";
import { childPlace, itemPlaces, present } from "./readers.ts";
import type { Purpose, Sections } from "./sections.ts";
import { overlaidServer, serverDefaults } from "./server.ts";
import type { Traces } from "./trace-file.ts";

export interface Scope {
  readonly written: Sections;
  readonly place: Place;
  readonly purpose: Purpose;
  readonly traces: Traces | undefined;
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
  const phase: PhaseConfig = { id: defaultPhaseId, title: defaultPhaseId, server, models: scope.written.models ?? [] };
  if (!scope.keys.includes("phases")) {
    checkServer(scope, phase, { place: scope.place, subject: "the file", others: "" });
  }
  return [phase];
}

function resolvedPhase(scope: Scope, written: WrittenPhase, before: WrittenPhase | undefined): PhaseConfig {
  const { id, title, description, compareWith, headline, place } = written;
  const server = overlaidServer(overlaidServer(serverDefaults, scope.written.server ?? {}), written.server);
  const others = (scope.written.phases ?? []).map((other) => other.id).filter((other) => other !== id);
  if (compareWith !== undefined) lookUp(compareWith, others, "another phase of this file");
  if (headline !== undefined) lookUpWorkload(scope, headline);
  const names = { description, compareWith: compareWith?.value ?? before?.id, headline: headline?.value };
  const phase = { id, title, server, models: written.models ?? scope.written.models ?? [], ...present(names) };
  checkServer(scope, phase, { place, subject: `("${id}")`, others: ", and server has none" });
  return phase;
}

/** That there is a server, and that its command fits what it is given; those that could not be read are problems already. */
function checkServer(
  { purpose, place: file, written }: Scope,
  phase: PhaseConfig,
  { place, subject, others }: { readonly place: Place; readonly subject: string; readonly others: string },
): void {
  const shared = childPlace(file, "server");
  const owners = shared === undefined ? [place] : [place, shared];
  const says = owners.some((owner) => ["command", "url"].some((key) => childPlace(owner, key) !== undefined));
  if (purpose === "run" && !says) {
    const keys = others === "" ? "server.command and no server.url" : "command and no url";
    refuse(place, `${subject} has no ${keys}${others}; expected what to start, or where it runs`);
  }
  const overrides = (written.overrides ?? []).map(({ override }) => override);
  if (purpose === "run") refuseMisfits({ phase, overrides, places: [...owners, file] });
}

/** Those whose trace has problems are left out: the config is none then. */
export function resolvedWorkloads({ written, traces }: Scope): readonly Workload[] {
  return written.workloads?.flatMap(({ complete }) => complete(traces) ?? []) ?? builtInWorkloads;
}

export function resolvedOverrides(scope: Scope, phases: Phases): readonly Override[] {
  return (scope.written.overrides ?? []).map(({ override, names }) => {
    const phaseIds = phases.map(({ id }) => id);
    if (names.phase && isListed(scope, "phases")) lookUp(names.phase, phaseIds, "a phase of this file");
    if (names.model && isListed(scope, "models")) lookUp(names.model, knownModels(phases), "a model of this file");
    if (names.workload) lookUpWorkload(scope, names.workload);
    return override;
  });
}

export function resolvedGate(scope: Scope): GatePolicy {
  const { phases, workloadsOfMinEffect = [], ...written } = scope.written.gate ?? {};
  const phaseIds = scope.written.phases?.map(({ id }) => id) ?? [defaultPhaseId];
  if (isListed(scope, "phases")) for (const phase of phases ?? []) lookUp(phase, phaseIds, "a phase of this file");
  for (const workload of workloadsOfMinEffect) lookUpWorkload(scope, workload);
  if (scope.purpose === "run") refuseWithoutBase(scope);
  return { ...gateDefaults, ...present({ ...written, phases: phases?.map(({ value }) => value) }) };
}

/** Whether names can be looked up: an offline file may leave the section out, and a broken one is a problem already. */
function isListed({ written, keys, purpose }: Scope, section: "phases" | "models" | "workloads"): boolean {
  return keys.includes(section) ? written[section] !== undefined : purpose === "run";
}

function knownModels(phases: Phases): readonly string[] {
  return [...new Set(phases.flatMap(({ models }) => models.flatMap(({ id, label }) => [label, id])))];
}

/** Known are those of this file, and every built-in one: a headline may name a workload that this run leaves out. */
function lookUpWorkload(scope: Scope, name: Located<string>): void {
  if (!isListed(scope, "workloads")) return;
  const known = new Set([...namesInFile(scope.place), ...knownWorkloads.map((workload) => workload.name)]);
  lookUp(name, [...known], "a workload");
}

/** As they stand there: a workload with a bad number is still the one that others mean. */
function namesInFile(file: Place): string[] {
  const list = childPlace(file, "workloads");
  return ((list && itemPlaces(list)) ?? []).flatMap((item) => {
    const { node } = childPlace(item, "name") ?? item;
    return node.kind === "scalar" && typeof node.value === "string" ? [node.value] : [];
  });
}

function lookUp({ value, place }: Located<string>, known: readonly string[], what: string): void {
  if (known.includes(value)) return;
  refuse(
    place,
    `is ${quoted(value)}, which is not ${what}${known.length > 0 ? nameHint(value, known) : "; there is none"}`,
  );
}

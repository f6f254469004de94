import type { Config } from "../model/config.ts";
import type { Problem } from "../model/gate-error.ts";
import { builtInWorkloads } from "../workload/built-in.ts";
import { baselineDefaults, reportDefaults } from "./keeping.ts";
import { type Place, type ProblemLog, refuse, shown } from "./place.ts";
import { resolvedGate, resolvedOverrides, resolvedPhases, type Scope } from "./resolve.ts";
import { type Purpose, sections } from "./sections.ts";
import { parseYamlTree, type YamlNode } from "./yaml-tree.ts";

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface ParseOptions {
  /** For messages: the path as the user wrote it. */
  readonly file: string;
  readonly purpose: Purpose;
}

/** `serving-gate.yml` as a Config with every default filled in, or every problem in it, in the order of its lines. */
export function parseConfig(text: string, { file, purpose }: ParseOptions): ConfigResult {
  const { root, problems } = parseYamlTree(text, file);
  const log: ProblemLog = { file, problems: [...problems] };
  const config = root === undefined ? undefined : readRoot({ node: root, path: "", line: root.line, log }, purpose);
  if (root === undefined && log.problems.length === 0) refuseEmpty(log);
  if (config !== undefined && log.problems.length === 0) return { ok: true, config };
  return { ok: false, problems: log.problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

/** What an empty file would mean, were it allowed: five workloads, one phase, and no server yet (see `filterConfig`). */
export function defaultConfig(): Config {
  const log: ProblemLog = { file: "", problems: [] };
  const node: YamlNode = { kind: "map", line: 1, entries: [] };
  return resolved({ written: {}, place: { node, path: "", line: 1, log }, purpose: "offline", keys: [] });
}

const wholeFile = "a mapping with keys such as server, workloads and gate";

function refuseEmpty({ file, problems }: ProblemLog): undefined {
  problems.push({ path: "", message: `the file is empty; expected ${wholeFile}`, file, line: 1 });
  return undefined;
}

function readRoot(place: Place, purpose: Purpose): Config | undefined {
  const { node } = place;
  if (isEmpty(node)) return refuseEmpty(place.log);
  if (node.kind !== "map") return refuse(place, `the file holds ${shown(node)}; expected ${wholeFile}`);
  const written = sections(place);
  return written && resolved({ written, place, purpose, keys: node.entries.map(({ key }) => key) });
}

/** `{}` and a lone `~` say as little as no text at all. */
function isEmpty(node: YamlNode): boolean {
  return node.kind === "map" ? node.entries.length === 0 : node.kind === "scalar" && node.value === null;
}

function resolved(scope: Scope): Config {
  const { written } = scope;
  const phases = resolvedPhases(scope);
  return {
    phases,
    overrides: resolvedOverrides(scope, phases),
    workloads: written.workloads ?? builtInWorkloads,
    trials: written.trials ?? 3,
    gate: resolvedGate(scope),
    baseline: { ...baselineDefaults, ...written.baseline },
    report: { ...reportDefaults, ...written.report },
    runnable: phases.every(({ server }) => server.command !== undefined || server.url !== undefined),
  };
}

import type { Config } from "../model/config.ts";
import type { Problem } from "../model/gate-error.ts";
import { defaultTrials } from "./base-build.ts";
import { readDocument } from "./document.ts";
import { baselineDefaults, reportDefaults } from "./keeping.ts";
import { type Place, type ProblemLog, refuse, shown } from "./place.ts";
import { resolvedGate, resolvedOverrides, resolvedPhases, resolvedWorkloads, type Scope } from "./resolve.ts";
import { type Purpose, sections } from "./sections.ts";
import type { Traces } from "./trace-file.ts";
import type { YamlNode, YamlTree } from "./yaml-tree.ts";

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface ParseOptions {
  /** For messages: the path as the user wrote it. */
  readonly file: string;
  readonly purpose: Purpose;
  /** What `namedTraces` names. Absent: workloads that replay a trace have no requests, and only names and arguments count. */
  readonly traces?: Traces;
}

/** `serving-gate.yml` as a Config with every default filled in, or its problems (the first hundred) in the order of its lines. */
export function parseConfig(text: string, options: ParseOptions): ConfigResult {
  const { value: config, problems } = readDocument(text, options.file, (tree, log) => readTree(tree, log, options));
  return config !== undefined && problems.length === 0 ? { ok: true, config } : { ok: false, problems };
}

/** What an empty file would mean, were it allowed: five workloads, one phase, and no server yet (see `filterConfig`). */
export function defaultConfig(): Config {
  const log: ProblemLog = { file: "", problems: [] };
  const node: YamlNode = { kind: "map", line: 1, entries: [] };
  return resolved({
    written: {},
    place: { node, path: "", line: 1, log },
    purpose: "offline",
    keys: [],
    traces: undefined,
  });
}

const wholeFile = "a mapping with keys such as server, workloads and gate";

function readTree({ root, problems }: YamlTree, log: ProblemLog, options: ParseOptions): Config | undefined {
  if (root === undefined && problems.length > 0) return undefined;
  const node = root ?? { kind: "map", line: 1, entries: [] };
  const place: Place = { node, path: "", line: node.line, log };
  if (isEmpty(node)) return refuse(place, `the file is empty; expected ${wholeFile}`);
  if (node.kind !== "map") return refuse(place, `the file holds ${shown(node)}; expected ${wholeFile}`);
  const written = sections(place);
  const { purpose, traces } = options;
  return written && resolved({ written, place, purpose, traces, keys: node.entries.map(({ key }) => key) });
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
    workloads: resolvedWorkloads(scope),
    trials: written.trials ?? defaultTrials(scope),
    gate: resolvedGate(scope),
    baseline: { ...baselineDefaults, ...written.baseline },
    report: { ...reportDefaults, ...written.report },
    runnable: phases.every(({ server }) => server.command !== undefined || server.url !== undefined),
  };
}

import type { Config, ModelConfig, PhaseConfig } from "../model/config.ts";
import type { Problem } from "../model/gate-error.ts";
import { nameHint } from "./closest-name.ts";
import type { ConfigResult } from "./parse-config.ts";
import { quoted } from "./place.ts";
import { trialCount } from "./sections.ts";
import { parseServerUrl } from "./server.ts";

/** What the flags of `run` and `validate` narrow or replace. */
export interface ConfigFilters {
  readonly phases?: readonly string[];
  /** Ids or labels. Where the file lists no models they are ids to ask the server for. */
  readonly models?: readonly string[];
  readonly workloads?: readonly string[];
  readonly trials?: number;
  /** Of every workload. */
  readonly seed?: number;
  /**
   * A server that is running: nothing is started, arguments only say what it was started with. It makes any config
   * runnable, so a file read with purpose `offline` will do.
   */
  readonly url?: string;
}

/** The part of a config that the flags name, or every flag that names nothing. Order stays the file's. */
export function filterConfig(config: Config, filters: ConfigFilters): ConfigResult {
  const problems = [...unknownNames(config, filters), ...badNumbers(filters), ...badUrl(filters)];
  if (problems.length > 0) return { ok: false, problems };
  const [first, ...rest] = narrowedPhases(config, filters);
  if (first === undefined) {
    const message = `leaves nothing to run: no phase of --phase has a model of --model`;
    return { ok: false, problems: [{ path: "--model", message }] };
  }
  const { trials = config.trials, seed, url } = filters;
  const workloads = config.workloads
    .filter(({ name }) => filters.workloads?.includes(name) ?? true)
    .map((workload) => (seed === undefined ? workload : { ...workload, seed }));
  const narrowed = { ...config, phases: [first, ...rest] as const, workloads, trials };
  return { ok: true, config: url === undefined ? narrowed : { ...narrowed, runnable: true } };
}

function narrowedPhases(config: Config, filters: ConfigFilters): PhaseConfig[] {
  const chosen = config.phases.filter(({ id }) => filters.phases?.includes(id) ?? true);
  const ids = chosen.map(({ id }) => id);
  return chosen.flatMap((phase) => {
    const models = narrowedModels(phase, filters.models);
    if (models === undefined) return [];
    const { compareWith, ...others } = phase;
    const link = compareWith !== undefined && ids.includes(compareWith) ? { compareWith } : {};
    return [{ ...others, ...link, models, server: visited(phase, filters.url) }];
  });
}

/** Undefined where the phase has none of the models. */
function narrowedModels(phase: PhaseConfig, wanted: readonly string[] | undefined): readonly ModelConfig[] | undefined {
  if (wanted === undefined) return phase.models;
  if (phase.models.length === 0) return wanted.map((id) => ({ id, label: id, args: [] }));
  const models = phase.models.filter(({ id, label }) => wanted.includes(id) || wanted.includes(label));
  return models.length > 0 ? models : undefined;
}

function visited({ server }: PhaseConfig, url: string | undefined): PhaseConfig["server"] {
  if (url === undefined) return server;
  const { command: _, baseCommand: __, build: ___, ...others } = server;
  return { ...others, url: parseServerUrl(url) ?? url };
}

function unknownNames(config: Config, filters: ConfigFilters): Problem[] {
  const models = config.phases.flatMap((phase) => phase.models);
  const anyModel = config.phases.some((phase) => phase.models.length === 0);
  return [
    ...unknown(
      "--phase",
      filters.phases,
      config.phases.map(({ id }) => id),
    ),
    ...(anyModel
      ? []
      : unknown("--model", filters.models, [...new Set(models.flatMap(({ id, label }) => [label, id]))])),
    ...unknown(
      "--workload",
      filters.workloads,
      config.workloads.map(({ name }) => name),
    ),
  ];
}

function unknown(flag: string, wanted: readonly string[] | undefined, known: readonly string[]): Problem[] {
  return (wanted ?? [])
    .filter((name) => !known.includes(name))
    .map((name) => {
      const hint = nameHint(name, known);
      const all = hint.includes("expected one of") ? "" : ` the config has ${known.join(", ")}`;
      return { path: flag, message: `is ${quoted(name)}, which the config does not have${hint}${all}` };
    });
}

function badNumbers({ trials, seed }: ConfigFilters): Problem[] {
  const { min, max } = trialCount;
  const whole = (value: number, low: number, high: number) => Number.isInteger(value) && value >= low && value <= high;
  return [
    ...(trials === undefined || whole(trials, min, max)
      ? []
      : [{ path: "--trials", message: `is ${trials}; expected a whole number from ${min} to ${max}` }]),
    ...(seed === undefined || whole(seed, 0, Number.MAX_SAFE_INTEGER)
      ? []
      : [{ path: "--seed", message: `is ${seed}; expected a whole number, 0 or more` }]),
  ];
}

function badUrl({ url }: ConfigFilters): Problem[] {
  if (url === undefined || parseServerUrl(url) !== undefined) return [];
  const found = url.includes("@") ? "holds a user name or password" : `is ${quoted(url)}`;
  return [{ path: "--url", message: `${found}; expected an http or https URL, such as http://127.0.0.1:8000` }];
}

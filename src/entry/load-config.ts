import { existsSync } from "node:fs";
import { defaultConfig, parseConfig } from "../core/config/parse-config.ts";
import { namedTraces } from "../core/config/replay.ts";
import type { Traces, TraceText } from "../core/config/trace-file.ts";
import type { Config } from "../core/model/config.ts";
import { GateError, problemLines } from "../core/model/gate-error.ts";
import type { Files } from "../gate/ports.ts";

export const DEFAULT_CONFIG = ".github/serving-gate.yml";

/** The config at a path, with the traces that it replays; throws one GateError that holds every problem of them. */
export async function loadConfig(files: Files, path: string, purpose: "run" | "offline"): Promise<Config> {
  const text = await files.read(path);
  const traces = await readTraces(files, namedTraces(text, path));
  const parsed = parseConfig(text, { file: path, purpose, traces });
  if (!parsed.ok) throw new GateError("config", problemLines("config", parsed.problems));
  return parsed.config;
}

/** A trace that cannot be read is a problem of the config that names it, told with its others. */
async function readTraces(files: Files, paths: readonly string[]): Promise<Traces> {
  const read = async (path: string): Promise<TraceText> => {
    try {
      return { kind: "found", text: await files.read(path) };
    } catch (error) {
      if (error instanceof GateError) return { kind: "unreadable", reason: error.message };
      throw error;
    }
  };
  return new Map(await Promise.all(paths.map(async (path) => [path, await read(path)] as const)));
}

export function isThere(path: string): boolean {
  return existsSync(path);
}

/** Where no server is started: the config named, else the default one if it is there, else the defaults. */
export async function loadOfflineConfig(
  files: Files,
  path: string | undefined,
): Promise<{ readonly config: Config; readonly path?: string }> {
  const chosen = path ?? (existsSync(DEFAULT_CONFIG) ? DEFAULT_CONFIG : undefined);
  if (chosen === undefined) return { config: defaultConfig() };
  return { config: await loadConfig(files, chosen, "offline"), path: chosen };
}

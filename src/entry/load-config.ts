import { existsSync } from "node:fs";
import { defaultConfig, parseConfig } from "../core/config/parse-config.ts";
import type { Config } from "../core/model/config.ts";
import { GateError, problemLines } from "../core/model/gate-error.ts";
import type { Files } from "../gate/ports.ts";

export const DEFAULT_CONFIG = ".github/serving-gate.yml";

/** The config at a path; throws one GateError that holds every problem of it. */
export async function loadConfig(files: Files, path: string, purpose: "run" | "offline"): Promise<Config> {
  const parsed = parseConfig(await files.read(path), { file: path, purpose });
  if (!parsed.ok) throw new GateError("config", problemLines("config", parsed.problems));
  return parsed.config;
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

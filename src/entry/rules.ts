import { isDeepStrictEqual } from "node:util";
import { parseConfig } from "../core/config/parse-config.ts";
import { parseWaivers } from "../core/config/waivers.ts";
import type { Config, GatePolicy } from "../core/model/config.ts";
import { GateError, problemLines } from "../core/model/gate-error.ts";
import type { Waiver } from "../core/model/waiver.ts";
import type { PolicyNotice } from "../core/report/input.ts";
import { gatedPhases } from "../gate/judge-candidate.ts";
import type { Files } from "../gate/ports.ts";
import type { BaseFiles } from "./base-files.ts";
import { isThere } from "./load-config.ts";

export const WAIVERS_FILE = ".github/serving-gate-waivers.yml";

/** By what a candidate is judged. */
export interface Rules {
  readonly policy: GatePolicy;
  /** Absent: every phase in the data. */
  readonly phases?: readonly string[];
  readonly waivers: readonly Waiver[];
  /** Set where the base's rules and the change's own are not the same. */
  readonly notice?: PolicyNotice;
}

/** The rules that stand in the checkout. */
export async function ownRules(config: Config, files: Files): Promise<Rules> {
  return rulesOf(config, await ownWaivers(files));
}

/** Throws a GateError that holds every problem of the file. */
export async function ownWaivers(files: Files, path: string = WAIVERS_FILE): Promise<readonly Waiver[]> {
  return isThere(path) || path !== WAIVERS_FILE ? waiversIn(await files.read(path), path) : [];
}

/** The checkout's config, and where it was read from; without a path the defaults serve. */
export interface OwnConfig {
  readonly config: Config;
  readonly configPath?: string;
  readonly files: Files;
}

/**
 * The base's rules; where it has none yet, or they cannot be read, the pull request's own, and a notice says so.
 *
 * Waivers of the base that are broken are an error like our own: a row that nobody can read accepts nothing.
 */
export async function rulesOfBase(own: OwnConfig, base: BaseFiles): Promise<Rules> {
  const rules = await ownRules(own.config, own.files);
  const path = own.configPath;
  const written = path === undefined ? undefined : await base.read(path);
  if (written?.kind === "unreadable") return { ...rules, notice: { kind: "unread", why: written.reason } };
  const config = written?.kind === "found" ? configIn(written.value, path ?? "") : undefined;
  if (config?.kind === "broken") return { ...rules, notice: { kind: "unread", why: config.why } };
  const waivers = await baseWaivers(base);
  if (waivers.kind === "unread") {
    // Where the change has no rules of its own either, the defaults serve and there is nothing to say.
    return path === undefined && rules.waivers.length === 0 ? rules : { ...rules, notice: waivers };
  }
  const baseRules = rulesOf(config?.config ?? own.config, waivers.waivers);
  const changed = changedParts(baseRules, rules);
  if (changed !== undefined) return { ...baseRules, notice: { kind: "changed", what: changed } };
  return written?.kind === "missing" ? { ...baseRules, notice: { kind: "new" } } : baseRules;
}

function rulesOf(config: Config, waivers: readonly Waiver[]): Rules {
  const phases = gatedPhases(config);
  return { policy: config.gate, ...(phases === undefined ? {} : { phases }), waivers };
}

type ReadConfig =
  | { readonly kind: "whole"; readonly config: Config }
  | { readonly kind: "broken"; readonly config?: undefined; readonly why: string };

function configIn(text: string, file: string): ReadConfig {
  const parsed = parseConfig(text, { file, purpose: "offline" });
  if (parsed.ok) return { kind: "whole", config: parsed.config };
  return { kind: "broken", why: problemLines("config", parsed.problems.slice(0, 1)) };
}

async function baseWaivers(
  base: BaseFiles,
): Promise<{ readonly kind: "read"; readonly waivers: readonly Waiver[] } | Extract<PolicyNotice, { kind: "unread" }>> {
  const written = await base.read(WAIVERS_FILE);
  if (written.kind === "unreadable") return { kind: "unread", why: written.reason };
  return { kind: "read", waivers: written.kind === "found" ? waiversIn(written.value, WAIVERS_FILE) : [] };
}

function waiversIn(text: string, file: string): readonly Waiver[] {
  const parsed = parseWaivers(text, { file });
  if (!parsed.ok) throw new GateError("config", problemLines("waivers", parsed.problems));
  return parsed.waivers;
}

function changedParts(base: Rules, own: Rules): "gate" | "waivers" | "gate-and-waivers" | undefined {
  const isSameGate = isDeepStrictEqual([base.policy, base.phases], [own.policy, own.phases]);
  const isSameWaivers = isDeepStrictEqual(base.waivers, own.waivers);
  if (isSameGate) return isSameWaivers ? undefined : "waivers";
  return isSameWaivers ? "gate" : "gate-and-waivers";
}

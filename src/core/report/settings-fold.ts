/** What was measured on what: a reader who doubts the numbers looks here first. */
import type { Cell, ResultsFile, Trial } from "../model/results.ts";
import { distinct, modelText, shortPhase, workloadText } from "./comment-scope.ts";
import type { ReportInput } from "./input.ts";
import { code, md } from "./markdown.ts";
import { validTrials, wholePairs, withArms } from "./measured.ts";
import type { Words } from "./text.ts";

export interface SettingsFold {
  readonly summary: string;
  readonly items: readonly { readonly name: string; readonly value: string }[];
  /** What was started; a command once, with everything it served. */
  readonly servers: readonly { readonly scope: string; readonly command: string }[];
  readonly serversTitle: string;
}

/** Of the input as it was given, trials and arms apart. */
export function settingsFold({ candidate, context }: ReportInput, words: Words): SettingsFold {
  const { environment, source } = candidate;
  const machine = [environment.host, environment.os].filter((part) => part !== undefined).map((part) => md(part, 80));
  const items: readonly (readonly [string, string | undefined])[] = [
    ["gpu", gpuText(candidate)],
    ["driver", environment.driver === undefined ? undefined : code(environment.driver, 60)],
    ["cpu", environment.cpu === undefined ? undefined : md(environment.cpu, 80)],
    ["machine", machine.length === 0 ? undefined : machine.join(", ")],
    ["models", modelsText(candidate)],
    ["trials", trialsText(candidate, words)],
    ["seed", seedText(candidate)],
    ["commit", source?.sha === undefined ? undefined : code(source.sha.slice(0, 12))],
    ["client", environment.client === undefined ? undefined : `Serving Gate ${md(environment.client, 40)}`],
    ["config", context.configPath === undefined ? undefined : code(context.configPath)],
    ["fingerprint", environment.fingerprint === "" ? undefined : code(environment.fingerprint, 120)],
    ["notes", notesText(candidate)],
  ];
  return {
    summary: words.t("settings.summary"),
    items: items.flatMap(([name, value]) =>
      value === undefined ? [] : [{ name: words.t(`settings.${name}`), value }],
    ),
    serversTitle: words.t("settings.servers"),
    servers: serversOf(candidate),
  };
}

export function gpuText({ environment: { gpus = [] } }: ResultsFile): string | undefined {
  if (gpus.length === 0) return undefined;
  const names = gpus.map(({ name, memoryMiB }) =>
    memoryMiB === undefined ? name : `${name} (${Math.round(memoryMiB / 1024)} GB)`,
  );
  return distinct(names)
    .map((name) => {
      const count = names.filter((each) => each === name).length;
      return count === 1 ? md(name, 80) : `${count} × ${md(name, 80)}`;
    })
    .join(", ");
}

function modelsText({ cells }: ResultsFile): string | undefined {
  const models = distinct(cells.map(({ model }) => model));
  if (models.length === 0) return undefined;
  return models
    .map((model) => {
      const label = cells.find((cell) => cell.model === model)?.modelLabel;
      return label === undefined || label === model ? code(model, 120) : `${code(model, 120)} (${md(label, 60)})`;
    })
    .join(", ");
}

/** "3 trials, 6 server starts; 3 pairs in turns with the base build, 12 server starts". */
function trialsText({ cells }: ResultsFile, words: Words): string | undefined {
  const trials = Math.max(0, ...cells.map((cell) => validTrials(cell).length));
  const pairs = Math.max(0, ...cells.map(wholePairs));
  const own = cells.flatMap((cell) => cell.trials);
  const arms = cells.flatMap(({ confirmation = [] }) => confirmation.map(({ trial }) => trial));
  if (cells.length === 0) return undefined;
  const parts = [
    ...(trials === 0 && pairs > 0 ? [] : [`${words.t("comment.trials", { count: trials })}${bootsText(own, words)}`]),
    ...(pairs === 0
      ? []
      : [
          `${words.t("settings.pairs", { pairs: words.t("comment.pair-count", { count: pairs }) })}${bootsText(arms, words)}`,
        ]),
  ];
  return parts.join("; ");
}

function bootsText(trials: readonly Trial[], words: Words): string {
  const boots = new Set(trials.flatMap(({ boot }) => boot ?? []));
  return boots.size === 0 ? "" : `, ${words.t("settings.boots", { count: boots.size })}`;
}

function seedText({ cells }: ResultsFile): string | undefined {
  const seeds = distinct(cells.flatMap((cell) => withArms(cell).trials.flatMap(({ seed }) => seed ?? [])));
  return seeds.length === 0 ? undefined : seeds.join(", ");
}

function notesText({ cells }: ResultsFile): string | undefined {
  const notes = distinct(
    cells.flatMap((cell) => (cell.notes ?? []).map((note) => `${modelText(cell)}, ${workloadText(cell)}: ${md(note)}`)),
  );
  return notes.length === 0 ? undefined : notes.slice(0, 10).join("; ");
}

/** Longer commands are in results.json. */
const LONGEST_COMMAND = 500;

function serversOf({ cells }: ResultsFile): SettingsFold["servers"] {
  const served = new Map<string, Cell[]>();
  for (const cell of cells) {
    const command = cell.server?.command ?? cell.server?.url;
    if (command !== undefined) served.set(command, [...(served.get(command) ?? []), cell]);
  }
  return [...served].map(([command, alike]) => ({
    scope: scopeOf(alike, cells),
    command: code(command, LONGEST_COMMAND),
  }));
}

/** "Phase 5, Qwen3", and the workloads where the phase and model had other commands too. */
function scopeOf(alike: readonly Cell[], all: readonly Cell[]): string {
  const places = distinct(alike.map((cell) => `${shortPhase(cell.phaseTitle ?? cell.phase)}, ${modelText(cell)}`));
  const siblings = all.filter((cell) => alike.some(({ phase, model }) => phase === cell.phase && model === cell.model));
  if (siblings.length === alike.length) return places.join("; ");
  return `${places.join("; ")}: ${distinct(alike.map(workloadText)).join(", ")}`;
}

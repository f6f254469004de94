/** The serving log: what was measured on what, phase by phase, and what each phase changed. */

import { cellSample } from "../compare/cell-sample.ts";
import type { Cell, ResultsFile } from "../model/results.ts";
import { headline } from "./comment-headline.ts";
import { cellText, distinct } from "./comment-scope.ts";
import type { ReportInput } from "./input.ts";
import { type PhaseView, phaseView } from "./log-phase.ts";
import { logModels, logPhases } from "./log-phases.ts";
import { code, codeBlock, md } from "./markdown.ts";
import { wholePairs } from "./measured.ts";
import { shellWord } from "./reproduce.ts";
import { gpuText } from "./settings-fold.ts";
import { table } from "./table.ts";
import type { Words } from "./text.ts";
import { toldInput } from "./told-input.ts";
import { arrivalsText, outputLengthsText, promptLengthsText, workloadPurpose } from "./workload-prose.ts";

/** Text and flags only. */
export interface ServingLogView {
  readonly title: string;
  readonly intro: string;
  /** Of the comparison with the baseline; empty where there was none. */
  readonly verdict: string;
  /** Why the log is not whole; empty where it is. */
  readonly failure: string;
  readonly facts: readonly string[];
  readonly workloads: { readonly heading: string; readonly table: string; readonly notes: readonly string[] } | false;
  readonly models: { readonly heading: string; readonly items: readonly string[] } | false;
  readonly howTo: { readonly heading: string; readonly commands: string; readonly note: string } | false;
  /** Empty where something was measured. */
  readonly nothing: string;
  readonly phases: readonly PhaseView[];
}

export function servingLogView(given: ReportInput, words: Words): ServingLogView {
  const input = toldInput(given);
  const { candidate, failure } = input;
  const phases = logPhases(input);
  return {
    title: words.t("servingLog.title"),
    intro: words.t("servingLog.intro"),
    verdict: input.comparison === undefined || failure !== undefined ? "" : headline(input, words),
    failure: failure === undefined ? "" : words.t("servingLog.failure", { message: md(failure.message, 1000) }),
    facts: [...factsOf(candidate, words), ...inTurnsFacts(given.candidate, words)],
    workloads: workloadsSection(candidate, words),
    models: modelsSection(candidate, words),
    howTo: howToSection(input, words),
    nothing: phases.length === 0 ? words.t("servingLog.nothing") : "",
    phases: phases.map((phase) => phaseView(phase, { phases, candidate }, words)),
  };
}

function factsOf(candidate: ResultsFile, words: Words): readonly string[] {
  const { environment, createdAt, source } = candidate;
  const gpu = gpuText(candidate);
  const driver =
    environment.driver === undefined ? "" : words.t("servingLog.driver", { driver: md(environment.driver, 60) });
  const cores = environment.cores === undefined ? "" : `, ${words.t("servingLog.cores", { count: environment.cores })}`;
  const cpu = environment.cpu === undefined ? undefined : `${md(environment.cpu, 80)}${cores}`;
  const hardware = gpu === undefined ? cpu : `${gpu}${driver}`;
  const trials = trialsText(candidate, words);
  return [
    ...(hardware === undefined ? [] : [words.t("servingLog.hardware", { hardware })]),
    words.t("servingLog.measured", {
      date: md(createdAt.slice(0, 10)),
      commit: source?.sha === undefined ? "" : words.t("servingLog.commit", { sha: code(source.sha.slice(0, 12)) }),
    }),
    ...(trials === undefined ? [] : [trials]),
  ];
}

const MOST_NAMES = 5;

/** What was measured in turns with the base build, and what of it the tables show. */
function inTurnsFacts({ cells }: ResultsFile, words: Words): readonly string[] {
  const inTurns = cells.filter((cell) => wholePairs(cell) > 0);
  if (inTurns.length === 0) return [];
  const pairs = words.t("comment.pair-count", { count: Math.max(...inTurns.map(wholePairs)) });
  const again = inTurns.filter(({ trials }) => trials.length > 0);
  if (again.length === 0) return [words.t("servingLog.in-turns", { pairs })];
  const names = distinct(again.map((cell) => cellText(cell, words)));
  const more = names.length > MOST_NAMES ? words.t("rest.more", { count: names.length - MOST_NAMES }) : "";
  const listed = `${names.slice(0, MOST_NAMES).join("; ")}${more}`;
  return [words.t("servingLog.again-in-turns", { pairs, cells: listed })];
}

/** "3 trials a cell, geometric means." */
function trialsText({ cells }: ResultsFile, words: Words): string | undefined {
  const counts = distinct(cells.map((cell) => cellSample(cell).trials.length).sort((a, b) => a - b));
  const [fewest, most] = [counts[0], counts.at(-1)];
  if (fewest === undefined || most === undefined || most === 0) return undefined;
  if (most === 1) return words.t("servingLog.one-trial");
  return fewest === most
    ? words.t("servingLog.trials", { count: most })
    : words.t("servingLog.trials-range", { low: fewest, count: most });
}

function workloadsSection({ workloads = [], cells }: ResultsFile, words: Words): ServingLogView["workloads"] {
  const measured = new Set(cells.map(({ workload }) => workload));
  const shown = workloads.filter(({ name }) => measured.has(name));
  if (shown.length === 0) return false;
  const columns = ["workload", "requests", "prompts", "max-tokens", "arrivals", "measures"] as const;
  const rows = shown.map((info) => [
    md(info.name),
    info.requests === undefined ? "—" : String(info.requests),
    promptLengthsText(info, words),
    outputLengthsText(info, words),
    arrivalsText(info.arrivals, words),
    workloadPurpose(info, words),
  ]);
  const trials = cells.flatMap((cell) => cell.trials);
  const counted = trials.length > 0 && trials.every(({ tokenSource }) => tokenSource === "usage");
  return {
    heading: words.t("servingLog.workloads"),
    table: table({
      header: columns.map((column) => words.t(`servingLog.column.${column}`)),
      rows,
      textColumns: [0, 2, 3, 4, 5],
    }),
    notes: counted ? [words.t("servingLog.token-counts")] : [],
  };
}

function modelsSection({ cells }: ResultsFile, words: Words): ServingLogView["models"] {
  if (cells.length === 0) return false;
  return {
    heading: words.t("servingLog.models"),
    items: logModels(cells).map(({ model, label }) =>
      label === md(model, 60) ? code(model) : `${code(model)} (${label})`,
    ),
  };
}

/** Commands that work as they stand: everything again, then one cell. */
function howToSection(input: ReportInput, words: Words): ServingLogView["howTo"] {
  const cell = exampleCell(input);
  if (cell === undefined) return false;
  const { candidate, context } = input;
  const { configPath, reproduceCommand } = context;
  const run = [reproduceCommand, "run", ...(configPath === undefined ? [] : ["-c", shellWord(configPath)])].join(" ");
  const one = ["--phase", cell.phase, "--model", cell.modelLabel ?? cell.model, "--workload", cell.workload];
  const lines = [
    `# ${words.t("servingLog.run-all")}`,
    run,
    "",
    `# ${words.t("servingLog.run-one")}`,
    `${run} ${one.map(shellWord).join(" ")}`,
  ];
  return {
    heading: words.t("servingLog.how-to"),
    commands: codeBlock(lines.join("\n"), "bash"),
    note: defaultsText(candidate, words),
  };
}

/** What one would measure again first: the newest phase on its headline workload. */
function exampleCell(input: ReportInput): Cell | undefined {
  const phase = logPhases(input).at(-1);
  return phase?.cells.find(({ workload }) => workload === phase.headline) ?? phase?.cells[0];
}

/** "Seed 42, 2 warm-up requests a workload."; only what all workloads share. */
function defaultsText({ workloads = [] }: ResultsFile, words: Words): string {
  const seeds = distinct(workloads.map(({ seed }) => seed));
  const warmups = distinct(workloads.map(({ warmup }) => warmup));
  const [seed] = seeds;
  const [warmup] = warmups;
  const parts = [
    ...(seeds.length === 1 && seed !== undefined ? [words.t("servingLog.seed", { seed: String(seed) })] : []),
    ...(warmups.length === 1 && warmup !== undefined ? [words.t("servingLog.warmup", { count: warmup })] : []),
  ];
  return parts.length === 0 ? "" : words.t("servingLog.defaults", { parts: parts.join(", ") });
}

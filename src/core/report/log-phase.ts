/** A phase of the serving log: how its servers were started, then its workloads, then what changed since the phase before. */
import type { Cell, ResultsFile, Trial } from "../model/results.ts";
import { distinct, shortPhase } from "./comment-scope.ts";
import { type ArgumentsView, argumentsView } from "./log-arguments.ts";
import { type ComparisonView, comparisonView } from "./log-comparison.ts";
import { type LogPhase, logModels, logWorkloads, startValues } from "./log-phases.ts";
import { noteKey, type WorkloadView, workloadView } from "./log-workload.ts";
import { code, md } from "./markdown.ts";
import { metricName } from "./metric-name.ts";
import { fixed, percentText } from "./numbers.ts";
import { phaseArguments } from "./server-arguments.ts";
import type { Words } from "./text.ts";

export interface PhaseView {
  readonly heading: string;
  readonly paragraphs: readonly string[];
  readonly arguments: ArgumentsView;
  readonly notes: readonly string[];
  readonly facts: readonly string[];
  readonly workloads: readonly WorkloadView[];
  readonly comparison: ComparisonView | false;
}

const MAX_DESCRIPTION = 2000;
const MAX_NOTE = 400;
/** What the spread between trials is told for. */
const SPREAD_METRICS = ["output_throughput", "ttft_p50", "itl_p50"] as const;
/** Two values have a difference, three a spread. */
const FEWEST_TRIALS = 3;

interface PhaseScope {
  readonly phases: readonly LogPhase[];
  readonly candidate: ResultsFile;
}

export function phaseView(phase: LogPhase, { phases, candidate }: PhaseScope, words: Words): PhaseView {
  const earlier = phases.find(({ id }) => id === phase.compareWith);
  const args = phaseArguments(phase.cells);
  const models = logModels(phase.cells);
  const shared = sharedNotes(phase.cells);
  const scope = { models, args, told: shared.told };
  return {
    heading: md(phase.title),
    paragraphs: [
      ...(phase.description === undefined ? [] : [md(phase.description, MAX_DESCRIPTION)]),
      [
        ...launchTexts(phase, args.common, words),
        ...(earlier === undefined ? [] : sameAsText(earlier, phase, words)),
      ].join(" "),
    ].filter((text) => text !== ""),
    arguments: argumentsView(args, words),
    notes: shared.texts,
    facts: [...spreadText(phase.cells, words), ...loadText(phase.cells, words), ...sharedStartText(phase.cells, words)],
    workloads: logWorkloads(phase.cells, candidate).map((workload) => workloadView(workload, scope, words)),
    comparison: earlier === undefined ? false : comparisonView({ earlier, later: phase, phases, candidate }, words),
  };
}

/** "Server launched with `--batching-mode continuous`." */
function launchTexts({ cells, description }: LogPhase, common: string, words: Words): readonly string[] {
  const versions = distinct(cells.flatMap(({ server }) => server?.version ?? []));
  const urls = distinct(cells.flatMap(({ server }) => (server?.command === undefined ? (server?.url ?? []) : [])));
  return [
    ...(common === ""
      ? []
      : [
          words.t(description === undefined ? "servingLog.launched" : "servingLog.arguments", {
            args: code(common, MAX_DESCRIPTION),
          }),
        ]),
    ...(urls.length === 0 ? [] : [words.t("servingLog.visited", { url: words.list(urls.map((url) => code(url))) })]),
    ...(versions.length === 0
      ? []
      : [words.t("servingLog.version", { version: words.list(versions.map((version) => code(version, 80))) })]),
  ];
}

/** Said as far as it holds: the same models, and the same requests by their hashes. */
function sameAsText(earlier: LogPhase, later: LogPhase, words: Words): readonly string[] {
  const keys = (cells: readonly Cell[], key: (cell: Cell) => string) => distinct(cells.map(key).sort()).join("\n");
  const alike = (key: (cell: Cell) => string) => keys(earlier.cells, key) === keys(later.cells, key);
  const models = alike(({ model }) => model);
  const workloads = alike(({ workload, point, scheduleHash }) => JSON.stringify([workload, point, scheduleHash]));
  const what = models && workloads ? "both" : models ? "models" : workloads ? "workloads" : undefined;
  return what === undefined ? [] : [words.t(`servingLog.same.${what}`, { earlier: shortPhase(earlier.title) })];
}

/** Notes of the whole phase, or of every workload of a model: told once, here. */
function sharedNotes(cells: readonly Cell[]): {
  readonly texts: readonly string[];
  readonly told: ReadonlySet<string>;
} {
  const told = new Set<string>();
  const texts = distinct(cells.flatMap(({ notes = [] }) => notes)).flatMap((note) => {
    const models = logModels(cells).filter(({ model }) => {
      const ofModel = cells.filter((cell) => cell.model === model);
      return ofModel.length > 1 && ofModel.every(({ notes }) => notes?.includes(note) === true);
    });
    if (models.length === 0) return [];
    for (const { model } of models) told.add(noteKey(model, note));
    const text = md(note, MAX_NOTE);
    const everyModel = models.length === logModels(cells).length;
    return [everyModel ? text : `${models.map(({ label }) => label).join(", ")}: ${text}`];
  });
  return { texts, told };
}

/** "Between trials: Throughput ±0.4%, …": the largest coefficient of variation over the phase's cells. */
function spreadText(cells: readonly Cell[], words: Words): readonly string[] {
  const spreads = SPREAD_METRICS.flatMap((metric) => {
    const all = cells.map((cell) => startValues(cell, metric)).filter(({ length }) => length >= FEWEST_TRIALS);
    if (all.length === 0) return [];
    return [`${metricName(metric, words)} ±${percentText(Math.max(...all.map(variation)), words)}`];
  });
  return spreads.length === 0 ? [] : [words.t("servingLog.spread", { spreads: spreads.join(", ") })];
}

/** Sample standard deviation over the mean; at least two values. */
function variation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (mean === 0) return 0;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return Math.sqrt(squares / (values.length - 1)) / mean;
}

/** Mean from start to readiness, by model; a start that served several workloads counts once. */
function loadText(cells: readonly Cell[], words: Words): readonly string[] {
  const loads = logModels(cells).flatMap(({ model, label }) => {
    const starts = new Map<string | Trial, number>();
    for (const trial of cells.filter((cell) => cell.model === model).flatMap(({ trials }) => trials)) {
      if (trial.loadMs !== undefined) starts.set(trial.boot ?? trial, trial.loadMs);
    }
    if (starts.size === 0) return [];
    const seconds = [...starts.values()].reduce((sum, ms) => sum + ms, 0) / starts.size / 1000;
    const time = words.t("number.unit", { value: fixed(seconds, seconds < 9.95 ? 1 : 0), unit: words.t("unit.s") });
    return [`${label} ${time} ${words.t("servingLog.starts", { count: starts.size })}`];
  });
  return loads.length === 0 ? [] : [words.t("servingLog.load", { loads: loads.join(", ") })];
}

/** Trials on one start of the server are not independent. */
function sharedStartText(cells: readonly Cell[], words: Words): readonly string[] {
  const shared = cells.filter(({ trials }) => {
    const boots = trials.flatMap(({ boot, valid }) => (valid === false || boot === undefined ? [] : [boot]));
    return boots.length > distinct(boots).length;
  });
  if (shared.length === 0) return [];
  const running = shared.every(({ trials }) => trials.every(({ loadMs }) => loadMs === undefined));
  return [words.t(running ? "servingLog.one-boot-running" : "servingLog.one-boot")];
}

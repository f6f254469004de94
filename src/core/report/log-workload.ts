/** A workload of one phase: its table with models as columns, its notes, and what weakens its numbers. */
import { cellSample } from "../compare/cell-sample.ts";
import type { Cell } from "../model/results.ts";
import { distinct, workloadText } from "./comment-scope.ts";
import { failureKinds, isFailed } from "./failures.ts";
import { cellValue, type LogModel, type LogWorkload, logModels, sameWorkload } from "./log-phases.ts";
import { code, md } from "./markdown.ts";
import { metricName, metricScale } from "./metric-name.ts";
import { tableNumber, unitText } from "./numbers.ts";
import { optionsText, type PhaseArguments } from "./server-arguments.ts";
import { table } from "./table.ts";
import type { Words } from "./text.ts";
import { workloadTitle } from "./workload-prose.ts";

export interface WorkloadView {
  readonly heading: string;
  readonly notes: readonly string[];
  readonly table: string;
  readonly warnings: readonly string[];
}

const METRICS = ["output_throughput", "ttft_p50", "ttft_p99", "itl_p50", "itl_p99", "e2e_p50"] as const;
/** Shown only where they were measured. */
const OPTIONAL_METRICS = ["goodput", "mismatch_rate"] as const;
/** Each further one is in results.json. */
const MOST_WARNINGS = 6;
const MAX_NOTE = 400;

interface WorkloadScope {
  readonly models: readonly LogModel[];
  readonly args: PhaseArguments;
  /** Notes told of the phase or a model already. */
  readonly told: ReadonlySet<string>;
}

export function workloadView(workload: LogWorkload, scope: WorkloadScope, words: Words): WorkloadView {
  const title = workloadTitle(workload.info, words);
  const name = workloadText({ ...workload, workload: workload.workload });
  return {
    heading: title === "" ? name : `${name} — ${title}`,
    notes: [...ownArgumentsTexts(workload, scope.args, words), ...noteTexts(workload, scope)],
    table: numbersTable(workload, scope.models, words),
    warnings: warningTexts(workload, words),
  };
}

function numbersTable({ cells, info }: LogWorkload, models: readonly LogModel[], words: Words): string {
  const columns = models.map(({ model }) => cells.find((cell) => cell.model === model));
  const extra = OPTIONAL_METRICS.filter((metric) => cells.some((cell) => cellValue(cell, metric) !== undefined));
  const rows = [...METRICS, ...extra].map((metric) => {
    const scale = metricScale(metric);
    const unit = unitText(scale.unit, words);
    const values = columns.map((cell) => {
      const value = cell === undefined ? undefined : cellValue(cell, metric);
      return value === undefined ? "—" : tableNumber(value, scale);
    });
    return [`${metricName(metric, words)}${unit === "" ? "" : ` (${unit})`}`, ...values];
  });
  const failures = columns.map((cell) => (cell === undefined ? undefined : failedRequests(cell)));
  const errors = [
    metricName("error_rate", words),
    ...failures.map((failed) => (failed === undefined ? "—" : String(failed))),
  ];
  const header = [words.t("servingLog.metric"), ...models.map(({ label }) => label)];
  return table({ header, rows: showsErrors(info.arrivals?.process, failures) ? [...rows, errors] : rows });
}

/** One request at a time seldom fails: there the row would be noise until it says something. */
function showsErrors(process: string | undefined, failures: readonly (number | undefined)[]): boolean {
  const known = failures.filter((failed) => failed !== undefined);
  return known.some((failed) => failed > 0) || (process !== "sequential" && known.length > 0);
}

/** Over all valid trials; absent where nobody counted. */
function failedRequests(cell: Cell): number | undefined {
  const { failed, total } = cellSample(cell).failures;
  return total === 0 ? undefined : failed;
}

/** "Qwen3 had a server start of its own here, with `--num-gpu-blocks 1536`." */
function ownArgumentsTexts(workload: LogWorkload, { models }: PhaseArguments, words: Words): readonly string[] {
  const byOptions = new Map<string, string[]>();
  for (const { label, own } of models) {
    const mine = own.find((each) => sameWorkload(each, workload));
    if (mine === undefined) continue;
    const text = optionsText(mine.options);
    byOptions.set(text, [...(byOptions.get(text) ?? []), label]);
  }
  return [...byOptions].map(([options, labels]) =>
    labels.length === models.length
      ? words.t("servingLog.own-arguments", { args: code(options, MAX_NOTE) })
      : words.t("servingLog.own-arguments-of", { models: words.list(labels), args: code(options, MAX_NOTE) }),
  );
}

/** A note of every model stands alone, one of some with their names. */
function noteTexts({ cells }: LogWorkload, { told }: WorkloadScope): readonly string[] {
  const notes = distinct(cells.flatMap((cell) => cell.notes ?? []));
  return notes.flatMap((note) => {
    const having = cells.filter((cell) => cell.notes?.includes(note) === true && !told.has(noteKey(cell.model, note)));
    if (having.length === 0) return [];
    const text = md(note, MAX_NOTE);
    if (having.length === cells.length) return [text];
    return [
      `${logModels(having)
        .map(({ label }) => label)
        .join(", ")}: ${text}`,
    ];
  });
}

/** Of a note that was told for a model as a whole. */
export function noteKey(model: string, note: string): string {
  return JSON.stringify([model, note]);
}

function warningTexts(workload: LogWorkload, words: Words): readonly string[] {
  const texts = workload.cells.flatMap((cell) => {
    const { label } = logModels([cell])[0] ?? { label: "" };
    return [
      ...failureTexts(cell, words),
      ...invalidTexts(cell, words),
      ...distinct(cell.trials.flatMap(({ warnings = [] }) => warnings)).map((warning) => md(warning, MAX_NOTE)),
    ].map((text) => `${label}: ${text}`);
  });
  const more = texts.length - MOST_WARNINGS;
  return more <= 0 ? texts : [...texts.slice(0, MOST_WARNINGS), words.t("servingLog.more-warnings", { count: more })];
}

/** "3 of 96 requests failed (timeout ×2, HTTP 500 ×1)". */
function failureTexts(cell: Cell, words: Words): readonly string[] {
  const { trials, failures } = cellSample(cell);
  if (failures.failed === 0) return [];
  const kinds = failureKinds(trials.flatMap(({ requests = [] }) => requests).filter(isFailed), words);
  const share = words.t("failures.of", { failed: words.count(failures.failed), count: failures.total });
  return [words.t("servingLog.failed", { share, kinds: kinds === "" ? "" : ` (${kinds})` })];
}

function invalidTexts({ trials }: Cell, words: Words): readonly string[] {
  return trials.flatMap(({ valid, invalidReason }, index) =>
    valid === false
      ? [
          words.t("servingLog.left-out", {
            trial: String(index + 1),
            why: md(invalidReason ?? words.t("servingLog.no-reason"), MAX_NOTE),
          }),
        ]
      : [],
  );
}

/** "The rest": what is clean, what got better, and what the gate could not tell. */
import { metricCatalogue } from "../metrics/catalogue.ts";
import type { ComparedCell, Comparison, MetricRow } from "../model/comparison.ts";
import { changeSentence } from "./change-text.ts";
import {
  acceptedRows,
  type CheckedRow,
  cellText,
  distinct,
  gatedRows,
  hinderedRows,
  inheritedRows,
  isNotGateable,
  missingCells,
  modelText,
  newCells,
  placedCellText,
  purposeRows,
  regressions,
  shortPhase,
  suspicious,
  warnedMissingCells,
  worstFirst,
} from "./comment-scope.ts";
import { metricName } from "./metric-name.ts";
import { detectableText } from "./numbers.ts";
import { reasonText } from "./reasons.ts";
import { unjudgedLocations } from "./sensitivity.ts";
import type { Words } from "./text.ts";

const MOST_IMPROVEMENTS = 3;
const MOST_REASONS = 3;
const MOST_CELLS = 3;

/** Besides what the tables show: improvements have tables of their own where nothing is worse. */
export function restText(comparison: Comparison, words: Words): string {
  const isNewsElsewhere = [
    regressions,
    missingCells,
    warnedMissingCells,
    suspicious,
    purposeRows,
    acceptedRows,
    inheritedRows,
  ].some((news) => news(comparison).length > 0);
  const parts = [
    cleanText(comparison, words),
    isNewsElsewhere ? betterText(comparison, words) : "",
    newText(comparison, words),
    ungatedText(comparison, words),
  ];
  return parts.filter((text) => text !== "").join(" ");
}

function cleanText(comparison: Comparison, words: Words): string {
  const checked = comparison.cells.filter((cell) => isChecked(cell) && !isNew(cell));
  const bad = new Set(
    gatedRows(comparison)
      .filter(({ row }) => row.finding === "regressed" || row.finding === "missing")
      .map(({ cell }) => cell),
  );
  if (bad.size === 0) return "";
  const phases = distinct(checked.map(({ phase }) => phase));
  const cellsOf = (phase: string) => checked.filter((cell) => cell.phase === phase);
  const cleanPhases = phases.filter((phase) => cellsOf(phase).every((cell) => !bad.has(cell)));
  const named = phases.length > 1;
  const items = [
    ...(cleanPhases.length === 0 ? [] : [words.list(cleanPhases.map((phase) => phaseName(cellsOf(phase))))]),
    ...phases.flatMap((phase) =>
      cleanPhases.includes(phase) ? [] : cleanInPhase(cellsOf(phase), { bad, named, words }),
    ),
  ];
  return items.length === 0 ? "" : words.t("rest.clean", { items: items.join(", ") });
}

function isChecked({ metrics }: ComparedCell): boolean {
  return metrics.some(({ gated }) => gated);
}

/** Of a cell that nothing is known of yet, nothing is said to be no worse. */
function isNew({ metrics }: ComparedCell): boolean {
  const checked = metrics.filter(({ gated }) => gated);
  return checked.some(({ reason }) => reason === "no-baseline") && checked.every(isUnknown);
}

function isUnknown({ baseline, finding }: MetricRow): boolean {
  return baseline === undefined && finding !== "missing";
}

function isMeasured({ metrics }: ComparedCell): boolean {
  return metrics.some(({ finding }) => finding !== "missing");
}

/** What runs for the first time beside what is known: it is measured, and nothing is said of it yet. */
function newText(comparison: Comparison, words: Words): string {
  const cells = newCells(comparison).map((cell) => placedCellText(cell, comparison, words));
  // A first run is new as a whole, and says so by its headline.
  if (cells.length === 0 || cells.length === comparison.cells.filter(isChecked).length) return "";
  return words.t("rest.new", { cells: shortList(cells, words) });
}

/** Phases that were measured and compared, and cannot block. */
function ungatedText({ cells }: Comparison, words: Words): string {
  const phases = distinct(cells.map(({ phase }) => phase)).map((phase) => cells.filter((cell) => cell.phase === phase));
  const ungated = phases.filter((ofPhase) => !ofPhase.some(isChecked) && ofPhase.some(isMeasured));
  return ungated.length === 0 ? "" : words.t("rest.not-gated", { phases: words.list(ungated.map(phaseName)) });
}

interface PhaseScope {
  readonly bad: ReadonlySet<ComparedCell>;
  /** Whether the phase has to be said. */
  readonly named: boolean;
  readonly words: Words;
}

/** Models without a loss, then what is left of the others. */
function cleanInPhase(cells: readonly ComparedCell[], { bad, named, words }: PhaseScope): readonly string[] {
  const models = distinct(cells.map(({ model }) => model));
  const ofModel = (model: string) => cells.filter((cell) => cell.model === model);
  const phase = phaseName(cells);
  const clean = models.filter((model) => ofModel(model).every((cell) => !bad.has(cell)));
  const labels = words.list(clean.map((model) => modelText(ofModel(model)[0] ?? { model })));
  const whole =
    clean.length === 0 ? [] : [words.t(named ? "rest.phase-models" : "rest.models", { phase, models: labels })];
  const partly = models.flatMap((model) => {
    const left = ofModel(model).filter((cell) => !bad.has(cell));
    if (clean.includes(model) || left.length === 0) return [];
    const key = models.length === 1 ? "rest.workloads" : "rest.workloads-on";
    return [words.t(key, { count: left.length, model: modelText(left[0] ?? { model }) })];
  });
  return [...whole, ...partly];
}

function phaseName([cell]: readonly ComparedCell[]): string {
  return shortPhase(cell?.phaseTitle ?? cell?.phase ?? "");
}

/** Improvements besides the headline's. */
function betterText(comparison: Comparison, words: Words): string {
  const improved = worstFirst(gatedRows(comparison).filter(({ row }) => row.finding === "improved"));
  if (improved.length === 0) return "";
  const shown = improved
    .slice(0, MOST_IMPROVEMENTS)
    .map(({ cell, row }) =>
      words.t("comment.row", { cell: placedCellText(cell, comparison, words), change: changeSentence(row, words) }),
    );
  const more = improved.length - shown.length;
  return words.t("rest.better", {
    rows: shown.join("; "),
    more: more === 0 ? "" : words.t("rest.more", { count: more }),
  });
}

export function undecidedText(comparison: Comparison, words: Words): string {
  return [noiseText(comparison, words), ...hinderedTexts(comparison, words)].filter((text) => text !== "").join(" ");
}

/** What could not be put to a test, whole cells or single metrics of them, those with the same reason together. */
function hinderedTexts(comparison: Comparison, words: Words): readonly string[] {
  const unjudged = unjudgedTexts(comparison, words);
  const texts = [
    ...hinderedRows(comparison).flatMap(({ cell, row }) =>
      // Where the rest of the cell was judged, what was not is named.
      isPartlyJudged(cell) && unjudged.some((each) => each.cell === cell)
        ? []
        : [{ cell, text: reasonText(row, words) }],
    ),
    ...unjudged.filter(({ cell, row }) => isPartlyJudged(cell) || row.reason === "too-few-samples"),
  ];
  const byText = new Map<string, string[]>();
  for (const { cell, text } of texts) {
    byText.set(text, [...(byText.get(text) ?? []), placedCellText(cell, comparison, words)]);
  }
  return [...byText].slice(0, MOST_REASONS).map(([text, cells]) => {
    return `${words.t("comment.row", { cell: shortList(cells, words), change: text })}.`;
  });
}

interface UnjudgedText extends CheckedRow {
  /** "ITL P50 not judged (different chunking …)". */
  readonly text: string;
}

/** One for each cell and reason, its metrics together. */
function unjudgedTexts(comparison: Comparison, words: Words): readonly UnjudgedText[] {
  const rows = unjudgedLocations(comparison);
  return distinct(rows.map(({ cell }) => cell)).flatMap((cell) => {
    const own = rows.filter((each) => each.cell === cell);
    return distinct(own.map(({ row }) => reasonText(row, words))).flatMap((reason) => {
      const alike = own.filter(({ row }) => reasonText(row, words) === reason);
      const [first] = alike;
      const metrics = words.list(alike.map(({ row }) => metricName(row.metric, words)));
      const text = words.t("rest.not-judged", { count: alike.length, metrics, reason });
      return first === undefined ? [] : [{ ...first, text }];
    });
  });
}

/** "`chat` on Llama: ITL P50 not judged (different chunking …) and 1 more"; absent where all of the middle was judged. */
export function unjudgedHeadline(comparison: Comparison, words: Words): string | undefined {
  const [first, ...others] = unjudgedTexts(comparison, words);
  if (first === undefined) return undefined;
  const more = others.length === 0 ? "" : words.t("rest.more", { count: others.length });
  return words.t("comment.row", { cell: cellText(first.cell, words), change: `${first.text}${more}` });
}

function isPartlyJudged({ metrics }: ComparedCell): boolean {
  return metrics.some(({ gated, stage, metric }) => gated && stage !== undefined && metric !== "error_rate");
}

function shortList(cells: readonly string[], words: Words): string {
  const more = cells.length > MOST_CELLS ? words.t("rest.more", { count: cells.length - MOST_CELLS }) : "";
  return `${cells.slice(0, MOST_CELLS).join("; ")}${more}`;
}

/** How many checks ended without an answer, and from what change on each metric would have had one. */
function noiseText(comparison: Comparison, words: Words): string {
  const open = gatedRows(comparison).filter(({ row }) => row.finding === "inconclusive" && row.reason === "noise");
  if (open.length === 0) return "";
  const seen = metricCatalogue.flatMap(({ id }) => {
    const sizes = open.flatMap(({ row }) => (row.metric === id ? (row.minDetectable ?? []) : []));
    if (sizes.length === 0) return [];
    const change = detectableText(Math.max(...sizes), words);
    return [words.t("rest.seen", { metric: metricName(id, words), change })];
  });
  const wouldSee = seen.length === 0 ? "" : words.t("rest.would-see", { seen: seen.join(", ") });
  const text = words.t("rest.undecided", { count: open.length, seen: wouldSee });
  // While the history is short, more runs help before a quieter machine does.
  const isLearning = comparison.warnings.some(({ kind, cell }) => kind === "few-runs" && cell === undefined);
  const blind = isLearning ? 0 : gatedRows(comparison).filter(({ row }) => isNotGateable(row)).length;
  return blind === 0 ? text : `${text} ${words.t("rest.not-gateable", { count: blind })}`;
}

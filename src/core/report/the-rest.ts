/** "The rest": what is clean, what got better, and what the gate could not tell. */
import type { ComparedCell, Comparison } from "../model/comparison.ts";
import { changeSentence } from "./change-text.ts";
import { cellText, distinct, gatedRows, modelText, shortPhase, worstFirst } from "./comment-scope.ts";
import { detectableText } from "./numbers.ts";
import type { Words } from "./text.ts";

const MOST_IMPROVEMENTS = 3;

/** A row that would only see more than this many times its min-effect is no gate at all (GS §1.8). */
const GATEABLE_FACTOR = 4;

export function restText(comparison: Comparison, words: Words): string {
  const parts = [cleanText(comparison, words), betterText(comparison, words), undecidedText(comparison, words)];
  return parts.filter((text) => text !== "").join(" ");
}

function cleanText(comparison: Comparison, words: Words): string {
  const bad = new Set(
    gatedRows(comparison)
      .filter(({ row }) => row.finding === "regressed" || row.finding === "missing")
      .map(({ cell }) => cell),
  );
  if (bad.size === 0) return "";
  const phases = distinct(comparison.cells.map(({ phase }) => phase));
  const cellsOf = (phase: string) => comparison.cells.filter((cell) => cell.phase === phase);
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
      words.t("comment.row", { cell: cellText(cell, words), change: changeSentence(row, words) }),
    );
  const more = improved.length - shown.length;
  return words.t("rest.better", {
    rows: shown.join("; "),
    more: more === 0 ? "" : words.t("rest.more", { count: more }),
  });
}

/** How many checks ended without an answer, and from what change on they would have had one. */
function undecidedText(comparison: Comparison, words: Words): string {
  const open = gatedRows(comparison).filter(({ row }) => row.finding === "inconclusive" && row.reason === "noise");
  if (open.length === 0) return "";
  const seen = open.flatMap(({ row }) => row.minDetectable ?? []);
  const blind = gatedRows(comparison).filter(({ row }) => isNotGateable(row));
  return [
    seen.length === 0
      ? words.t("rest.undecided", { count: open.length })
      : words.t("rest.undecided-would-see", { count: open.length, change: detectableText(Math.max(...seen), words) }),
    ...(blind.length === 0 ? [] : [words.t("rest.not-gateable", { count: blind.length })]),
  ].join(" ");
}

export function isNotGateable({ minDetectable, minEffect }: ComparedCell["metrics"][number]): boolean {
  return minDetectable !== undefined && minEffect !== undefined && minDetectable > GATEABLE_FACTOR * minEffect;
}

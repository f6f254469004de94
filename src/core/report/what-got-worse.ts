/**
 * "What got worse", read off the numbers by rules: which metrics moved and which stayed says where to look. A pattern
 * that no rule knows gets no sentence.
 */
import type { ComparedCell, Comparison, MetricRow } from "../model/comparison.ts";
import type { ResultsFile } from "../model/results.ts";
import { cellText, distinct, modelText, regressions, rowOf, sameCell, workloadText } from "./comment-scope.ts";
import { changeText, proseNumber, shareText } from "./numbers.ts";
import { blockedByPrefill } from "./stalls.ts";
import type { Words } from "./text.ts";

type Pattern =
  | "errors"
  | "all-failed"
  | "tail-only"
  | "decode"
  | "decode-and-queue"
  | "queue"
  | "first-token"
  | "throughput-only";

/** Cells beyond the third repeat what the tables say. */
const MOST_SENTENCES = 3;

/** One sentence for each pattern, naming its cells where there are several patterns. */
export function whatGotWorse(comparison: Comparison, candidate: ResultsFile, words: Words): readonly string[] {
  const cells = [...new Set(regressions(comparison).map(({ cell }) => cell))];
  const byPattern = new Map<Pattern, ComparedCell[]>();
  for (const cell of cells) {
    const pattern = patternOf(cell);
    if (pattern !== undefined) byPattern.set(pattern, [...(byPattern.get(pattern) ?? []), cell]);
  }
  const alone = byPattern.size === 1;
  return [...byPattern].slice(0, MOST_SENTENCES).flatMap(([pattern, alike]) => {
    const sentence = patternText(pattern, alike, words);
    const where = alone ? scopeText(alike, comparison, words) : words.t("worse.in", { cells: cellsText(alike, words) });
    const stalls = stallText(pattern, alike, candidate, words);
    return [where === "" ? sentence : `${where} ${sentence}`, ...(stalls === undefined ? [] : [stalls])];
  });
}

interface Facts {
  /** Any of these regressed. */
  worse(...metrics: readonly string[]): boolean;
  same(metric: string): boolean;
  /** More requests fail than did. */
  readonly failsMore: boolean;
  /** Not one request was answered, and nothing is known of how it was before. */
  readonly failsAnew: boolean;
}

const FIRST_TOKEN = ["ttft_p50", "ttft_p95", "ttft_mean"];
const TAIL = ["itl_p95", "itl_p99"];
const THROUGHPUT = ["output_throughput", "request_throughput"];

/** From the most to the least telling; the first that holds. */
const RULES: readonly (readonly [Pattern, (facts: Facts) => boolean])[] = [
  ["errors", ({ failsMore }) => failsMore],
  ["all-failed", ({ failsAnew }) => failsAnew],
  ["decode-and-queue", ({ worse }) => worse("itl_p50") && worse("ttft_p50")],
  ["decode", ({ worse }) => worse("itl_p50")],
  ["queue", ({ worse, same }) => same("itl_p50") && worse(...THROUGHPUT) && worse(...FIRST_TOKEN)],
  ["tail-only", ({ worse, same }) => same("itl_p50") && worse(...TAIL) && !worse(...THROUGHPUT)],
  ["first-token", ({ worse, same }) => same("itl_p50") && worse(...FIRST_TOKEN)],
  [
    "throughput-only",
    ({ worse, same }) => same("itl_p50") && same("ttft_p50") && worse(...THROUGHPUT) && !worse(...TAIL),
  ],
];

function patternOf(cell: ComparedCell): Pattern | undefined {
  const errors = rowOf(cell, "error_rate");
  const facts: Facts = {
    worse: (...metrics) => metrics.some((metric) => isWorse(rowOf(cell, metric))),
    same: (metric) => isSame(rowOf(cell, metric)),
    failsMore: isWorse(errors) && isKnownWorse(errors),
    failsAnew: isWorse(errors) && errors?.baseline === undefined && errors?.candidate === 1,
  };
  return RULES.find(([, holds]) => holds(facts))?.[0];
}

function isWorse(row: MetricRow | undefined): boolean {
  return row?.finding === "regressed";
}

/** Of failures: the baseline's are known, and the candidate has more of them. */
function isKnownWorse(row: MetricRow | undefined): boolean {
  const { baseline, candidate } = row ?? {};
  return baseline !== undefined && candidate !== undefined && baseline < candidate;
}

/** Proven unchanged, or a change under half of what the gate is built to catch. */
function isSame(row: MetricRow | undefined): boolean {
  if (row === undefined) return false;
  if (row.finding === "unchanged") return true;
  return row.finding === "inconclusive" && Math.abs(row.change ?? 1) < (row.minEffect ?? 0.05) / 2;
}

function patternText(pattern: Pattern, cells: readonly ComparedCell[], words: Words): string {
  const changeOf = (metric: string) =>
    changeRange(
      cells.map((cell) => rowOf(cell, metric)?.change),
      words,
    );
  switch (pattern) {
    case "decode":
    case "decode-and-queue": {
      const throughput = cells.every((cell) => isWorse(rowOf(cell, "output_throughput")));
      const tail = throughput ? words.t("worse.with-throughput", { throughput: changeOf("output_throughput") }) : "";
      return words.t(`worse.${pattern}`, { itl: changeOf("itl_p50"), ttft: changeOf("ttft_p50"), tail });
    }
    case "queue":
      return words.t("worse.queue", { throughput: changeOf("output_throughput"), ttft: changeOf("ttft_p50") });
    case "first-token":
      return words.t("worse.first-token", { ttft: changeOf("ttft_p50") });
    case "throughput-only":
      return words.t("worse.throughput-only", { throughput: changeOf("output_throughput") });
    case "errors":
    case "all-failed":
    case "tail-only":
      return words.t(`worse.${pattern}`);
  }
}

/** "+12…+15 %" over several cells, "+15 %" for one; empty where a cell lacks it. */
function changeRange(changes: readonly (number | undefined)[], words: Words): string {
  const known = changes.flatMap((change) => change ?? []);
  if (known.length === 0) return "";
  const low = changeText(Math.min(...known), words);
  const high = changeText(Math.max(...known), words);
  return low === high ? low : words.t("worse.range", { low, high });
}

/** Where the loss is, if it is not everywhere: "only on Qwen3", "on every workload". */
function scopeText(cells: readonly ComparedCell[], comparison: Comparison, words: Words): string {
  const [first] = cells;
  if (first === undefined) return "";
  const measured = comparison.cells.filter(({ phase }) => cells.some((cell) => cell.phase === phase));
  if (cells.length > 1 && cells.length === measured.length) {
    const models = distinct(cells.map(({ model }) => model)).length;
    return words.t(models > 1 ? "worse.everywhere" : "worse.every-workload");
  }
  return cells.length > 1 ? words.t("worse.in", { cells: cellsText(cells, words) }) : "";
}

function cellsText(cells: readonly ComparedCell[], words: Words): string {
  const workloads = [...new Set(cells.map((cell) => workloadText(cell)))];
  const models = [...new Set(cells.map((cell) => modelText(cell)))];
  if (workloads.length * models.length === cells.length && cells.length > 1) {
    return words.t("comment.cell", { workload: words.list(workloads), model: words.list(models) });
  }
  return words.list(cells.map((cell) => cellText(cell, words)));
}

/** Where the tail is worse and the requests are there: do the long gaps end with another request's first token? */
function stallText(
  pattern: Pattern,
  cells: readonly ComparedCell[],
  candidate: ResultsFile,
  words: Words,
): string | undefined {
  if (pattern !== "tail-only") return undefined;
  const measured = candidate.cells.filter((cell) => cells.some((each) => sameCell(each, cell)));
  const stalls = blockedByPrefill(measured.flatMap(({ trials }) => trials));
  if (stalls === undefined) return undefined;
  return words.t("worse.prefill-stalls", {
    share: shareText(stalls.share, words),
    gap: proseNumber(stalls.longGapMs, { unit: "ms", factor: 1 }, words),
  });
}

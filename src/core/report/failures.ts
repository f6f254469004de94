/** Failed requests in words: how many, and of what kind. */
import type { Comparison } from "../model/comparison.ts";
import type { ResultsFile } from "../model/results.ts";
import type { FailedTrace } from "../model/trace.ts";
import { placedCellText, rowOf, sameCell } from "./comment-scope.ts";
import { code } from "./markdown.ts";
import { measuredCounts, withArms } from "./measured.ts";
import type { Words } from "./text.ts";

const MOST_KINDS = 3;
const MOST_CELLS = 3;

/** Of the cells whose failures are news: "`baseline` on Llama: 12 of 30 requests (HTTP 500 ×10, timeout ×2)". */
export function failureText(comparison: Comparison, candidate: ResultsFile, words: Words): string {
  const failing = comparison.cells.filter((cell) => {
    const row = rowOf(cell, "error_rate");
    return row !== undefined && (row.candidate ?? 0) > 0 && row.finding !== "unchanged";
  });
  const texts = failing.flatMap((cell) => {
    const own = candidate.cells.find((each) => sameCell(each, cell));
    const measured = own === undefined ? undefined : withArms(own);
    const counts = measured === undefined ? undefined : measuredCounts(measured);
    if (measured === undefined || counts === undefined) return [];
    const failed = words.t("failures.of", { failed: words.count(counts.failed), count: counts.requests });
    const kinds = failureKinds(measured.trials.flatMap(({ requests = [] }) => requests).filter(isFailed), words);
    return [
      words.t("comment.row", {
        cell: placedCellText(cell, comparison, words),
        change: kinds === "" ? failed : `${failed} (${kinds})`,
      }),
    ];
  });
  const more = texts.length > MOST_CELLS ? [words.t("rest.more", { count: texts.length - MOST_CELLS })] : [];
  return texts.length === 0 ? "" : `${[...texts.slice(0, MOST_CELLS), ...more].join("; ")}.`;
}

export function isFailed(request: { readonly outcome: string }): request is FailedTrace {
  return request.outcome === "error";
}

/** Most frequent first, each with its last message. */
export function failureKinds(failed: readonly FailedTrace[], words: Words): string {
  const kinds = new Map<string, { count: number; message: string }>();
  for (const { error } of failed) {
    const name = error.status === undefined ? words.t(`failures.kind.${error.kind}`) : `HTTP ${error.status}`;
    const known = kinds.get(name)?.count ?? 0;
    kinds.set(name, { count: known + 1, message: error.message ?? "" });
  }
  return [...kinds]
    .sort(([, a], [, b]) => b.count - a.count)
    .slice(0, MOST_KINDS)
    .map(([name, { count, message }]) => `${name} ×${count}${message === "" ? "" : `: ${code(message, 80)}`}`)
    .join(", ");
}

/** Failed requests in words: how many, and of what kind. */
import { pairedSample } from "../compare/paired-sample.ts";
import type { Comparison } from "../model/comparison.ts";
import type { Cell, ResultsFile, Trial } from "../model/results.ts";
import type { FailedTrace } from "../model/trace.ts";
import type { FailureCount } from "../stats/fisher.ts";
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
    const counts = own === undefined ? undefined : countedFailures(own);
    if (own === undefined || counts === undefined) return [];
    const failed = words.t("failures.of", { failed: words.count(counts.failed), count: counts.total });
    const kinds = failureKinds(failedRequests(own), words);
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

/** As the gate counts them: of the trials that count, and of the arms, where one that died failed all it was to be asked. */
function countedFailures(cell: Cell): FailureCount | undefined {
  // A cell without trials has its candidate's arms for them.
  const isArm = (trial: Trial) => cell.confirmation?.some((arm) => arm.trial === trial) === true;
  const own = measuredCounts({ ...cell, trials: cell.trials.filter((trial) => !isArm(trial)) });
  const arms = pairedSample(cell)?.failures.candidate;
  const [failed, total] = [(own?.failed ?? 0) + (arms?.failed ?? 0), (own?.requests ?? 0) + (arms?.total ?? 0)];
  return total === 0 ? undefined : { failed, total };
}

function failedRequests(cell: Cell): readonly FailedTrace[] {
  return withArms(cell)
    .trials.flatMap(({ requests = [] }) => requests)
    .filter(isFailed);
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

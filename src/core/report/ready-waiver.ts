/** The rows that would accept what blocks, ready to be pasted once somebody says why. */
import type { Comparison } from "../model/comparison.ts";
import { theBaseline } from "./baseline-name.ts";
import { regressions } from "./comment-scope.ts";
import type { ReportInput } from "./input.ts";
import { codeBlock } from "./markdown.ts";
import type { Words } from "./text.ts";
import { waiverRows } from "./waiver-row.ts";

export interface WaiverFold {
  readonly summary: string;
  /** Where it goes and what is left to fill in. */
  readonly text: string;
  readonly yaml: string;
}

/** Who loses on more rows than these has no exception to ask for, and the comment no room. */
const MOST_ROWS = 12;
/** A code block takes no more, and half a row would be no row. */
const MOST_TEXT = 3_500;

/** YAML, a line for each of the worst rows; empty where nothing blocks that could be waived. */
export function readyWaivers({ comparison, candidate }: ReportInput): readonly string[] {
  if (comparison === undefined || regressions(comparison).length === 0) return [];
  const lines = waiverRows(worstOnly(comparison), { createdAt: candidate.createdAt }).split("\n");
  let room = MOST_TEXT;
  return lines.filter((line) => {
    room -= line.length + 1;
    return line !== "" && room >= 0;
  });
}

/** Null where there is none. */
export function waiverFold(input: ReportInput, words: Words): WaiverFold | null {
  const rows = readyWaivers(input);
  if (input.comparison === undefined || rows.length === 0) return null;
  const count = regressions(input.comparison).length;
  const shown = { shown: words.count(rows.length), count };
  return {
    summary: words.t(count === 1 ? "folds.waiver" : count > rows.length ? "folds.waivers-of" : "folds.waivers", shown),
    text: words.t("folds.waiver-how", { baseline: theBaseline(input.context, words) }),
    yaml: codeBlock(rows.join("\n"), "yaml"),
  };
}

function worstOnly(comparison: Comparison): Comparison {
  const worst = new Set(
    regressions(comparison)
      .slice(0, MOST_ROWS)
      .map(({ row }) => row),
  );
  const cells = comparison.cells.map((cell) => ({ ...cell, metrics: cell.metrics.filter((row) => worst.has(row)) }));
  return { ...comparison, cells };
}

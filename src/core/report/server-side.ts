/** Beside a loss, what the server itself says happened: preemptions, a fuller KV cache, a longer queue, a colder prefix cache. */
import type { Comparison, ServerMove } from "../model/comparison.ts";
import { cellText, regressions } from "./comment-scope.ts";
import { fixed, shareText } from "./numbers.ts";
import type { Words } from "./text.ts";

/** Cells beyond the third repeat what the first have said. */
const MOST_CELLS = 3;

/** Empty where nothing is lost, or nothing of it moved. */
export function serverSideText(comparison: Comparison, words: Words): string {
  const lost = [...new Set(regressions(comparison).map(({ cell }) => cell))];
  const told = lost.flatMap((cell) => {
    const moves = (cell.serverMoves ?? []).map((move) => moveText(move, words));
    return moves.length === 0 ? [] : [{ cell, moves: moves.join(", ") }];
  });
  if (told.length === 0) return "";
  const cells = told
    .slice(0, MOST_CELLS)
    .map(({ cell, moves }) =>
      lost.length === 1 ? moves : `${words.t("worse.in", { cells: cellText(cell, words) })} ${moves}`,
    );
  return words.t("server-side.moved", { moves: cells.join("; ") });
}

function moveText({ name, baseline, candidate }: ServerMove, words: Words): string {
  const isShare = name === "kv_cache_use_max" || name === "prefix_cache_hit_rate";
  const from = isShare ? fixed(100 * baseline, 0) : countText(baseline);
  const to = isShare ? shareText(candidate, words) : countText(candidate);
  return words.t(`server-side.${name}`, { from, to });
}

/** A mean over trials: whole from ten on. */
function countText(value: number): string {
  return fixed(value, value < 10 && !Number.isInteger(value) ? 1 : 0);
}

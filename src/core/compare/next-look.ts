/** What the confirmation measures next. The same rules decide offline, so that a file says what its run did. */
import type { CellKey } from "../model/results.ts";
import type { CellCase } from "./cell-case.ts";
import { cellKey } from "./cell-key.ts";
import { type ComparisonInput, type Drafted, draftRuns } from "./compare-runs.ts";
import { decideConfirmation } from "./decide-confirmation.ts";
import type { DraftRow } from "./draft-row.ts";
import { confirmationMembers } from "./finish-rows.ts";
import { PAIRS_A_LOOK } from "./paired-sample.ts";
import type { Look } from "./proof.ts";

export type NextLook =
  | { readonly kind: "done" }
  | {
      readonly kind: "measure";
      readonly look: Look;
      /** Cells that still lack pairs of this look, the most suspicious first; never empty. */
      readonly cells: readonly CellKey[];
    };

/**
 * Given everything measured so far (trials, and the arms that have run): nothing more where nothing was screened, a loss is
 * proven or everything is cleared.
 *
 * A cell without any comparable run has nothing to be screened by. It is measured in turns where the policy asks for that
 * (`confirm`, `paired`), and where it is known in another lane; a cell that is new as a whole is only recorded.
 */
export function nextLook(input: ComparisonInput): NextLook {
  const drafted = draftRuns(input);
  const { look, rejected, next } = decideConfirmation(confirmationMembers(drafted.drafts.flatMap(({ rows }) => rows)));
  const unmeasured = drafted.cases.filter(
    (one) => isUnscreenable(one, input.policy.method) && (one.paired?.ran ?? 0) < PAIRS_A_LOOK,
  );
  // Their rows are known with their arms: a family without them would be judged too lightly.
  if (unmeasured.length === 0 && look === 1 && rejected.size > 0) return { kind: "done" };
  const waiting = next === undefined ? [] : cellsOf(next.rows, drafted);
  if (unmeasured.length > 0 || next?.look === 1) {
    return measure(1, next?.look === 1 ? new Set([...waiting, ...unmeasured]) : unmeasured);
  }
  return next === undefined ? { kind: "done" } : measure(2, waiting);
}

function measure(look: Look, cells: Iterable<CellCase>): NextLook {
  return { kind: "measure", look, cells: [...cells].map(({ cell }) => cellKey(cell)) };
}

function isUnscreenable(
  { gated, sample, epochs, history }: CellCase,
  method: ComparisonInput["policy"]["method"],
): boolean {
  if (!gated || sample === undefined) return false;
  if (method === "paired") return true;
  return epochs.length === 0 && (history.kind === "other-lane" || method === "confirm");
}

/** In the order of their evidence: the least p of any of their rows. */
function cellsOf(rows: ReadonlySet<DraftRow>, { cases, drafts }: Drafted): readonly CellCase[] {
  return cases
    .map((one, index) => ({ one, p: evidence((drafts[index]?.rows ?? []).filter((row) => rows.has(row))) }))
    .filter(({ p }) => p !== undefined)
    .sort((a, b) => (a.p ?? 1) - (b.p ?? 1))
    .map(({ one }) => one);
}

function evidence(rows: readonly DraftRow[]): number | undefined {
  if (rows.length === 0) return undefined;
  return Math.min(...rows.map(pOf));
}

function pOf({ case: rowCase }: DraftRow): number {
  if (rowCase.kind === "history") return rowCase.timing.estimate.pWorse;
  if (rowCase.kind !== "paired") return 1;
  const { looks, screen } = rowCase.timing;
  return (looks[2] ?? looks[1])?.estimate.pWorse ?? screen?.pWorse ?? 1;
}

import type { JudgedCell } from "../compare/cell-case.ts";
import { cellId } from "../compare/cell-key.ts";
import { metricById } from "../metrics/catalogue.ts";
import type { ComparedCell, GateWarning, MetricRow } from "../model/comparison.ts";
import type { AcceptedLoss, Waiver } from "../model/waiver.ts";

interface Waived {
  readonly cells: readonly JudgedCell[];
  /** Of waivers that accept nothing, or are not enough; in the order of their file. */
  readonly warnings: readonly GateWarning[];
}

/**
 * Marks the regressions that were accepted beforehand. They stay `regressed`, so that they stay in sight.
 *
 * `createdAt` is the candidate's: the same results are judged alike on every later day.
 */
export function applyWaivers(cells: readonly JudgedCell[], waivers: readonly Waiver[], createdAt: string): Waived {
  const day = new Date(createdAt).toISOString().slice(0, 10);
  const regressed = regressedRows(cells);
  const judged = waivers.map((waiver) => {
    const target = waiverTarget(waiver);
    return { waiver, target, outcome: outcomeOf(waiver, regressed.get(target), day) };
  });
  const accepted = new Map(
    judged.flatMap(({ waiver, target, outcome }) =>
      outcome === "accepted" ? [[target, acceptedLoss(waiver)] as const] : [],
    ),
  );
  return {
    cells: cells.map((judgedCell) => ({ ...judgedCell, cell: withWaivers(judgedCell.cell, accepted) })),
    warnings: judged.flatMap(({ waiver, outcome }) => warningOf(waiver, outcome)),
  };
}

/** The one row a waiver is for, as a text to compare by. */
export function waiverTarget({ cell, metric }: Pick<Waiver, "cell" | "metric">): string {
  return JSON.stringify([cellId(cell), metric]);
}

/** How much worse the candidate is, a ratio; without end where there is nothing to be worse than, as failures after none. */
export function worsening({ metric, change, baseline, candidate }: MetricRow): number {
  const ratio = change ?? changeOf(baseline, candidate);
  if (ratio === undefined) return Number.POSITIVE_INFINITY;
  return metricById(metric)?.better === "higher" ? -ratio : ratio;
}

function changeOf(baseline: number | undefined, candidate: number | undefined): number | undefined {
  if (baseline === undefined || candidate === undefined || !(baseline > 0)) return undefined;
  return candidate / baseline - 1;
}

function regressedRows(cells: readonly JudgedCell[]): ReadonlyMap<string, MetricRow> {
  return new Map(
    cells.flatMap(({ cell }) =>
      cell.metrics
        .filter(({ gated, finding }) => gated && finding === "regressed")
        .map((row) => [waiverTarget({ cell, metric: row.metric }), row] as const),
    ),
  );
}

type Outcome = "accepted" | "exceeded" | "inherited" | "expired" | "unused";

function outcomeOf(waiver: Waiver, row: MetricRow | undefined, day: string): Outcome {
  // Both are YYYY-MM-DD, which sorts as text.
  if (day > waiver.expires) return "expired";
  if (row === undefined) return "unused";
  if (row.inherited !== undefined) return "inherited";
  return worsening(row) <= waiver.ceiling ? "accepted" : "exceeded";
}

function acceptedLoss({ ceiling, expires, issue, reason }: Waiver): AcceptedLoss {
  return { ceiling, expires, issue, reason };
}

function withWaivers(cell: ComparedCell, accepted: ReadonlyMap<string, AcceptedLoss>): ComparedCell {
  const metrics = cell.metrics.map((row): MetricRow => {
    const waiver = accepted.get(waiverTarget({ cell, metric: row.metric }));
    return waiver === undefined ? row : { ...row, waiver };
  });
  return { ...cell, metrics };
}

function warningOf(waiver: Waiver, outcome: Outcome): readonly GateWarning[] {
  const { cell, metric, ceiling, expires, issue } = waiver;
  switch (outcome) {
    case "accepted":
    case "inherited":
      return [];
    case "exceeded":
      return [{ kind: "waiver-exceeded", cell, metric, values: { ceiling, issue } }];
    case "expired":
    case "unused":
      return [{ kind: "waiver-stale", cell, metric, values: { why: outcome, expires, issue } }];
  }
}

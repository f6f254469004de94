import type { JudgedCell } from "../compare/cell-case.ts";
import { cellName } from "../compare/cell-key.ts";
import type { ComparedRuns } from "../compare/compare-runs.ts";
import { WANTED_RUNS } from "../compare/gate-warnings.ts";
import type { InconclusiveCause, MetricRow, Reason } from "../model/comparison.ts";
import { type Decision, isBlockingLoss } from "./decide.ts";

/** Why the verdict is what it is, in one English sentence or two. */
export function verdictSentence(decision: Decision, compared: ComparedRuns): string {
  const gated = compared.cells.filter((cell) => cell.gated);
  const sentence = {
    "first-baseline": () =>
      `First baseline: there is no earlier run of ${count(gated.length, "cell")} to compare with.`,
    ok: () => okSentence(gated, compared),
    regression: () => regressionSentence(gated),
    errors: () => failureSentences(gated),
    missing: () => `Not measured, though the baseline has it: ${listed(missing(gated))}.`,
    inconclusive: () => inconclusiveSentence(decision.cause, gated),
    error: () => "The measurement could not be carried out.",
  }[decision.exitReason]();
  return decision.exitReason === "ok" || decision.cause === "no-power"
    ? `${sentence}${learning(compared, decision)}`
    : sentence;
}

/** A regression that was accepted, or that the base branch has as well, is one all the same. */
function okSentence(gated: readonly JudgedCell[], { baselineRuns, isConfirming }: ComparedRuns): string {
  const isOld = blockingRows(gated).some(({ row }) => row.finding === "regressed");
  const against = isConfirming && baselineRuns === 0 ? "the base build" : count(baselineRuns, "run");
  return `No ${isOld ? "new " : ""}regression in ${checks(gated)} against ${against}.`;
}

interface Named {
  readonly row: MetricRow;
  readonly where: string;
}

function regressionSentence(gated: readonly JudgedCell[]): string {
  const found = blockingRows(gated).filter(({ row }) => isBlockingLoss(row));
  const each = found.map(({ row, where }) => `${row.metric} of ${where} ${signedPercent(row.change)}`);
  return `${count(found.length, "regression")} in ${checks(gated)}: ${listed(each)}.`;
}

/** Requests that fail, and answers that are wrong where they may not be. */
function failureSentences(gated: readonly JudgedCell[]): string {
  const failed = failing(gated);
  const wrong = sharesOf("mismatch_rate", gated, (row) => row.gated && isBlockingLoss(row));
  return [
    ...(failed.length === 0 ? [] : [`Requests fail: ${listed(failed)}.`]),
    ...(wrong.length === 0 ? [] : [`Answers are wrong: ${listed(wrong)}.`]),
  ].join(" ");
}

function failing(gated: readonly JudgedCell[]): readonly string[] {
  return sharesOf("error_rate", gated, ({ candidate = 0 }) => candidate > 0);
}

function sharesOf(
  metric: string,
  gated: readonly JudgedCell[],
  counts: (row: MetricRow) => boolean,
): readonly string[] {
  return gated.flatMap(({ cell }) =>
    cell.metrics
      .filter((row) => row.metric === metric && counts(row))
      .map(({ candidate = 0 }) => `${percent(candidate)} of ${cellName(cell)}`),
  );
}

function missing(gated: readonly JudgedCell[]): readonly string[] {
  return gated.filter(({ sample }) => sample === undefined).map(({ cell }) => cellName(cell));
}

function inconclusiveSentence(cause: InconclusiveCause | undefined, gated: readonly JudgedCell[]): string {
  const because = (...reasons: readonly string[]) =>
    listed([
      ...new Set(
        blockingRows(gated)
          .filter(({ row }) => reasons.includes(row.reason))
          .map(({ where }) => where),
      ),
    ]);
  switch (cause) {
    case "suspicious":
      return `Looks worse and is not proven: ${listed(suspicious(gated))}.`;
    case "not-confirmed":
      return `Looks worse, and the confirmation did not come to an end: ${listed(suspicious(gated))}.`;
    case "too-many-errors":
      return `Under 90% of the requests are ok, so the timings are biased: ${listed(failing(gated))} failed.`;
    case "different-work":
      return `The output tokens differ by more than 10%, so the work is not the same: ${because("different-work")}.`;
    case "nothing-judgeable":
      return gated.length === 0
        ? "The results hold no cell of a phase that gates."
        : `Cannot be judged: ${listed(unjudgeable(gated))}.`;
    case "no-power":
    case undefined:
      return "The gate had no power: no throughput and no ITL P50 could be decided.";
  }
}

/** The cells without a judged timing, each with why. */
function unjudgeable(gated: readonly JudgedCell[]): readonly string[] {
  return gated
    .filter(({ cell, history }) => history !== "unknown" || cell.metrics.some(({ finding }) => finding === "invalid"))
    .filter(({ cell }) => !cell.metrics.some(({ gated: blocking, interval }) => blocking && interval !== undefined))
    .map(({ cell }) => {
      const row =
        cell.metrics.find(({ gated: blocking, metric }) => blocking && metric !== "error_rate") ?? cell.metrics[0];
      return `${cellName(cell)} (${row === undefined ? "no blocking timing" : (row.warnings[0] ?? WHY[row.reason] ?? row.reason)})`;
    });
}

/** Reasons for which a timing is not put to a test. */
const WHY: Readonly<Partial<Record<Reason, string>>> = {
  "no-valid-trial": "no valid trial",
  "too-few-ok": "fewer than 5 requests were answered",
  "too-few-samples": "too few samples",
  "failures-bias": "under 90% of the requests are ok",
  "different-work": "the output tokens differ by more than 10%",
  "different-chunking": "the tokens per chunk differ by more than 5%",
};

const UNSETTLED: readonly Reason[] = [
  "suspicious",
  "trials-disagree",
  "some-failures",
  "not-confirmed",
  "too-few-pairs",
];

function suspicious(gated: readonly JudgedCell[]): readonly string[] {
  return blockingRows(gated)
    .filter(({ row }) => UNSETTLED.includes(row.reason))
    .map(
      ({ row, where }) => `${row.metric} of ${where}${row.change === undefined ? "" : ` ${signedPercent(row.change)}`}`,
    );
}

/** " Learning, 3 of 5 runs: would see a loss of 11% or more." */
function learning({ warnings }: ComparedRuns, { cause }: Decision): string {
  const few = warnings.find(({ kind, cell }) => kind === "few-runs" && cell === undefined);
  const runs = Number(few?.values?.["runs"] ?? WANTED_RUNS);
  if (few === undefined) return cause === "no-power" ? " The machine is too noisy; see each row's minDetectable." : "";
  const seen = few.values?.["minDetectable"];
  const loss = seen === undefined ? "" : `: would see a loss of ${Math.ceil(Number(seen) * 100)}% or more`;
  return ` Learning, ${runs} of ${WANTED_RUNS} runs${loss}. ${count(WANTED_RUNS - runs, "more run")} needed.`;
}

function blockingRows(gated: readonly JudgedCell[]): readonly Named[] {
  return gated.flatMap(({ cell }) =>
    cell.metrics.filter((row) => row.gated).map((row) => ({ row, where: cellName(cell) })),
  );
}

function checks(gated: readonly JudgedCell[]): string {
  const tested = blockingRows(gated).filter(({ row }) => row.stage !== undefined);
  return count(tested.length, "check");
}

/** The first three, and how many more. */
function listed(items: readonly string[]): string {
  const more = items.length > 3 ? ` and ${items.length - 3} more` : "";
  return `${items.slice(0, 3).join("; ")}${more}`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toFixed(1))}%`;
}

function signedPercent(change = 0): string {
  return `${change < 0 ? "−" : "+"}${percent(Math.abs(change))}`;
}

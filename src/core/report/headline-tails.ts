/** What the headline says after the verdict, because it changes what the verdict is worth. */
import type { Comparison, GateWarning } from "../model/comparison.ts";
import { sinceText } from "./accepted-losses.ts";
import { theBaseline } from "./baseline-name.ts";
import { inheritedRows } from "./comment-scope.ts";
import type { ReportContext } from "./input.ts";
import { shareText } from "./numbers.ts";
import type { Words } from "./text.ts";

/** " · main itself slowed by 6% since `4f2c9d1` · this pull request changes `gate:`; judged by main's rules", or nothing. */
export function headlineTails(comparison: Comparison, context: ReportContext, words: Words): string {
  return [slowedTail(comparison, context, words), policyTail(context, words)]
    .filter((text) => text !== "")
    .map((text) => ` · ${text}`)
    .join("");
}

function slowedTail(comparison: Comparison, context: ReportContext, words: Words): string {
  const worst = worstSlowdown(comparison.warnings);
  if (worst === undefined) return "";
  // The headline says it already where the same commit made main as slow as this pull request.
  if (
    comparison.verdict === "pass" &&
    inheritedRows(comparison).some(({ row }) => row.inherited?.since === worst.since)
  )
    return "";
  return words.t("comment.tail.slowed", {
    baseline: theBaseline(context, words),
    change: shareText(worst.change, words),
    since: sinceText(worst.since),
  });
}

function worstSlowdown(
  warnings: readonly GateWarning[],
): { readonly since: string; readonly change: number } | undefined {
  const [worst] = warnings
    .flatMap(({ kind, values }) =>
      kind === "baseline-slowed"
        ? [{ since: String(values?.["since"] ?? "?"), change: Number(values?.["change"] ?? 0) }]
        : [],
    )
    .sort((a, b) => b.change - a.change);
  return worst;
}

/** Rules that could not be read are a note: nothing is known to have changed. */
function policyTail({ policyNotice, ...context }: ReportContext, words: Words): string {
  if (policyNotice?.kind !== "changed") return "";
  return words.t(`comment.tail.policy-changed.${policyNotice.what}`, { baseline: theBaseline(context, words) });
}

/** Proven losses that do not block: accepted by a waiver, or inherited from a base branch that has them itself. */
import type { Comparison } from "../model/comparison.ts";
import { theBaseline } from "./baseline-name.ts";
import { rowSentence } from "./change-text.ts";
import { acceptedRows, type CheckedRow, distinct, inheritedRows } from "./comment-scope.ts";
import type { ReportContext } from "./input.ts";
import { code, link, md } from "./markdown.ts";
import { percentText } from "./numbers.ts";
import type { Words } from "./text.ts";

/** Rows beyond these are in the folds. */
const MOST_ROWS = 5;

/** "`chunked_prefill` on Qwen3: ITL P99 191 → 214 ms (+12%), up to 15% until 2026-12-31, #123: the reason." */
export function acceptedText(comparison: Comparison, words: Words): string {
  const texts = acceptedRows(comparison).flatMap((checked) => {
    const { waiver } = checked.row;
    if (waiver === undefined) return [];
    return [
      words.t("comment.accepted-row", {
        row: rowSentence(checked, words),
        ceiling: percentText(waiver.ceiling, words),
        expires: md(waiver.expires, 20),
        issue: link(waiver.issue),
        reason: md(waiver.reason).replace(/\.$/, ""),
      }),
    ];
  });
  return listed(texts, words);
}

/** "main itself is as slow since `4f2c9d1`: …", the rows of one moment together. */
export function inheritedText(comparison: Comparison, context: ReportContext, words: Words): string {
  const rows = inheritedRows(comparison);
  return distinct(rows.map(sinceOf))
    .map((since) => {
      const alike = rows.filter((checked) => sinceOf(checked) === since);
      return words.t("comment.inherited-rows", {
        baseline: theBaseline(context, words),
        since: sinceText(since),
        rows: listed(
          alike.map((checked) => rowSentence(checked, words)),
          words,
        ),
      });
    })
    .join(" ");
}

/** The headline of a run whose only losses are these; absent where there are none. */
export function toleratedHeadline(comparison: Comparison, context: ReportContext, words: Words): string | undefined {
  const accepted = acceptedRows(comparison).length;
  const inherited = inheritedRows(comparison);
  const baseline = theBaseline(context, words);
  if (inherited.length === 0) {
    return accepted === 0 ? undefined : words.t("comment.headline.accepted", { count: accepted });
  }
  if (accepted > 0) {
    const params = { count: accepted, inherited: inherited.length, baseline };
    return words.t("comment.headline.accepted-and-inherited", params);
  }
  const [since = "", ...others] = distinct(inherited.map(sinceOf));
  return others.length > 0
    ? words.t("comment.headline.inherited", { baseline })
    : words.t("comment.headline.inherited-since", { baseline, since: sinceText(since) });
}

/** A commit as `git log --oneline` shows it, or a day. */
export function sinceText(since: string): string {
  return /^[0-9a-f]{7,64}$/i.test(since) ? code(since.slice(0, 7)) : md(since, 30);
}

function sinceOf({ row }: CheckedRow): string {
  return row.inherited?.since ?? "";
}

function listed(texts: readonly string[], words: Words): string {
  if (texts.length === 0) return "";
  const more = texts.length > MOST_ROWS ? words.t("rest.more", { count: texts.length - MOST_ROWS }) : "";
  return `${texts.slice(0, MOST_ROWS).join("; ")}${more}.`;
}

/** Waivers that accept nothing, and those whose ceiling a loss is past. */
import type { Comparison, GateWarning } from "../model/comparison.ts";
import { link, md } from "./markdown.ts";
import { percentText } from "./numbers.ts";
import { rowName } from "./row-name.ts";
import type { Words } from "./text.ts";

/** One sentence a waiver; beyond these only their number. */
const MOST = 3;

/** "The waiver for ITL P99 of `chunked_prefill` on Qwen3 (#123) accepts at most 15%." */
export function exceededTexts(comparison: Comparison, words: Words): readonly string[] {
  const exceeded = comparison.warnings.filter(({ kind }) => kind === "waiver-exceeded");
  return limited(
    exceeded.map((warning) => {
      const ceiling = Number(warning.values?.["ceiling"]);
      return words.t("warning.waiver-exceeded", {
        ...named(warning, comparison, words),
        ceiling: Number.isFinite(ceiling) ? percentText(ceiling, words) : "?",
      });
    }),
    words,
  );
}

export function staleTexts(comparison: Comparison, words: Words): readonly string[] {
  const stale = comparison.warnings.filter(({ kind }) => kind === "waiver-stale");
  return limited(
    stale.map((warning) => {
      const why = warning.values?.["why"] === "expired" ? "waiver-expired" : "waiver-unused";
      const expires = md(String(warning.values?.["expires"] ?? "?"), 20);
      return words.t(`warning.${why}`, { ...named(warning, comparison, words), expires });
    }),
    words,
  );
}

function named(
  warning: GateWarning,
  comparison: Comparison,
  words: Words,
): { readonly row: string; readonly issue: string } {
  return {
    row: rowName(warning, comparison, words),
    issue: link(String(warning.values?.["issue"] ?? "?")),
  };
}

function limited(texts: readonly string[], words: Words): readonly string[] {
  const more = texts.length - MOST;
  return more <= 0 ? texts : [...texts.slice(0, MOST), words.t("warning.more-waivers", { count: more })];
}

/** What the other side of the comparison is called, in the cases a sentence needs. */
import type { ReportContext } from "./input.ts";
import { md } from "./markdown.ts";
import type { Words } from "./text.ts";

const LONGEST = 60;

/** Before a noun: "the main build", "the baseline build". */
export function baselineName({ baselineLabel }: ReportContext, words: Words): string {
  return baselineLabel === undefined ? words.t("comment.baseline") : md(baselineLabel, LONGEST);
}

/** By itself: "main", "the baseline". */
export function theBaseline({ baselineLabel }: ReportContext, words: Words): string {
  return baselineLabel === undefined ? words.t("comment.the-baseline") : md(baselineLabel, LONGEST);
}

/** After "5 runs": "of main", "of the baseline". */
export function ofBaseline({ baselineLabel }: ReportContext, words: Words): string {
  return baselineLabel === undefined
    ? words.t("comment.of-baseline")
    : words.t("comment.of-label", { label: md(baselineLabel, LONGEST) });
}

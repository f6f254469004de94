import { join } from "node:path";
import { serialiseComparison } from "../core/model/comparison-file.ts";
import type { ReportLanguage } from "../core/model/config.ts";
import { serialiseResults } from "../core/model/result-file.ts";
import type { ReportInput } from "../core/report/input.ts";
import type { Files, Renderer } from "./ports.ts";
import { renderComment, renderServingLog } from "./render-reports.ts";

/** Where everything that a run leaves behind was written. */
export interface WrittenReports {
  readonly results: string;
  /** Absent where nothing was compared. */
  readonly comparison?: string;
  /** By language, in the order asked for. */
  readonly comments: readonly string[];
  readonly servingLogs: readonly string[];
  /** The comment as it is posted: both languages in one where both were asked for. */
  readonly commentBody: string;
}

/** Writes results.json, comparison.json, and the comment and the serving log in each language to a folder. */
export async function writeReports(options: {
  readonly dir: string;
  readonly language: ReportLanguage;
  readonly input: ReportInput;
  readonly renderer: Renderer;
  readonly files: Files;
}): Promise<WrittenReports> {
  const { dir, language, input, renderer, files } = options;
  const place = async (name: string, text: string) => {
    await files.write(join(dir, name), text);
    return join(dir, name);
  };
  const languages = language === "both" ? (["en", "ru"] as const) : [language];
  const results = await place("results.json", serialiseResults(input.candidate));
  const { comparison } = input;
  const compared =
    comparison === undefined ? {} : { comparison: await place("comparison.json", serialiseComparison(comparison)) };
  const comments: string[] = [];
  const servingLogs: string[] = [];
  for (const each of languages) {
    comments.push(await place(`comment.${each}.md`, renderComment(input, each, renderer)));
    servingLogs.push(await place(`serving-log.${each}.md`, renderServingLog(input, each, renderer)));
  }
  return { results, ...compared, comments, servingLogs, commentBody: renderComment(input, language, renderer) };
}

/** Reports as text, within the limits of where they are shown. */
import type { ReportLanguage } from "../core/model/config.ts";
import { type CommentDetail, commentView } from "../core/report/comment-view.ts";
import type { ReportInput } from "../core/report/input.ts";
import { servingLogView } from "../core/report/serving-log.ts";
import { type Language, words } from "../core/report/text.ts";
import type { Renderer } from "./ports.ts";

/** GitHub refuses a comment over 65,536 characters; the marker and a notice still have to fit. */
const LONGEST_COMMENT = 60_000;

/** From everything to the two first lines: whole parts are left out, nothing is cut in two. */
const DETAILS: readonly CommentDetail[] = ["all", "gated", "brief", "changed", "decisive", "headline"];

/** The pull request comment. In both languages it is one: both headlines, the body in English, the Russian one folded. */
export function renderComment(input: ReportInput, language: ReportLanguage, renderer: Renderer): string {
  const fits = (text: string) => text.length <= LONGEST_COMMENT;
  for (const detail of DETAILS) {
    const text = commentText(input, { language, detail, renderer });
    if (fits(text)) return text;
  }
  return commentText(input, { language, detail: "headline", renderer });
}

interface CommentForm {
  readonly language: ReportLanguage;
  readonly detail: CommentDetail;
  readonly renderer: Renderer;
}

function commentText(input: ReportInput, { language, detail, renderer }: CommentForm): string {
  const view = (each: Language) => commentView(input, words(renderer.dictionary(each), each), detail);
  if (language !== "both") return renderer.render("pr-comment", view(language));
  return renderer.render("pr-comment-both", { first: view("en"), second: view("ru") });
}

/** What was measured, phase by phase. In both languages it is two logs, one after the other. */
export function renderServingLog(input: ReportInput, language: ReportLanguage, renderer: Renderer): string {
  const languages = language === "both" ? (["en", "ru"] as const) : [language];
  const logs = languages.map((each) =>
    renderer.render("serving-log", servingLogView(input, words(renderer.dictionary(each), each))),
  );
  return logs.join("\n---\n\n");
}

import type { Annotation } from "../core/report/annotations.ts";
import { md } from "../core/report/markdown.ts";
import type { Words } from "../core/report/text.ts";
import type { CommentBoard, Published, RunnerSurface } from "./ports.ts";

/** What a run has to say, ready for every surface. */
export interface Publication {
  /** Absent where none is wanted: switched off, or no pull request. */
  readonly comment?: { readonly board: CommentBoard; readonly key: string; readonly body: string };
  /** For the job's page: the first that fits is shown, so the fullest comes first. */
  readonly summaries: readonly string[];
  readonly annotations: readonly Annotation[];
  readonly outputs: Readonly<Record<string, string>>;
}

export interface PublishedSurfaces {
  readonly comment: Published;
  readonly summary: Published;
}

/** Tells every surface. None of them can change the verdict: one that refuses is reported on the others. */
export async function publish(
  { comment, summaries, annotations, outputs }: Publication,
  { surface, words }: { readonly surface: RunnerSurface; readonly words: Words },
): Promise<PublishedSurfaces> {
  for (const [name, value] of Object.entries(outputs)) surface.output(name, value);
  for (const { level, message } of annotations) surface.annotate(level, message, title);
  const posted: Published =
    comment === undefined
      ? { kind: "declined", reason: "no comment is wanted here" }
      : await comment.board.upsert({ key: comment.key, body: comment.body });
  surface.output("comment-url", posted.kind === "published" ? (posted.url ?? "") : "");
  const complaint = comment === undefined ? undefined : complaintOf(posted);
  if (complaint !== undefined) surface.annotate("warning", complaint, title);
  const summary = await summarise(
    surface,
    summaries.map((text) => `${notice(posted, complaint, words)}${text}`),
  );
  if (summary.kind !== "published") surface.annotate("warning", `No job summary: ${summary.reason}.`, title);
  return { comment: posted, summary };
}

const title = "Serving Gate";

function complaintOf(posted: Published): string | undefined {
  if (posted.kind !== "published") return `The report is not on the pull request: ${posted.reason}.`;
  return posted.warning === undefined ? undefined : `Comment: ${posted.warning}.`;
}

/** On the job's page the reader must learn that the pull request does not show this report. */
function notice(posted: Published, complaint: string | undefined, words: Words): string {
  if (complaint === undefined || posted.kind === "published") return "";
  const why = posted.obstacle === undefined ? md(posted.reason) : words.t(`publish.${posted.obstacle}`);
  return `> [!WARNING]\n> ${words.t("publish.no-comment", { why })}\n\n`;
}

async function summarise(surface: RunnerSurface, [first, ...shorter]: readonly string[]): Promise<Published> {
  if (first === undefined) return { kind: "declined", reason: "there is nothing to say" };
  const outcome = await surface.summary(withoutMarker(first));
  return outcome.kind === "published" || shorter.length === 0 ? outcome : summarise(surface, shorter);
}

/** The comment's hidden first line is for finding it again; a summary is not looked for. */
function withoutMarker(markdown: string): string {
  return markdown.replace(/^<!-- serving-gate:report [^\n]*-->\n?/m, "");
}

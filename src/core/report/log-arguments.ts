/** Server arguments in which the models of a phase differ, as a small table with footnotes. */
import { workloadText } from "./comment-scope.ts";
import { code, md } from "./markdown.ts";
import { type ModelArguments, type OwnArguments, optionsText, type PhaseArguments } from "./server-arguments.ts";
import { table } from "./table.ts";
import type { Words } from "./text.ts";

export interface ArgumentsView {
  readonly intro: string;
  /** Empty where all models were served alike. */
  readonly table: string;
  readonly footnotes: readonly string[];
}

const MARKS = ["\\*", "†", "‡", "§"];

interface Footnote {
  readonly mark: string;
  readonly model: ModelArguments;
  readonly own: OwnArguments;
}

export function argumentsView({ names, models }: PhaseArguments, words: Words): ArgumentsView {
  if (names.length === 0) return { intro: "", table: "", footnotes: [] };
  const marked = models
    .flatMap((model) => model.own.map((own) => ({ model, own })))
    .filter(({ own }) => names.some((name) => own.options.has(name)));
  const footnotes = marked.map((each, index): Footnote => ({ ...each, mark: markOf(index) }));
  const rows = models.map((model) => [
    model.label,
    ...names.map((name) =>
      valueText(
        name,
        model,
        footnotes.filter((note) => note.model === model),
        words,
      ),
    ),
  ]);
  return {
    intro: words.t("servingLog.per-model"),
    table: table({
      header: [words.t("servingLog.model"), ...names.map((name) => md(name.replace(/^--?/, ""), 60))],
      rows,
    }),
    footnotes: footnotes.map(({ mark, model, own }) =>
      words.t("servingLog.footnote", {
        mark,
        model: model.label,
        workload: workloadText(own),
        args: code(optionsText(own.options)),
      }),
    ),
  };
}

/** "1024 (1536*)": what the model's workloads share, and what one of them has instead. */
function valueText(name: string, { values }: ModelArguments, footnotes: readonly Footnote[], words: Words): string {
  const usual = wordsText(values.get(name), words);
  const own = footnotes
    .filter((note) => note.own.options.has(name))
    .map(({ own: { options }, mark }) => `${wordsText(options.get(name), words)}${mark}`);
  return own.length === 0 ? usual : `${usual} (${own.join(", ")})`;
}

/** A flag has no value, and is there or not. */
function wordsText(values: readonly string[] | undefined, words: Words): string {
  if (values === undefined) return "—";
  return values.length === 0 ? words.t("servingLog.flag") : md(values.join(" "), 60);
}

/** "*", "†", … and then twice each. */
function markOf(index: number): string {
  return (MARKS[index % MARKS.length] ?? "\\*").repeat(Math.floor(index / MARKS.length) + 1);
}

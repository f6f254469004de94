import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../src/adapters/render/renderer.ts";
import type { ReportLanguage } from "../../src/core/model/config.ts";
import type { ReportInput } from "../../src/core/report/input.ts";
import { renderComment } from "../../src/gate/render-reports.ts";
import { commentCases } from "../fakes/comment-cases.ts";
import { expectGolden } from "../fakes/golden.ts";

const renderer = createRenderer({ templatesDir: "templates" });

describe.each(Object.keys(commentCases))("the comment: %s", (name) => {
  test.each<ReportLanguage>(["en", "ru"])("%s", (language) => {
    const input = commentCases[name]?.();
    if (input !== undefined) expectGolden(`comment.${name}.${language}.md`, renderComment(input, language, renderer));
  });
});

test("both languages are one comment", () => {
  const input = commentCases["fail"]?.();
  if (input !== undefined) expectGolden("comment.fail.both.md", renderComment(input, "both", renderer));
});

describe("a comment that would be too long", () => {
  const failing = commentCases["fail"]?.() as ReportInput;

  /** The failing comparison over so many copies of its phases. */
  function grown(copies: number): ReportInput {
    const { comparison } = failing;
    if (comparison === undefined) return failing;
    const cells = Array.from({ length: copies }, (_, copy) =>
      comparison.cells.map((cell) => ({
        ...cell,
        phase: `${cell.phase}-${copy}`,
        phaseTitle: `${cell.phaseTitle} (${copy})`,
      })),
    ).flat();
    return { ...failing, comparison: { ...comparison, cells } };
  }

  test.each([1, 2, 4, 40])("fits with %d times the cells, and still says what regressed", (copies) => {
    for (const language of ["en", "ru", "both"] as const) {
      const text = renderComment(grown(copies), language, renderer);
      expect(text.length).toBeLessThanOrEqual(60_000);
      expect(text).toContain("`chunked_prefill`");
      expect(text.match(/<details>/g)?.length ?? 0).toBe(text.match(/<\/details>/g)?.length ?? 0);
    }
  });

  test("says that something was left out", () => {
    expect(renderComment(grown(4), "en", renderer)).toContain("Parts of this report were left out");
    expect(renderComment(grown(1), "en", renderer)).not.toContain("Parts of this report were left out");
  });
});

test("nothing from outside is read as Markdown, HTML or a mention", () => {
  const hostile = "x|</details><script>@octocat #12 [a](javascript:b) ![c](d) **e** `f`\n# g";
  const input = commentCases["fail"]?.() as ReportInput;
  const named = <T extends { readonly model: string }>(cell: T) => ({
    ...cell,
    model: hostile,
    modelLabel: hostile,
    phase: hostile,
    phaseTitle: hostile,
    workload: hostile,
    notes: [hostile],
    server: { command: hostile },
  });
  const text = renderComment(
    {
      ...input,
      candidate: {
        ...input.candidate,
        cells: input.candidate.cells.map(named),
        environment: { fingerprint: hostile, host: hostile, driver: hostile, gpus: [{ name: hostile }] },
        source: { sha: hostile },
      },
      ...(input.comparison === undefined
        ? {}
        : { comparison: { ...input.comparison, cells: input.comparison.cells.map(named) } }),
      context: { ...input.context, baselineLabel: hostile, configPath: hostile },
      failure: undefined as never,
    },
    "both",
    renderer,
  );
  const withoutCode = text.replace(/`[^`\n]*`/g, "");
  expect(text).not.toContain("<script>");
  expect(withoutCode).not.toMatch(/@octocat|#12|[^\\]\[a\]|^# g/m);
  expect(text.match(/<details>/g)).toHaveLength(text.match(/<\/details>/g)?.length ?? 0);
});

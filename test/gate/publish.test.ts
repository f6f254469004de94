import { beforeEach, describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../src/adapters/render/renderer.ts";
import { type Words, words } from "../../src/core/report/text.ts";
import type { CommentBoard, Published, RunnerSurface } from "../../src/gate/ports.ts";
import { type Publication, publish } from "../../src/gate/publish.ts";

const renderer = createRenderer({ templatesDir: "templates" });
const english = words(renderer.dictionary("en"), "en");
const russian = words(renderer.dictionary("ru"), "ru");
const marker = "<!-- serving-gate:report key=default head=abc run=1 -->";

let shown: string[];
let annotated: string[];
let outputs: Record<string, string>;

beforeEach(() => {
  shown = [];
  annotated = [];
  outputs = {};
});

function surface(longestSummary = Number.POSITIVE_INFINITY): RunnerSurface {
  return {
    summary: async (markdown) => {
      if (markdown.length > longestSummary) return { kind: "failed", reason: "too long" };
      shown.push(markdown);
      return { kind: "published" };
    },
    annotate: (level, message) => annotated.push(`${level}: ${message}`),
    output: (name, value) => {
      outputs[name] = value;
    },
  };
}

function answering(outcome: Published): CommentBoard {
  return { upsert: async () => outcome };
}

function publication(board?: CommentBoard): Publication {
  return {
    ...(board === undefined ? {} : { comment: { board, key: "default", body: `${marker}\nreport` } }),
    summaries: [`${marker}\nreport`, "short"],
    annotations: [{ level: "error", message: "slower" }],
    outputs: { verdict: "fail" },
  };
}

function run(board?: CommentBoard, options: { language?: Words; longestSummary?: number } = {}) {
  const { language = english, longestSummary } = options;
  return publish(publication(board), { surface: surface(longestSummary), words: language });
}

test("every surface is told, the summary without the comment's hidden line", async () => {
  await run(answering({ kind: "published", url: "https://github.test/1" }));
  expect(shown).toEqual(["report"]);
  expect(annotated).toEqual(["error: slower"]);
  expect(outputs).toEqual({ verdict: "fail", "comment-url": "https://github.test/1" });
});

describe("a comment that could not be written", () => {
  const declined = answering({ kind: "declined", obstacle: "no-permission", reason: "403" });

  test("is said above the summary and beside the check; the outputs stand", async () => {
    await run(declined);
    expect(shown[0]).toMatch(
      /^> \[!WARNING\]\n> This report is not on the pull request: the token may not write .*\n\nreport$/,
    );
    expect(annotated).toEqual(["error: slower", "warning: The report is not on the pull request: 403."]);
    expect(outputs).toEqual({ verdict: "fail", "comment-url": "" });
  });

  test("is said in the reader's language", async () => {
    await run(declined, { language: russian });
    expect(shown[0]).toContain("> Этого отчёта нет в pull request: токену нельзя писать комментарии");
  });

  test("for a reason without words of ours is quoted as text", async () => {
    await run(answering({ kind: "failed", reason: "422: *bold* @everyone" }));
    expect(shown[0]).toContain("422: \\*bold\\* @&ZeroWidthSpace;everyone");
  });
});

test("what will go wrong next time is a warning, and the summary stays clean", async () => {
  await run(answering({ kind: "published", url: "u", warning: "set `comment-author: robot`" }));
  expect(annotated).toContain("warning: Comment: set `comment-author: robot`.");
  expect(shown).toEqual(["report"]);
});

test("where no comment is wanted nobody is warned", async () => {
  await run();
  expect(annotated).toEqual(["error: slower"]);
  expect(shown).toEqual(["report"]);
});

test("a summary that does not fit gives way to the shorter one", async () => {
  await run(undefined, { longestSummary: 5 });
  expect(shown).toEqual(["short"]);
});

test("no summary at all is a warning", async () => {
  await run(undefined, { longestSummary: 0 });
  expect(annotated).toContain("warning: No job summary: too long.");
});

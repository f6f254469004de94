import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { code, codeBlock, link, md } from "../../../src/core/report/markdown.ts";
import { table } from "../../../src/core/report/table.ts";

test.each([
  ["https://github.com/o/r/issues/1?a=b&c=*x*#y", "<https://github.com/o/r/issues/1?a=b&c=*x*#y>"],
  ["http://x.y/_z_", "<http://x.y/_z_>"],
  ["PERF-7", "PERF-7"],
  ["javascript:alert", "javascript:alert"],
  ["https://x.y/>", "https:&ZeroWidthSpace;//x.y/&gt;"],
  ["see https://x.y", "see https:&ZeroWidthSpace;//x.y"],
  ["https://x.y/\u202eab", "https:&ZeroWidthSpace;//x.y/ab"],
])("an issue %j is linked only where it is an address", (issue, text) => {
  expect(link(issue)).toBe(text);
});

/** Strings made of the characters that mean something to Markdown, HTML or GitHub. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "<script>",
        "</details>",
        "<!--",
        "-->",
        "](javascript:x)",
        "![x](",
        "@octocat",
        "#12",
        "GH-7",
        "```",
        "`",
      ),
      fc.constantFrom(
        "|",
        "\\",
        "\n",
        "\r\n\n",
        "**",
        "__",
        "~~",
        "$",
        "https://x.y",
        "www.x.y",
        ":tada:",
        "- ",
        "1. ",
        "| a |",
      ),
      fc.string({ unit: "grapheme", maxLength: 6 }),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(""));

describe("prose from outside", () => {
  test.each([
    ["a model with underscores", "my_model_v2", "my\\_model\\_v2"],
    ["a tag", "<img src=x>", "&lt;img src=x&gt;"],
    ["a mention", "@octocat", "@&ZeroWidthSpace;octocat"],
    ["an issue number", "see #123", "see #&ZeroWidthSpace;123"],
    ["a heading", "# big", "\\# big"],
    ["a list item", "1. one", "1\\. one"],
    ["line breaks", "a\n\n# b", "a # b"],
    ["terminal colours", "\u001b[31mred\u001b[0m", "red"],
    ["turned writing direction", "a\u202eb", "ab"],
    ["an ordinary name", "Phase 5 — Continuous Batching", "Phase 5 — Continuous Batching"],
  ])("%s", (_, text, safe) => {
    expect(md(text)).toBe(safe);
  });

  test("is cut at 200 characters with a mark", () => {
    expect(md("x".repeat(300))).toBe(`${"x".repeat(199)}…`);
  });

  test("holds nothing that Markdown, HTML or GitHub would act on", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const safe = md(text);
        expect(safe).not.toMatch(/[<>|\n]/);
        expect(safe).not.toMatch(/@\w|#\d|:\/\/|www\./i);
        expect(safe.replace(/\\[\\`*_~[\]$\-+#=.)]/g, "")).not.toMatch(/[`*_~[\]$\\]/);
      }),
    );
  });
});

describe("code from outside", () => {
  test("is a span", () => {
    expect(code("chunked_prefill")).toBe("`chunked_prefill`");
  });

  test("keeps its spaces and folds its lines", () => {
    expect(code("run -c 'my  gate.yml'\n--trials 3")).toBe("`run -c 'my  gate.yml' --trials 3`");
  });

  test("with backticks or pipes uses the HTML form", () => {
    expect(code("a | `b`")).toBe("<code>a &vert; \\`b\\`</code>");
  });

  test("stays inside its span and its table cell", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const span = code(text);
        expect(span).toMatch(/^(|`[^`|\n]+`|<code>[^<>|\n]*<\/code>)$/);
      }),
    );
  });

  test("a block has a longer fence than anything inside and keeps its last lines", () => {
    expect(codeBlock("a\n```\nb\n")).toBe("````\na\n```\nb\n````");
    expect(codeBlock(`${"x".repeat(5000)}\nthe error`)).toContain("the error\n```");
  });
});

test("a table has its numbers on the right", () => {
  expect(table({ header: ["Metric", "Llama"], rows: [["TTFT P50", "86"]] })).toBe(
    ["| Metric   | Llama |", "| :------- | ----: |", "| TTFT P50 |    86 |"].join("\n"),
  );
});

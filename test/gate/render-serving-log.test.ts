import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../src/adapters/render/renderer.ts";
import type { ReportInput } from "../../src/core/report/input.ts";
import type { Language } from "../../src/core/report/text.ts";
import { renderServingLog } from "../../src/gate/render-reports.ts";
import { commentCases } from "../fakes/comment-cases.ts";
import { expectGolden } from "../fakes/golden.ts";
import { comparisonOf } from "../fakes/results-builder.ts";
import { hostileLog, seedLog, smallLog, troubledLog } from "../fakes/serving-log-cases.ts";

const renderer = createRenderer({ templatesDir: "templates" });
const languages: readonly Language[] = ["en", "ru"];

describe.each([
  ["seed", seedLog],
  ["small", smallLog],
  ["troubled", troubledLog],
])("the serving log: %s", (name, input) => {
  test.each(languages)("%s", (language) => {
    expectGolden(`serving-log.${name}.${language}.md`, renderServingLog(input(), language, renderer));
  });
});

test("what the gate found stands before everything else", () => {
  const input = smallLog();
  const comparison = comparisonOf(input.candidate, input.candidate);
  const log = renderServingLog({ ...input, comparison }, "en", renderer);
  expect(log.split("\n").slice(0, 3)).toEqual(["# Serving Benchmark Log", "", "> ✅ No regressions"]);
});

describe("what was measured in turns with the base build", () => {
  test("is the log's where nothing else was measured", () => {
    const input = commentCases["paired-pass"]?.() as ReportInput;
    const log = renderServingLog(input, "en", renderer);
    expect(log).toContain("> ✅ No regressions");
    expect(log).toContain("**In turns**: candidate and base build, 6 pairs; the tables show the candidate.");
    expect(log).toMatch(/\| Throughput \(tok\/s\) \| +85\.4 \| +65\.1 \|/);
  });

  test("is said of workloads that were measured again", () => {
    const input = commentCases["confirmed-pass"]?.() as ReportInput;
    expect(renderServingLog(input, "ru", renderer)).toContain(
      "**Перемерено** вперемежку с исходной сборкой, 3 пары: `prefix_caching`, Llama; `chunked_prefill`, Qwen3. В таблицах повторы до этого.",
    );
  });
});

test("both languages are two logs, English first", () => {
  const both = renderServingLog(smallLog(), "both", renderer);
  const [english, russian] = languages.map((language) => renderServingLog(smallLog(), language, renderer));
  expect(both).toBe(`${english}\n---\n\n${russian}`);
});

test("a file without cells says that nothing was measured", () => {
  const input = smallLog();
  const log = renderServingLog({ ...input, candidate: { ...input.candidate, cells: [] } }, "en", renderer);
  expect(log).toContain("Nothing was measured.");
  expect(log).not.toContain("How to run");
});

describe.each(languages)("text from outside, %s", (language) => {
  const log = renderServingLog(hostileLog(), language, renderer);
  // Code is shown as it is, whatever it holds.
  const outsideCode = log.replace(/^(`{3,})[^\n]*\n[\s\S]*?\n\1$/gm, "").replace(/(?<!\\)`[^`\n]*`/g, "");

  test("brings no markup of its own", () => {
    expect(outsideCode).not.toMatch(/<script|<\/details>|(?<!\\)\*\*bold|(?<!\\)\]\(https|@octocat|#12/);
  });

  test("starts no heading and no column", () => {
    expect(outsideCode).not.toMatch(/^# heading/m);
    const tables = outsideCode.match(/^\|.*\|$/gm) ?? [];
    expect(new Set(tables.map((row) => row.split("|").length))).toEqual(new Set([4, 8]));
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseWaivers } from "../../../src/core/config/waivers.ts";
import { problemLines } from "../../../src/core/model/gate-error.ts";
import type { Waiver } from "../../../src/core/model/waiver.ts";

const file = "waivers.yml";

function waivers(text: string): readonly Waiver[] {
  const result = parseWaivers(text, { file });
  if (!result.ok) throw new Error(problemLines("config", result.problems));
  return result.waivers;
}

/** What a user would read of a file, a line a problem. */
function complaints(text: string): string[] {
  const result = parseWaivers(text, { file });
  return result.ok ? [] : problemLines("config", result.problems).split("\n");
}

/** A row in flow style; `undefined` leaves a key out. */
function row(keys: Record<string, string | undefined> = {}): string {
  const written = Object.entries({
    cell: "{ phase: paged, model: Qwen/Qwen3-4B, workload: chunked_prefill }",
    ...{ metric: "itl_p99", ceiling: "12%", expires: "2026-12-31", issue: '"#123"', reason: "Larger chunks" },
    ...keys,
  });
  return `- { ${written.flatMap(([key, value]) => (value === undefined ? [] : `${key}: ${value}`)).join(", ")} }\n`;
}

const cell = { phase: "paged", model: "Qwen/Qwen3-4B", workload: "chunked_prefill" };
const waiver: Waiver = {
  ...{ cell, metric: "itl_p99", ceiling: 0.12, expires: "2026-12-31", issue: "#123", reason: "Larger chunks" },
};

test("a row of DESIGN's form is a waiver", () => {
  const text = `- { cell: { phase: paged, model: Qwen/Qwen3-4B, workload: chunked_prefill, point: { concurrency: 8 } }, metric: itl_p99, ceiling: 12%, expires: 2026-12-31, issue: "#123", reason: Larger prefill chunks }`;
  expect(waivers(text)).toEqual([
    {
      cell: { ...cell, point: { concurrency: 8 } },
      ...{ metric: "itl_p99", ceiling: 0.12, expires: "2026-12-31", issue: "#123", reason: "Larger prefill chunks" },
    },
  ]);
});

test("the row of docs/configuration.md is the same waiver", () => {
  const page = readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8");
  const [, block = ""] = /```yaml\n(- cell:.*?)```/s.exec(page) ?? [];
  expect(waivers(block)).toEqual([
    { ...waiver, cell: { ...cell, point: { concurrency: 8 } }, reason: "Larger prefill chunks" },
  ]);
});

test("a row may stand in lines", () => {
  const text = `
# Accepted on 2026-11-22.
- cell:
    phase: paged
    model: Qwen/Qwen3-4B
    workload: chunked_prefill
  metric: itl_p99
  ceiling: 12%
  expires: "2026-12-31"
  issue: "#123"
  reason: >
    Larger
    chunks
`;
  expect(waivers(text)).toEqual([waiver]);
});

test("the list may stand under waivers", () => {
  expect(waivers(`waivers:\n${row()}`)).toEqual([waiver]);
});

test.each([
  ["no text", ""],
  ["comments alone", "# - { cell: … }\n"],
  ["an empty list", "[]"],
  ["nothing", "~"],
  ["an empty list under waivers", "waivers: []"],
  ["comments alone under waivers", "waivers:\n  # none now\n"],
])("%s is no waivers", (_what, text) => {
  expect(waivers(text)).toEqual([]);
});

describe("forms", () => {
  const one = (keys: Record<string, string>) => waivers(row(keys))[0];

  test.each([
    ["12%", 0.12],
    ["0.12", 0.12],
    ['"7.5 %"', 0.075],
    ["100%", 1],
    ["1", 1],
    ["250%", 2.5],
    ["10000%", 100],
  ])("a ceiling of %s", (written, ceiling) => {
    expect(one({ ceiling: written })?.ceiling).toBe(ceiling);
  });

  test.each(["2026-12-31", "2028-02-29", "'2026-01-01'", '"2026-11-30"'])("a last day of %s", (written) => {
    expect(one({ expires: written })?.expires).toBe(written.replaceAll(/['"]/g, ""));
  });

  test.each([
    ["123", "123"],
    ["https://github.com/o/r/issues/1", "https://github.com/o/r/issues/1"],
    ["' #7 '", "#7"],
    ["PERF-12...", "PERF-12..."],
  ])("an issue of %s", (written, issue) => {
    expect(one({ issue: written })?.issue).toBe(issue);
  });

  test.each(["error_rate", "mismatch_rate", "goodput", "e2e_p50"])("a metric of %s", (metric) => {
    expect(one({ metric })?.metric).toBe(metric);
  });

  test("a point's numbers stay numbers and its text stays text", () => {
    const point = '{ concurrency: 8, rate: 0.50, sampler: "top_k=50", build: "8", note: "", flash: true }';
    expect(one({ cell: `{ phase: p, model: m, workload: w, point: ${point} }` })?.cell.point).toEqual({
      ...{ concurrency: 8, rate: 0.5, sampler: "top_k=50", build: "8", note: "", flash: "true" },
    });
  });

  test("an empty point is none", () => {
    expect(one({ cell: "{ phase: p, model: m, workload: w, point: {} }" })?.cell).toEqual({
      ...{ phase: "p", model: "m", workload: "w" },
    });
  });

  test("names are taken as they were written", () => {
    expect(one({ cell: "{ phase: 5, model: 1.10, workload: ' w ' }" })?.cell).toEqual({
      ...{ phase: "5", model: "1.10", workload: " w " },
    });
  });

  test("a cell may be an alias", () => {
    const text = `${row({ cell: "&c { phase: p, model: m, workload: w }" })}${row({ cell: "*c", metric: "itl_p50" })}`;
    expect(waivers(text).map(({ cell: of }) => of.phase)).toEqual(["p", "p"]);
  });
});

test("waivers of other metrics, points and models of a cell stand side by side", () => {
  const of = (point: string) => `{ phase: p, model: m, workload: w, point: { ${point} } }`;
  const text = [
    ...[row(), row({ metric: "itl_p95" }), row({ cell: of("a: 1") }), row({ cell: of("a: '1'") })],
    row({ cell: "{ phase: paged, model: Qwen/Qwen3-8B, workload: chunked_prefill }" }),
  ];
  expect(waivers(text.join(""))).toHaveLength(5);
});

test("every problem is told at once, with the line of each", () => {
  const text = `${row({ metric: "itl_p98", issue: "…" })}- cell: { phase: paged, model: m }
  metric: itl_p99
  ceiling: much
  expires: 2026-02-30
  issue: ...
  reason: ""
  until: 2027
`;
  expect(complaints(text)).toEqual([
    'config: waivers[0].metric is "itl_p98", which is no metric; did you mean "itl_p95"? (waivers.yml:1)',
    'config: waivers[0].issue is "…", which says nothing; fill it in (waivers.yml:1)',
    "config: waivers[1].cell has no workload; expected the name of a workload, such as chunked_prefill (waivers.yml:2)",
    'config: waivers[1].ceiling is "much"; expected a loss above 0 and up to 10000%, such as 12% (or 0.12) (waivers.yml:4)',
    'config: waivers[1].expires is "2026-02-30"; expected a day of the calendar, such as 2026-12-31 (waivers.yml:5)',
    'config: waivers[1].issue is "...", which says nothing; fill it in (waivers.yml:6)',
    'config: waivers[1].reason is ""; expected why the loss is worth it (waivers.yml:7)',
    "config: waivers[1].until is not a known key; expected one of cell, metric, ceiling, expires, issue, reason (waivers.yml:8)",
  ]);
});

test.each([
  [
    "the same row twice",
    `${row()}${row({ ceiling: "20%" })}`,
    "waivers[1] is for the same cell and metric as the waiver on line 1; expected one for both (waivers.yml:2)",
  ],
  [
    "the same point in another order",
    `${row({ cell: "{ phase: p, model: m, workload: w, point: { a: 1, b: 2 } }" })}\n\n${row({ cell: "{ phase: p, model: m, workload: w, point: { b: 2, a: 1 } }" })}`,
    "waivers[1] is for the same cell and metric as the waiver on line 1; expected one for both (waivers.yml:4)",
  ],
  [
    "no point and an empty one",
    `${row({ cell: "{ phase: p, model: m, workload: w }" })}${row({ cell: "{ phase: p, model: m, workload: w, point: {} }" })}`,
    "waivers[1] is for the same cell and metric as the waiver on line 1",
  ],
  ["no cell", row({ cell: undefined }), "waivers[0] has no cell; expected the cell it is for, with phase, model and"],
  ["no metric", row({ metric: undefined }), "waivers[0] has no metric; expected the metric it is for, such as itl_p99"],
  ["no ceiling", row({ ceiling: undefined }), "waivers[0] has no ceiling; expected the largest loss that is accepted"],
  ["no last day", row({ expires: undefined }), "waivers[0] has no expires; expected the last day on which it holds"],
  ["no issue", row({ issue: undefined }), 'waivers[0] has no issue; expected the issue that tracks it, such as "#123"'],
  ["no reason", row({ reason: undefined }), "waivers[0] has no reason; expected why the loss is worth it"],
  [
    "an issue that YAML takes for a comment",
    row()
      .replace("- {", "-")
      .replace(/ }\n$/, "\n")
      .replaceAll(/, (?=metric|ceiling|expires|issue|reason)/g, "\n  ")
      .replace('"#123"', "#123"),
    'issue is empty; expected the issue that tracks it, such as "#123" in quotes, for # begins a comment',
  ],
  ["an issue of a hash alone", row({ issue: '"#"' }), 'waivers[0].issue is "#", which says nothing; fill it in'],
  ["a reason of dots", row({ reason: '". . ."' }), 'waivers[0].reason is ". . .", which says nothing; fill it in'],
  ["a reason of a dash", row({ reason: '"—"' }), 'waivers[0].reason is "—", which says nothing'],
  ["a reason that is a list", row({ reason: "[why]" }), "waivers[0].reason is a list of 1; expected why the loss"],
  ["a ceiling of zero", row({ ceiling: "0%" }), 'waivers[0].ceiling is "0%"; expected a loss above 0'],
  ["a ceiling of twelve", row({ ceiling: "12" }), "waivers[0].ceiling is 12; expected a loss above 0 and up to 10000%"],
  ["a ceiling without end", row({ ceiling: "10001%" }), 'waivers[0].ceiling is "10001%"; expected a loss above 0'],
  ["a negative ceiling", row({ ceiling: "-5%" }), 'waivers[0].ceiling is "-5%"; expected a loss above 0'],
  ["a day that is none", row({ expires: "2027-02-29" }), 'waivers[0].expires is "2027-02-29"; expected a day'],
  ["a thirteenth month", row({ expires: "2026-13-01" }), 'waivers[0].expires is "2026-13-01"; expected a day'],
  ["a moment", row({ expires: "2026-12-31T00:00:00Z" }), "waivers[0].expires is"],
  ["a day of another country", row({ expires: "31.12.2026" }), "waivers[0].expires is"],
  ["a year alone", row({ expires: "2026" }), "waivers[0].expires is 2026; expected a day of the calendar"],
  [
    "a metric that is never judged",
    row({ metric: "queue_delay_p99" }),
    'waivers[0].metric is "queue_delay_p99", which is reported and never blocks',
  ],
  ["a mistyped error rate", row({ metric: "eror_rate" }), 'did you mean "error_rate"?'],
  [
    "a cell's key in the row",
    row({ point: "{ concurrency: 8 }" }),
    "waivers[0].point belongs to the cell: { cell: { point: … } }",
  ],
  ["a cell that is text", row({ cell: "chunked_prefill" }), "waivers[0].cell is"],
  [
    "a point that is a number",
    row({ cell: "{ phase: p, model: m, workload: w, point: 8 }" }),
    "waivers[0].cell.point is 8; expected a mapping of swept parameters, such as { concurrency: 8 }",
  ],
  [
    "a point with a list",
    row({ cell: "{ phase: p, model: m, workload: w, point: { a: [1] } }" }),
    "waivers[0].cell.point.a is a list of 1; expected text or a number",
  ],
  [
    "a point without end",
    row({ cell: "{ phase: p, model: m, workload: w, point: { a: .inf } }" }),
    "waivers[0].cell.point.a is .inf; expected a finite number",
  ],
  ["a row that is text", "- itl_p99", 'waivers[0] is "itl_p99"; expected a mapping with cell, metric'],
  ["text", "none", 'the file holds "none"; expected a list of waivers, each with cell, metric'],
  ["one row without its dash", "metric: itl_p99", "the file holds a mapping; expected a list of waivers"],
  ["waivers that are text", "waivers: none", 'waivers is "none"; expected a list of waivers'],
  ["a key beside waivers", `waivers: []\nversion: 1`, "version is not a known key; expected waivers alone"],
  ["bad YAML", "- [", "the file is not valid YAML:"],
  ["an alias of nothing", "- *all", "waivers[0] is *all; no anchor &all stands before it (waivers.yml:1)"],
])("%s is one clear message", (_what, text, expected) => {
  const lines = complaints(text);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(expected);
});

describe("a hostile file", () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `k${index}: 1`).join(", ");
  const repeated = (text: string) => text.repeat(1000);

  test.each([
    ["a row of faults under a thousand aliases", `- &a { ${many(200)} }\n${repeated("- *a\n")}`],
    ["a cell of faults under a thousand aliases", `- cell: &c { ${many(200)} }\n${repeated("- cell: *c\n")}`],
    [
      "a huge point under a thousand aliases",
      `- cell: { point: &p { ${many(500)} } }\n${repeated("- cell: { point: *p }\n")}`,
    ],
  ])("%s is left at the first hundred", (_what, text) => {
    const lines = complaints(text);
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toContain("more than 100 problems; mend what is named here first");
  });

  test("brackets without end are a problem like any other", () => {
    expect(complaints("[".repeat(100_000))).toEqual([expect.stringContaining("nests deeper")]);
  });

  test("no text at all makes the reader throw", () => {
    const piece = fc.constantFrom(
      ...["- ", "cell", "point", "metric", "ceiling", "expires", "waivers", ": ", "\n", "\n  ", "{", "}", "[", "]"],
      ...["&a ", "*a", "5%", "2026-12-31", "…", "'", '"', "#", "__proto__", "~", "? ", "<<", "\u0000", "\t", "!!x "],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        complaints(pieces.join(""));
      }),
      { numRuns: 500 },
    );
  });
});

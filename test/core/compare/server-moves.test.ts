import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../../src/adapters/render/renderer.ts";
import { parseComparison, serialiseComparison } from "../../../src/core/model/comparison-file.ts";
import type { ResultsFile } from "../../../src/core/model/results.ts";
import { serverSideText } from "../../../src/core/report/server-side.ts";
import { type Language, words } from "../../../src/core/report/text.ts";
import { judgeRun } from "../../../src/core/verdict/judge-run.ts";
import { defaultPolicy } from "../../fakes/gate-data.ts";
import { logResults } from "../../fakes/results-builder.ts";

const renderer = createRenderer({ templatesDir: "templates" });
const scope = { phases: ["continuous"], models: ["Llama"], workloads: ["paged_attention", "baseline"] };

/** `paged_attention` with what its server told, a number for each trial; the candidate's tokens come half as fast. */
function told(values: Readonly<Record<string, readonly number[]>>, slower = 1): ResultsFile {
  const change = ({ workload }: { workload: string }, metric: string) =>
    workload !== "paged_attention"
      ? 1
      : metric.startsWith("itl")
        ? slower
        : metric === "output_throughput"
          ? 1 / slower
          : 1;
  const results = logResults({ ...scope, change });
  const metricsOf = (trial: number) =>
    Object.fromEntries(Object.entries(values).map(([name, each]) => [name, each[trial] ?? 0]));
  return {
    ...results,
    cells: results.cells.map((cell) =>
      cell.workload === "paged_attention"
        ? { ...cell, trials: cell.trials.map((trial, index) => ({ ...trial, serverMetrics: metricsOf(index) })) }
        : cell,
    ),
  };
}

function compared(before: Parameters<typeof told>[0], after: Parameters<typeof told>[0]) {
  const baseline = Array.from({ length: 5 }, (_, day) => ({
    ...told(before),
    createdAt: `2026-11-1${day}T00:00:00Z`,
  }));
  return judgeRun({ baseline, candidate: told(after, 2), policy: defaultPolicy });
}
const movesOf = (...sides: Parameters<typeof compared>) =>
  compared(...sides).cells.find(({ workload }) => workload === "paged_attention")?.serverMoves;
const all = (value: number) => [value, value, value];

describe("what the server's counters say of a loss", () => {
  test("is the mean over the trials of each side", () => {
    expect(movesOf({ preemptions: all(0) }, { preemptions: [36, 37, 38] })).toEqual([
      { name: "preemptions", baseline: 0, candidate: 37 },
    ]);
  });

  test.each<[string, Record<string, readonly number[]>, Record<string, readonly number[]>]>([
    ["a better value", { preemptions: all(9) }, { preemptions: all(0) }],
    ["four points of a cache", { kv_cache_use_max: all(0.7) }, { kv_cache_use_max: all(0.74) }],
    ["a queue that is longer by one", { requests_waiting_max: all(0) }, { requests_waiting_max: all(1) }],
    ["a queue that is longer by a third", { requests_waiting_max: all(30) }, { requests_waiting_max: all(40) }],
    ["a value that only the candidate tells", {}, { preemptions: all(40) }],
    ["a value that only the baseline tells", { prefix_cache_hit_rate: all(0.9) }, {}],
    ["what nobody asks for", { generation_tokens: all(100) }, { generation_tokens: all(900) }],
  ])("is not %s", (_what, before, after) => {
    expect(movesOf(before, after)).toBeUndefined();
  });

  test("a cache that is off finds nothing", () => {
    expect(movesOf({ prefix_cache_hit_rate: all(0.92) }, { prefix_cache_queries: all(0) })).toEqual([
      { name: "prefix_cache_hit_rate", baseline: 0.92, candidate: 0 },
    ]);
  });
});

describe("the comment", () => {
  const before = {
    preemptions: all(0),
    kv_cache_use_max: all(0.71),
    prefix_cache_hit_rate: all(0.92),
    requests_waiting_max: all(2),
  };
  const after = {
    preemptions: all(37),
    kv_cache_use_max: all(0.99),
    prefix_cache_hit_rate: all(0.03),
    requests_waiting_max: all(14),
  };
  const comparison = compared(before, after);
  const text = (language: Language, of = comparison) =>
    serverSideText(of, words(renderer.dictionary(language), language));

  test("names them beside the loss", () => {
    expect(comparison.verdict).toBe("fail");
    expect(text("en")).toBe(
      "the server's own counters moved with it: preemptions 0 → 37, KV cache use 71 → 99%, prefix cache hit rate 92 → 3%, longest queue 2 → 14.",
    );
    expect(text("ru")).toBe(
      "вместе с этим сдвинулись счётчики самого сервера: вытеснений 0 → 37, занятость KV-кеша 71 → 99\u00a0%, попаданий в кеш префиксов 92 → 3\u00a0%, самая длинная очередь 2 → 14.",
    );
  });

  test("says nothing where nothing moved, or nothing is lost", () => {
    expect(text("en", compared(before, before))).toBe("");
    expect(text("en", judgeRun({ baseline: [told(before)], candidate: told(after), policy: defaultPolicy }))).toBe("");
  });

  test("says the same of a comparison that was read from its file", () => {
    expect(text("en", parseComparison(serialiseComparison(comparison), "c.json"))).toBe(text("en"));
  });
});

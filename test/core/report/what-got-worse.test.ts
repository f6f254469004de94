import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../../src/adapters/render/renderer.ts";
import type { ComparedCell, Comparison, MetricRow } from "../../../src/core/model/comparison.ts";
import type { Trial } from "../../../src/core/model/results.ts";
import type { AnsweredTrace } from "../../../src/core/model/trace.ts";
import { blockedByPrefill } from "../../../src/core/report/stalls.ts";
import { words } from "../../../src/core/report/text.ts";
import { whatGotWorse } from "../../../src/core/report/what-got-worse.ts";
import { logResults } from "../../fakes/results-builder.ts";

const en = words(createRenderer({ templatesDir: "templates" }).dictionary("en"), "en");
const candidate = logResults();

/** Metrics that changed by so much and regressed; ITL P50 and TTFT P50 else stay. */
function cell(
  workload: string,
  changes: Readonly<Record<string, number>>,
  model = "m",
  errors: Partial<MetricRow> = { baseline: 0, candidate: 1 },
): ComparedCell {
  const still = { itl_p50: 0.001, ttft_p50: 0.002, output_throughput: -0.001 };
  const metrics = Object.entries({ ...still, ...changes }).map(
    ([metric, change]): MetricRow => ({
      metric,
      gated: true,
      change,
      finding: metric in changes ? "regressed" : "unchanged",
      reason: "significant",
      baselineRuns: 5,
      candidateTrials: 3,
      warnings: [],
      ...(metric === "error_rate" ? errors : {}),
    }),
  );
  return { phase: "p", model, workload, metrics };
}

function said(...cells: readonly ComparedCell[]): readonly string[] {
  const quiet: ComparedCell = { phase: "p", model: "m", workload: "quiet", metrics: [] };
  const comparison: Comparison = {
    schema: "serving-gate/comparison@1",
    verdict: "fail",
    exitReason: "regression",
    reason: "",
    baselineRuns: 5,
    cells: [...cells, quiet],
    warnings: [],
  };
  return whatGotWorse(comparison, candidate, en);
}

describe("what got worse", () => {
  test.each<[string, Record<string, number>, string]>([
    ["the tail alone", { itl_p99: 0.37 }, "only the tail. ITL P50 has not moved, so decode itself is no slower."],
    ["decode", { itl_p50: 0.15 }, "decode itself is slower: ITL P50 +15%."],
    [
      "decode and throughput",
      { itl_p50: 0.15, output_throughput: -0.13, itl_p99: 0.14 },
      "decode itself is slower: ITL P50 +15%, throughput -13% with it.",
    ],
    [
      "the first token",
      { ttft_p50: 0.3 },
      "the first token comes later (TTFT P50 +30%), while ITL P50 has not moved: look at the queue and prefill, not at decode.",
    ],
    ["throughput alone", { output_throughput: -0.2 }, "throughput -20%, while TTFT P50 and ITL P50 have not moved."],
    ["failures", { error_rate: 1, itl_p50: 0.5 }, "requests that the baseline answered now fail."],
  ])("%s", (_, changes, sentence) => {
    expect(said(cell("x", changes))).toEqual([sentence]);
  });

  test.each<[string, Partial<MetricRow>, readonly string[]]>([
    ["all as before", { baseline: 1, candidate: 1 }, []],
    ["of a cell that is new", { candidate: 0.2 }, []],
    ["all of a cell that is new", { candidate: 1 }, ["no request was answered."]],
  ])("failures, %s", (_, errors, sentences) => {
    expect(said(cell("x", { error_rate: 0 }, "m", errors))).toEqual(sentences);
  });

  test("a pattern that no rule knows gets no sentence", () => {
    expect(said(cell("x", { e2e_p50: 0.2 }))).toEqual([]);
  });

  test("cells with the same pattern share a sentence, and the worst pattern is first", () => {
    expect(said(cell("a", { itl_p50: 0.1 }), cell("b", { itl_p50: 0.2 }), cell("c", { itl_p99: 0.5 }))).toEqual([
      "`c` on m: only the tail. ITL P50 has not moved, so decode itself is no slower.",
      "`b` and `a` on m: decode itself is slower: ITL P50 +10% to +20%.",
    ]);
  });
});

describe("long gaps", () => {
  /** Requests a second apart; every 10th gap is long and ends when the next request gets its first token, or 150 ms later. */
  function trial(offMs: number): Trial {
    const requests = Array.from({ length: 30 }, (_, index): AnsweredTrace => {
      const firstTokenMs = 1_000 * index;
      const tokenGapsMs = [...Array.from({ length: 9 }, () => 20), 820 + offMs, 20];
      const endMs = firstTokenMs + 2_000;
      const times = {
        scheduledMs: firstTokenMs - 50,
        sentMs: firstTokenMs - 50,
        firstTokenMs,
        lastTokenMs: endMs,
        endMs,
      };
      return { outcome: "ok", ...times, outputTokens: 12, tokenGapsMs };
    });
    return { requests };
  }

  test("that end with another request's first token are prefill's", () => {
    expect(blockedByPrefill([trial(0)])).toEqual({ longGapMs: 60, share: 29 / 30 });
  });

  test("that end elsewhere are not", () => {
    expect(blockedByPrefill([trial(150)])).toBeUndefined();
  });

  test("say nothing where there are few of them, or no requests", () => {
    expect(blockedByPrefill([{ requests: trial(0).requests?.slice(0, 10) ?? [] }])).toBeUndefined();
    expect(blockedByPrefill([{ summary: { itl_p99: 5 } }])).toBeUndefined();
  });
});

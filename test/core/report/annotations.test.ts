import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../../src/adapters/render/renderer.ts";
import { defaultConfig } from "../../../src/core/config/parse-config.ts";
import type { Comparison, MetricRow } from "../../../src/core/model/comparison.ts";
import type { GatePolicy } from "../../../src/core/model/config.ts";
import { annotations, blockingRegressions } from "../../../src/core/report/annotations.ts";
import { words } from "../../../src/core/report/text.ts";

const english = words(createRenderer({ templatesDir: "templates" }).dictionary("en"), "en");
const policy: GatePolicy = { ...defaultConfig().gate, onInconclusive: "warn", onMissing: "fail" };

function row(metric: string, finding: MetricRow["finding"], gated = true): MetricRow {
  return {
    metric,
    gated,
    finding,
    baseline: 191,
    candidate: 262,
    change: 0.372,
    baselineRuns: 5,
    candidateTrials: 3,
    reason: "significant",
    warnings: [],
  };
}

function comparison(
  verdict: Comparison["verdict"],
  rows: readonly MetricRow[],
  exitReason: Comparison["exitReason"] = "regression",
): Comparison {
  return {
    schema: "serving-gate/comparison@1",
    verdict,
    exitReason,
    reason: "Because.",
    baselineRuns: 5,
    cells: [{ phase: "phase-5", model: "Qwen/Qwen3-4B", workload: "chunked_prefill", metrics: rows }],
    warnings: [],
  };
}

test("the blocking regressions are the gated rows that regressed, with their numbers", () => {
  const rows = [row("itl_p99", "regressed"), row("ttft_p50", "regressed", false), row("itl_p50", "unchanged")];
  expect(blockingRegressions(comparison("fail", rows))).toEqual([
    {
      phase: "phase-5",
      model: "Qwen/Qwen3-4B",
      workload: "chunked_prefill",
      metric: "itl_p99",
      change: 0.372,
      baseline: 191,
      candidate: 262,
    },
  ]);
});

describe("annotations", () => {
  const of = (subject: Comparison, changes: Partial<GatePolicy> = {}) =>
    annotations(subject, { words: english, policy: { ...policy, ...changes } });

  test("name each regression with its place, values and change", () => {
    expect(of(comparison("fail", [row("itl_p99", "regressed")]))).toEqual([
      { level: "error", message: "phase-5 · chunked_prefill · Qwen/Qwen3-4B: ITL P99 191 → 262 ms (+37%)" },
    ]);
  });

  test("are ten at most; the tenth says how many there are besides", () => {
    const many = Array.from({ length: 13 }, () => row("itl_p99", "regressed"));
    const shown = of(comparison("fail", many));
    expect(shown).toHaveLength(10);
    expect(shown.at(-1)?.message).toBe("and 4 more regressions: see the report");
  });

  test.each([
    ["error", "fail", "missing", {}],
    ["warning", "fail", "missing", { dryRun: true }],
    ["warning", "inconclusive", "inconclusive", {}],
    ["error", "inconclusive", "inconclusive", { onInconclusive: "fail" }],
  ] as const)("are an %s with the reason for %s, %s, policy %j", (level, verdict, exitReason, changes) => {
    expect(of(comparison(verdict, [], exitReason), changes)).toEqual([{ level, message: "Because." }]);
  });

  test("in a dry run are warnings, whatever regressed", () => {
    const [first] = of(comparison("fail", [row("itl_p99", "regressed")]), { dryRun: true });
    expect(first?.level).toBe("warning");
  });

  test("speak of no regression that was accepted or is the base branch's own", () => {
    const waiver = { ceiling: 0.5, expires: "2026-12-31", issue: "#1", reason: "r" };
    const rows = [
      { ...row("itl_p50", "regressed"), waiver },
      { ...row("itl_p95", "regressed"), inherited: { since: "4f2c9d1e8b7a" } },
    ];
    expect(blockingRegressions(comparison("pass", rows, "ok"))).toEqual([]);
    expect(of(comparison("pass", rows, "ok"))).toEqual([]);
    const failed = of(comparison("fail", [...rows, row("itl_p99", "regressed")]));
    expect(failed.map(({ message }) => message)).toEqual([
      "phase-5 · chunked_prefill · Qwen/Qwen3-4B: ITL P99 191 → 262 ms (+37%)",
    ]);
  });

  test("warn of what was left out of a pass where the policy asks for it", () => {
    const cell = { phase: "phase-5", model: "Qwen/Qwen3-4B", workload: "chunked_prefill" };
    const passed = { ...comparison("pass", [], "ok"), warnings: [{ kind: "missing", cell }] } as const;
    expect(of(passed, { onMissing: "warn" })).toEqual([
      { level: "warning", message: "not measured, not blocking: phase-5 · chunked_prefill · Qwen/Qwen3-4B" },
    ]);
  });

  test("are none on a pass", () => {
    expect(of(comparison("pass", [], "ok"))).toEqual([]);
  });
});

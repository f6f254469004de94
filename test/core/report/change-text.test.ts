import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../../src/adapters/render/renderer.ts";
import type { MetricRow } from "../../../src/core/model/comparison.ts";
import { cellChange, changeSentence, markedChange } from "../../../src/core/report/change-text.ts";
import { words } from "../../../src/core/report/text.ts";

const renderer = createRenderer({ templatesDir: "templates" });
const en = words(renderer.dictionary("en"), "en");
const ru = words(renderer.dictionary("ru"), "ru");

/** No-break spaces as plain ones, to read the expectations. */
const plain = (text: string) => text.replaceAll("\u00a0", " ");

function row(metric: string, baseline: number, candidate: number, more: Partial<MetricRow> = {}): MetricRow {
  const change = baseline === 0 ? {} : { change: candidate / baseline - 1 };
  return {
    metric,
    gated: true,
    finding: "regressed",
    reason: "significant",
    baseline,
    candidate,
    ...change,
    baselineRuns: 5,
    candidateTrials: 3,
    warnings: [],
    ...more,
  };
}

describe("a change in a sentence", () => {
  test.each<[string, number, number, [string, string]]>([
    ["itl_p99", 191, 262, ["ITL P99 191 → 262 ms (+37%)", "ITL P99 вырос со 191 до 262 мс (+37 %)"]],
    ["ttft_p50", 4037, 1825, ["TTFT P50 4,037 → 1,825 ms (-55%)", "TTFT P50 снизился с 4 037 до 1 825 мс (−55 %)"]],
    [
      "output_throughput",
      137.3,
      96.5,
      ["Throughput 137.3 → 96.5 tok/s (-30%)", "Throughput упал со 137.3 до 96.5 tok/s (−30 %)"],
    ],
    ["e2e_p50", 2890, 3767, ["Latency P50 2.890 → 3.767 s (+30%)", "Latency P50 выросла с 2.890 до 3.767 с (+30 %)"]],
    ["itl_p50", 0.413, 0.476, ["ITL P50 0.41 → 0.48 ms (+15%)", "ITL P50 вырос с 0.41 до 0.48 мс (+15 %)"]],
    [
      "ttft_p99",
      120_000,
      1_440_000,
      ["TTFT P99 120,000 → 1,440,000 ms (×12)", "TTFT P99 вырос со 120 000 до 1 440 000 мс (×12)"],
    ],
    ["error_rate", 0, 0.0625, ["6.3% of requests failed (was 0%)", "6.3 % запросов с ошибкой (было 0 %)"]],
    ["error_rate", 0, 1, ["not one request was answered", "ни один запрос не получил ответа"]],
  ])("%s %d → %d", (metric, baseline, candidate, [english, russian]) => {
    expect(changeSentence(row(metric, baseline, candidate), en)).toBe(english);
    expect(plain(changeSentence(row(metric, baseline, candidate), ru))).toBe(russian);
  });
});

describe("a change in a table cell", () => {
  test.each<[string, MetricRow | undefined, string]>([
    ["both sides", row("itl_p99", 191, 262), "191 → 262 (+37%)"],
    ["a ratio has no change of its own", row("error_rate", 0, 0.05), "0 → 5.0"],
    ["not measured any more", { ...row("itl_p99", 191, 0), candidate: undefined } as unknown as MetricRow, "191 → –"],
    ["nothing known", undefined, "–"],
  ])("%s", (_, given, text) => {
    expect(cellChange(given, en)).toBe(text);
  });

  test.each<[string, Partial<MetricRow>, string]>([
    ["blocking regressions are bold", {}, "❌ **10 → 12 (+20%)**"],
    ["what does not block is not", { gated: false }, "⚠️ 10 → 12 (+20%)"],
    ["improvements are ticked", { finding: "improved" }, "✅ 10 → 12 (+20%)"],
    ["suspicion is a warning", { finding: "inconclusive", reason: "suspicious" }, "⚠️ 10 → 12 (+20%)"],
    ["noise has no mark", { finding: "inconclusive", reason: "noise" }, "10 → 12 (+20%)"],
  ])("%s", (_, more, text) => {
    expect(markedChange(row("itl_p50", 10, 12, more), en)).toBe(text);
  });
});

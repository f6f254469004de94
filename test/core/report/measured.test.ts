import { describe, expect, test } from "@jest/globals";
import type { Cell, Trial } from "../../../src/core/model/results.ts";
import { measuredCounts, measuredValue } from "../../../src/core/report/measured.ts";

const cell = (...trials: readonly Trial[]): Cell => ({
  phase: "p",
  model: "m",
  workload: "w",
  scheduleHash: "sha256:0",
  trials,
});

describe("a cell's value", () => {
  test("is the geometric mean over its valid trials", () => {
    const spoiled: Trial = { valid: false, summary: { itl_p50: 1000 } };
    expect(
      measuredValue(cell({ summary: { itl_p50: 4 } }, { summary: { itl_p50: 9 } }, spoiled), "itl_p50"),
    ).toBeCloseTo(6);
  });

  test("is the plain mean where a value is zero", () => {
    expect(measuredValue(cell({ summary: { error_rate: 0 } }, { summary: { error_rate: 0.1 } }), "error_rate")).toBe(
      0.05,
    );
  });

  test("is absent where no trial has it", () => {
    expect(measuredValue(cell({ summary: {} }, {}), "itl_p50")).toBeUndefined();
  });
});

test("a cell's counts are summed over the trials that tell them", () => {
  const counts = { requests: 10, failed: 1, outputTokens: 100, gaps: 90 };
  expect(measuredCounts(cell({ counts }, {}, { counts }))).toEqual({
    requests: 20,
    failed: 2,
    outputTokens: 200,
    gaps: 180,
  });
  expect(measuredCounts(cell({}))).toBeUndefined();
});

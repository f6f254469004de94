import { describe, expect, test } from "@jest/globals";
import type { Cell, ResultsFile, Trial } from "../../../src/core/model/results.ts";
import {
  measuredCounts,
  measuredValue,
  wholePairs,
  withArms,
  withArmsAsTrials,
} from "../../../src/core/report/measured.ts";

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

describe("arms of a confirmation", () => {
  const [own, first, second, base]: readonly [Trial, Trial, Trial, Trial] = [
    { boot: "a" },
    { boot: "b" },
    { boot: "c" },
    { boot: "d" },
  ];
  const arms: NonNullable<Cell["confirmation"]> = [
    { arm: "base", trial: base },
    { arm: "candidate", trial: first },
    { arm: "candidate", trial: second },
    { arm: "base", trial: { valid: false } },
  ];
  const confirmed = (...trials: readonly Trial[]): Cell => ({ ...cell(...trials), confirmation: arms });
  const results = (...cells: readonly Cell[]): ResultsFile => ({
    ...{ schema: "serving-gate/results@1", createdAt: "2026-01-01T00:00:00Z", status: "accepted" },
    environment: { fingerprint: "f" },
    cells,
  });

  test("stand for the trials of a cell that has none", () => {
    expect(withArmsAsTrials(results(confirmed())).cells[0]?.trials).toEqual([first, second]);
    expect(withArmsAsTrials(results(confirmed(own))).cells[0]?.trials).toEqual([own]);
  });

  test("count once beside the trials", () => {
    expect(withArms(confirmed(own)).trials).toEqual([own, first, second]);
    expect(withArms(confirmed(first, second)).trials).toEqual([first, second]);
  });

  test("make a pair of two valid ones", () => {
    expect(wholePairs(confirmed(own))).toBe(1);
    expect(wholePairs(cell(own))).toBe(0);
  });
});

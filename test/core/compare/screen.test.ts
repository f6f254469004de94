import { describe, expect, test } from "@jest/globals";
import type { HistoryEstimate } from "../../../src/core/compare/history-estimate.ts";
import { isScreened, screenLevel } from "../../../src/core/compare/screen.ts";

function seen(estimate: number, pWorse: number, runs = 10): HistoryEstimate {
  return {
    estimate,
    pWorse,
    pBetter: 1 - pWorse,
    runs,
    standardError: 0.02,
    degreesOfFreedom: 12,
    deviations: [estimate],
  };
}

/** 0.4 of a minimum effect of 5 % is 2 %: ln 1.02 = 0.0198. */
describe("isScreened", () => {
  test.each([
    [true, "2 % worse with p under 0.1", seen(0.0199, 0.09)],
    [false, "less than 2 % worse, however sure", seen(0.0197, 0.0001)],
    [false, "large with p of 0.1 or more", seen(0.2, 0.1)],
    [true, "2 % worse after two runs, whatever the p", seen(0.0199, 0.4, 2)],
    [false, "less than 2 % worse after one run", seen(0.0197, 0.01, 1)],
    [false, "better", seen(-0.2, 0.99, 1)],
  ])("is %s where it is %s", (expected, _what, estimate) => {
    expect(isScreened(estimate, 0.05, screenLevel(1))).toBe(expected);
  });
});

test("server configurations that gate together share the level", () => {
  // By their number to the power of ¾: 16 count as 8, 81 as 27.
  expect(screenLevel(1)).toBe(0.1);
  expect(screenLevel(16)).toBeCloseTo(0.1 / 8, 15);
  expect(screenLevel(81)).toBeCloseTo(0.1 / 27, 15);
});

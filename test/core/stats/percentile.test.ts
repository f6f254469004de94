import { expect, test } from "@jest/globals";
import { percentile } from "../../../src/core/stats/percentile.ts";

// numpy.percentile(range(1, 11), 95) is 9.55 and R's quantile(1:10, 0.95, type = 7) likewise.
test.each([
  [50, 5.5],
  [90, 9.1],
  [95, 9.55],
  [99, 9.91],
  [0, 1],
  [100, 10],
])("percentile %d of 1 to 10 is interpolated as numpy does", (percent, expected) => {
  expect(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], percent)).toBeCloseTo(expected, 12);
});

test("typed arrays give the same as lists", () => {
  const values = [3, 6, 7, 8, 8, 9, 10, 13, 15, 16, 20];
  expect(percentile(Float64Array.from(values), 95)).toBe(percentile(values, 95));
});

test("a single value is every percentile", () => {
  expect(percentile([7], 99)).toBe(7);
});

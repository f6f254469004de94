import { expect, test } from "@jest/globals";
import { tQuantile, upperTail } from "../../../src/core/stats/student-t.ts";

/** Upper 5 %, 0.5 % and 0.05 % points of the t table in any statistics textbook (three decimals). */
test.each([
  [1, 6.314, 63.657, 636.619],
  [2, 2.92, 9.925, 31.599],
  [3, 2.353, 5.841, 12.924],
  [5, 2.015, 4.032, 6.869],
  [10, 1.812, 3.169, 4.587],
  [12, 1.782, 3.055, 4.318],
  [20, 1.725, 2.845, 3.85],
  [30, 1.697, 2.75, 3.646],
])("quantiles with %d degrees of freedom are the published ones", (nu, p95, p995, p9995) => {
  expect(tQuantile(0.95, nu)).toBeCloseTo(p95, 3);
  expect(tQuantile(0.995, nu)).toBeCloseTo(p995, 3);
  expect(Math.abs(tQuantile(0.9995, nu) - p9995)).toBeLessThan(0.001);
});

/** Closed forms: with ν = 1, P(T > t) = 1/2 − atan(t)/π; with ν = 2, (1 − t / √(2 + t²)) / 2, both free of cancellation as below. */
test.each([0.5, 1, 3, 20, 1000])("the tail beyond %d agrees with the closed forms to 1e-12", (t) => {
  const one = Math.atan(1 / t) / Math.PI;
  const root = Math.sqrt(2 + t * t);
  const two = 1 / (root * (root + t));
  expect(Math.abs(upperTail(t, 1) / one - 1)).toBeLessThan(1e-12);
  expect(Math.abs(upperTail(t, 2) / two - 1)).toBeLessThan(1e-12);
});

test.each([
  [0.001, 4.5],
  [0.0025, 3],
  [0.05, 7],
  [1e-6, 12],
])("quantile and tail are each other's inverse at p %d", (p, nu) => {
  expect(Math.abs(upperTail(tQuantile(1 - p, nu), nu) / p - 1)).toBeLessThan(1e-9);
});

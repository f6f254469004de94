import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { tQuantile, upperTail } from "../../../src/core/stats/student-t.ts";

interface Numerics {
  /** Degrees of freedom, t, P(T > t). */
  readonly tails: readonly (readonly [number, number, number])[];
  /** Degrees of freedom, p, the t above which p lies. */
  readonly points: readonly (readonly [number, number, number])[];
}

/** From test/fixtures/gate/numerics.py: the incomplete beta function in decimals of 60 digits. */
const exact: Numerics = JSON.parse(readFileSync(new URL("../../fixtures/gate/numerics.json", import.meta.url), "utf8"));

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

test.each(exact.tails)("with %d degrees of freedom the tail beyond %d is %d to a relative 1e-9", (nu, t, p) => {
  expect(Math.abs(upperTail(t, nu) / p - 1)).toBeLessThan(1e-9);
  // What is left of the other side of 0.
  expect(Math.abs(upperTail(-t, nu) / (1 - p) - 1)).toBeLessThan(1e-9);
});

test.each(exact.points)("with %d degrees of freedom a tail of %d begins at %d to a relative 1e-9", (nu, p, t) => {
  expect(Math.abs(-tQuantile(p, nu) / t - 1)).toBeLessThan(1e-9);
  // A double next to 1 is only so fine: 1 − p is off by up to 1e-16, which is 1e-10 of a p of 1e-6.
  if (p >= 1e-6) expect(Math.abs(tQuantile(1 - p, nu) / t - 1)).toBeLessThan(1e-9);
});

test("the tables reach fractional degrees of freedom and tails under 1e-12", () => {
  expect(exact.tails.some(([nu, _t, p]) => !Number.isInteger(nu) && p < 1e-12)).toBe(true);
  expect(Math.min(...exact.points.map(([_nu, p]) => p))).toBe(1e-12);
});

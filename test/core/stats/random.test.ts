import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { seededRandom } from "../../../src/core/stats/random.ts";

const draws = 20_000;

/** Mean and variance of `draws` values. */
function moments(draw: () => number): { mean: number; variance: number } {
  const values = Array.from({ length: draws }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / draws;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / (draws - 1) };
}

/** Four standard errors of a mean and of a variance, from the distribution's own variance and fourth central moment. */
function tolerances(variance: number, fourth: number): { mean: number; variance: number } {
  return { mean: 4 * Math.sqrt(variance / draws), variance: 4 * Math.sqrt((fourth - variance * variance) / draws) };
}

describe("the streams have the moments of their distributions", () => {
  const random = seededRandom(7);
  test.each([
    ["next", () => random.next(), { mean: 1 / 2, variance: 1 / 12, fourth: 1 / 80 }],
    ["normal", () => random.normal(), { mean: 0, variance: 1, fourth: 3 }],
    ["exponential", () => random.exponential(), { mean: 1, variance: 1, fourth: 9 }],
    ["gamma of shape 0.25", () => random.gamma(0.25), { mean: 0.25, variance: 0.25, fourth: 3 * 0.0625 + 6 * 0.25 }],
    ["gamma of shape 1", () => random.gamma(1), { mean: 1, variance: 1, fourth: 9 }],
    ["gamma of shape 4", () => random.gamma(4), { mean: 4, variance: 4, fourth: 3 * 16 + 6 * 4 }],
  ])("%s", (_name, draw, { mean, variance, fourth }) => {
    const seen = moments(draw);
    const allowed = tolerances(variance, fourth);
    expect(Math.abs(seen.mean - mean)).toBeLessThan(allowed.mean);
    expect(Math.abs(seen.variance - variance)).toBeLessThan(allowed.variance);
  });
});

test("int reaches both ends, each value equally often", () => {
  const random = seededRandom(3);
  const counts = [0, 0, 0, 0, 0];
  for (let index = 0; index < draws; index++) {
    const drawn = random.int(-2, 2) + 2;
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  const expected = draws / 5;
  const chiSquare = counts.reduce((sum, count) => sum + ((count - expected) * (count - expected)) / expected, 0);
  expect(chiSquare).toBeLessThan(18.47); // 4 degrees of freedom, p = 0.001
});

test("the same seed gives the same numbers, forever", () => {
  const random = seededRandom(42);
  expect([random.next(), random.int(1, 1000), random.normal(), random.exponential(), random.gamma(0.5)]).toEqual([
    0.8600371126383429, 782, 1.7756371860296876, 0.1408755504250156, 0.02042186062005833,
  ]);
});

test("neighbouring seeds and other streams of a seed are unrelated", () => {
  const first = (seed: number, stream?: string) => seededRandom(seed, stream).next();
  const starts = Array.from({ length: 200 }, (_, seed) => first(seed));
  const mean = starts.reduce((sum, value) => sum + value, 0) / 200;
  expect(new Set(starts).size).toBe(200);
  expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / 200));
  expect(first(42, "arrivals")).not.toBe(first(42, "prompts"));
});

test("shuffle keeps every item and leaves its input alone", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.nat(), (items, seed) => {
      const before = [...items];
      const shuffled = seededRandom(seed).shuffle(items);
      expect([...shuffled].sort()).toEqual([...before].sort());
      expect(items).toEqual(before);
    }),
  );
});

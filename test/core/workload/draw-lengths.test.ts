import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { TokenLengths } from "../../../src/core/model/results.ts";
import { seededRandom } from "../../../src/core/stats/random.ts";
import { drawLengths, exactShares } from "../../../src/core/workload/draw-lengths.ts";

const drawn = (lengths: TokenLengths, count: number, seed = 42) => drawLengths(lengths, count, seededRandom(seed));

test("a fixed length is itself, a range reaches both ends", () => {
  expect(drawn({ kind: "fixed", tokens: 256 }, 3)).toEqual([256, 256, 256]);
  const range = drawn({ kind: "uniform", low: 3, high: 6 }, 200);
  expect([...new Set(range)].sort()).toEqual([3, 4, 5, 6]);
});

test("normal lengths have their mean, and are whole and at least 1", () => {
  const count = 5000;
  const lengths = drawn({ kind: "normal", mean: 550, stddev: 150 }, count);
  const mean = lengths.reduce((sum, value) => sum + value, 0) / count;
  expect(Math.abs(mean - 550)).toBeLessThan((4 * 150) / Math.sqrt(count));
  const small = drawn({ kind: "normal", mean: 1, stddev: 1 }, 200);
  expect(small.every((tokens) => Number.isInteger(tokens) && tokens >= 1)).toBe(true);
});

test("a mix has its exact shares, in mixed order", () => {
  const mix: TokenLengths = {
    kind: "mix",
    parts: [
      { share: 0.75, tokens: { kind: "uniform", low: 1024, high: 2048 } },
      { share: 0.25, tokens: { kind: "uniform", low: 64, high: 128 } },
    ],
  };
  for (const seed of [1, 2, 42]) {
    const lengths = drawn(mix, 48, seed);
    expect(lengths.filter((tokens) => tokens >= 1024)).toHaveLength(36);
    expect(lengths.filter((tokens) => tokens <= 128)).toHaveLength(12);
    expect(lengths.slice(0, 36).some((tokens) => tokens <= 128)).toBe(true);
  }
});

test.each([
  [[0.75, 0.25], 48, [36, 12]],
  [[0.75, 0.25], 2, [1, 1]],
  [[0.15, 0.85], 20, [3, 17]],
  [[1 / 3, 1 / 3, 1 / 3], 10, [4, 3, 3]],
  [[0.5, 0.5], 0, [0, 0]],
])("shares of %j over %i are %j", (shares, count, expected) => {
  expect(exactShares(shares, count)).toEqual(expected);
});

test("shares always add up, each within one of exact", () => {
  const weights = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(weights, fc.nat({ max: 10_000 }), (parts, count) => {
      const whole = parts.reduce((sum, part) => sum + part, 0);
      const shares = parts.map((part) => part / whole);
      const counts = exactShares(shares, count);
      expect(counts.reduce((sum, value) => sum + value, 0)).toBe(count);
      for (const [index, value] of counts.entries()) {
        expect(Math.abs(value - (shares[index] ?? 0) * count)).toBeLessThan(1 + 1e-6);
      }
    }),
  );
});

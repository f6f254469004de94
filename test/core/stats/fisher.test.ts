import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { fisherUpperTail } from "../../../src/core/stats/fisher.ts";

/** Failed, of, the baseline's failed, of, p. From test/fixtures/gate/numerics.py: exact ratios of weights in decimals of 80 digits. */
const exact: readonly (readonly [number, number, number, number, number])[] = JSON.parse(
  readFileSync(new URL("../../fixtures/gate/numerics.json", import.meta.url), "utf8"),
).fisher;

const tail = (failed: number, total: number, baseFailed: number, baseTotal: number) =>
  fisherUpperTail({ failed, total }, { failed: baseFailed, total: baseTotal });

describe("fisherUpperTail", () => {
  test("gives the tea-tasting lady 17 of 70", () => {
    // Fisher 1935: 3 of 4 cups right on either side: (16 + 1) / 70.
    expect(tail(3, 4, 1, 4)).toBeCloseTo(17 / 70, 14);
  });

  /** Computed with exact fractions over whole-number binomials. */
  test.each<[[number, number], [number, number], number]>([
    [[1, 144], [0, 720], 1.666666666666667e-1],
    [[12, 48], [0, 480], 8.062168063852584e-14],
    [[2, 48], [1, 480], 2.290485900993762e-2],
    [[5, 144], [14, 1440], 2.363236756171478e-2],
    [[10, 1000], [10, 10_000], 2.917256089831405e-6],
    [[1, 100], [5, 100], 9.855348589884212e-1],
    [[300, 300], [0, 10], 5.12675839389009e-19],
    [[100, 10_000], [800, 100_000], 2.205874075459873e-2],
    [[2000, 100_000], [17_000, 1_000_000], 5.911825284788955e-12],
    [[1200, 1_000_000], [1000, 1_000_000], 1.079551396434843e-5],
  ])("%j (failed, of) against %j is exact to 1e-9", ([failed, total], [baseFailed, baseTotal], expected) => {
    expect(Math.abs(tail(failed, total, baseFailed, baseTotal) / expected - 1)).toBeLessThan(1e-9);
  });

  test.each(exact)("%d of %d against %d of %d: exact to a relative 1e-9, to a million requests a side", (...row) => {
    const [failed, total, baseFailed, baseTotal, p] = row;
    expect(Math.abs(tail(failed, total, baseFailed, baseTotal) / p - 1)).toBeLessThan(1e-9);
  });

  test("nothing failed, or nothing to compare with, is no evidence", () => {
    expect(tail(0, 48, 5, 480)).toBe(1);
    expect(tail(5, 48, 0, 0)).toBe(1);
    expect(tail(0, 0, 0, 48)).toBe(1);
  });

  test("is a probability, and one more failure never makes it likelier", () => {
    const sides = fc.record({ total: fc.integer({ min: 2, max: 400 }), base: fc.integer({ min: 1, max: 4000 }) });
    fc.assert(
      fc.property(sides, fc.nat(399), fc.nat(4000), ({ total, base }, a, b) => {
        const failed = a % total;
        const baseFailed = b % (base + 1);
        const p = tail(failed, total, baseFailed, base);
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        expect(tail(failed + 1, total, baseFailed, base)).toBeLessThanOrEqual(p + 1e-12);
      }),
    );
  });
});

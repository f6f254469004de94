import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { holm } from "../../../src/core/stats/holm.ts";

/** p, adjusted p. From test/fixtures/gate/numerics.py: over fractions, by the definition and not by a running maximum. */
const exact: readonly (readonly [readonly number[], readonly number[]])[] = JSON.parse(
  readFileSync(new URL("../../fixtures/gate/numerics.json", import.meta.url), "utf8"),
).holm;

describe("holm", () => {
  test("multiplies the smallest p by the number of tests, the next by one less, and never steps down", () => {
    // 0.01·4 = 0.04; 0.02·3 = 0.06; 0.03·2 = 0.06; 0.04·1 = 0.04, kept at 0.06. R: p.adjust(c(.01,.04,.03,.02), "holm").
    expect(holm([0.01, 0.04, 0.03, 0.02])).toEqual([0.04, 0.06, 0.06, 0.06]);
  });

  test("agrees with the worked example of R's p.adjust", () => {
    // p.adjust(c(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298), "holm"); by hand ×7, ×6, ×5, ×4, ×3, ×2, ×1.
    const adjusted = holm([0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298]);
    const expected = [0.0007, 0.0024, 0.0095, 0.038, 0.0603, 0.0603, 0.0603];
    adjusted.forEach((p, index) => {
      expect(p).toBeCloseTo(expected[index] ?? 0, 12);
    });
  });

  test.each(exact.map(([ps, expected]) => [ps.length, ps, expected] as const))(
    "of a family of %d, ties and tiny ones among them, agrees with fractions to a relative 1e-12",
    (_size, ps, expected) => {
      holm(ps).forEach((p, index) => {
        expect(Math.abs(p / (expected[index] ?? Number.NaN) - 1)).toBeLessThan(1e-12);
      });
    },
  );

  test("a family of none is empty, a family of one is unchanged", () => {
    expect(holm([])).toEqual([]);
    expect(holm([0.3])).toEqual([0.3]);
  });

  test("lies between the p itself and Bonferroni's, and keeps the order", () => {
    const ps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(ps, (values) => {
        const adjusted = holm(values);
        values.forEach((p, index) => {
          const q = adjusted[index] ?? Number.NaN;
          expect(q).toBeGreaterThanOrEqual(p);
          expect(q).toBeLessThanOrEqual(Math.min(1, p * values.length));
        });
        const order = values.map((p, index) => [p, adjusted[index] ?? 0] as const).sort((a, b) => a[0] - b[0]);
        order.forEach(([, q], index) => {
          expect(q).toBeGreaterThanOrEqual(order[index - 1]?.[1] ?? 0);
        });
      }),
    );
  });
});

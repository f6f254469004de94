import { describe, expect, test } from "@jest/globals";
import { bestSplit } from "../../../src/core/stats/two-segments.ts";

const three = { least: 3, leastError: 0 };

describe("bestSplit", () => {
  test("computes Student's two-sample t with pooled variance", () => {
    // Means 2 and 12, pooled variance (2 + 2) ÷ 4 = 1, error √(1/3 + 1/3), t = 12.247 with 4 degrees of freedom.
    const split = bestSplit([1, 2, 3, 11, 12, 13], three);
    const t = 10 / Math.sqrt(2 / 3);
    // With 4 degrees of freedom P(T > t) = 1/2 − s (3 − s²) / 4, s = t / √(t² + 4).
    const s = t / Math.sqrt(t * t + 4);
    expect(split).toMatchObject({ at: 3, shift: 10 });
    expect(split?.p).toBeCloseTo(2 * (1 / 2 - (s * (3 - s * s)) / 4), 12);
  });

  test("agrees with R on Student's sleep data", () => {
    // t.test(extra ~ group, sleep, var.equal = TRUE): t = -1.8608, df = 18, p-value = 0.07919.
    const placebo = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
    const drug = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    const split = bestSplit([...placebo, ...drug], { least: 10, leastError: 0 });
    expect(split?.at).toBe(10);
    expect(split?.shift).toBeCloseTo(1.58, 12);
    expect(split?.p).toBeCloseTo(0.07919, 5);
  });

  test("takes the surest of all splits", () => {
    expect(bestSplit([0, 1, 0, 1, 9, 10, 9], three)?.at).toBe(4);
    expect(bestSplit([0, 1, 0, 9, 10, 9, 10, 9], three)?.at).toBe(3);
  });

  test("leaves as many values on either side as it is told", () => {
    expect(bestSplit([0, 0, 9, 9, 9, 9.1], three)?.at).toBe(3);
    expect(bestSplit([0, 0, 9, 9, 9, 9.1], { least: 2, leastError: 0 })?.at).toBe(2);
  });

  test.each([0, 1, 5])("finds none in %d values", (count) => {
    expect(bestSplit(Array(count).fill(1), three)).toBeUndefined();
  });

  test("is no surer than its least error allows, even without any spread", () => {
    // t = 0.01 ÷ 0.005 = 2 with 4 degrees of freedom: 2 × 0.0581.
    const split = bestSplit([0, 0, 0, 0.01, 0.01, 0.01], { least: 3, leastError: 0.005 });
    expect(split?.p).toBeCloseTo(0.11612, 5);
    expect(bestSplit([1, 1, 1, 1, 1, 1], { least: 3, leastError: 0.005 })).toMatchObject({ shift: 0, p: 1 });
  });
});

import { describe, expect, test } from "@jest/globals";
import { minDetectable } from "../../../src/core/compare/judge-timing.ts";
import { estimateFromPairs } from "../../../src/core/compare/paired-estimate.ts";
import { pairedProof } from "../../../src/core/compare/proof.ts";

describe("estimateFromPairs", () => {
  test("without a history the spread is the prior's and the pairs' own", () => {
    // nu = 3 + 2; s² = (3 · 2 · 0.015² + 2 · 0.0001) ÷ 5 = 0.00031; variance of 0.04, 0.05, 0.06 is 0.0001.
    const seen = estimateFromPairs({ differences: [0.04, 0.05, 0.06], runs: [], priorSd: 0.015 });
    expect(seen.estimate).toBeCloseTo(0.05, 15);
    expect(seen.degreesOfFreedom).toBe(5);
    expect(seen.standardError).toBeCloseTo(Math.sqrt(0.00031 / 3), 15);
  });

  test("what trials of one run differ by counts twice, for a difference holds two of them", () => {
    // Two runs of three trials, ±0.01: squares 2 · 0.0002, freedom 4. s² = (0.00135 + 2 · 0.0004 + 0) ÷ (3 + 4 + 2).
    const run = [1, 1.01, 0.99];
    const seen = estimateFromPairs({ differences: [0.02, 0.02, 0.02], runs: [run, run], priorSd: 0.015 });
    expect(seen.degreesOfFreedom).toBe(9);
    expect(seen.standardError).toBeCloseTo(Math.sqrt(0.00215 / 9 / 3), 12);
  });

  test("runs of one trial say nothing of what trials differ by", () => {
    const alone = estimateFromPairs({ differences: [0.02, 0.03], runs: [[1], [5], [9]], priorSd: 0.015 });
    expect(alone).toEqual(estimateFromPairs({ differences: [0.02, 0.03], runs: [], priorSd: 0.015 }));
  });

  test("p is that of Student's t on all of it", () => {
    // t = 0.05 ÷ √(0.00135 ÷ 5 ÷ 3) = 5.2705; with 5 degrees of freedom: 1/2 − (θ + sin θ cos θ (1 + 2/3 cos² θ)) ÷ π, θ = atan(t/√5).
    const { pWorse, pBetter } = estimateFromPairs({ differences: [0.05, 0.05, 0.05], runs: [], priorSd: 0.015 });
    const theta = Math.atan(0.05 / Math.sqrt(0.00009) / Math.sqrt(5));
    const [sin, cos] = [Math.sin(theta), Math.cos(theta)];
    const closed = 1 / 2 - (theta + sin * cos * (1 + (2 / 3) * cos * cos)) / Math.PI;
    expect(pWorse).toBeCloseTo(closed, 14);
    expect(pBetter).toBeCloseTo(1 - closed, 14);
  });

  test("pairs without any spread still have an error of 0.05 %", () => {
    expect(estimateFromPairs({ differences: [0, 0, 0], runs: [], priorSd: 1e-9 }).standardError).toBe(0.0005);
  });
});

test("the smallest detectable loss is reckoned with the whole level of the family", () => {
  // 3 pairs, se = √(0.00135 ÷ 15) = 0.0094868, nu = 5. One test at 1 %: (3.36493 + 0.91954) · se; four: (4.77334 + 0.91954) · se.
  // R: qt(c(0.99, 0.9975, 0.8), 5).
  const estimate = estimateFromPairs({ differences: [0, 0, 0], runs: [], priorSd: 0.015 });
  const timed = { estimate, minEffect: 0.05, proof: pairedProof(estimate, 0.05, 1) };
  expect(minDetectable(timed, 1)).toBeCloseTo(Math.exp((3.36493 + 0.919544) * 0.00948683) - 1, 6);
  expect(minDetectable(timed, 4)).toBeCloseTo(Math.exp((4.773341 + 0.919544) * 0.00948683) - 1, 6);
});

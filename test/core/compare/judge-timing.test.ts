import { describe, expect, test } from "@jest/globals";
import type { HistoryEstimate } from "../../../src/core/compare/history-estimate.ts";
import { judgeTiming } from "../../../src/core/compare/judge-timing.ts";
import { historyProof, pairedProof } from "../../../src/core/compare/proof.ts";

/** Log-badness: 0.0296 is the floor of a minimum effect of 5 %, 0.0148 what each trial must show, 0.0488 the margin of "unchanged". */
function timing(estimate: Partial<HistoryEstimate> & { readonly deviations: readonly number[] }, location = true) {
  const mean = estimate.deviations.reduce((sum, value) => sum + value, 0) / estimate.deviations.length;
  const whole = {
    estimate: mean,
    standardError: 0.02,
    degreesOfFreedom: 12,
    pWorse: 0.5,
    pBetter: 0.5,
    runs: 10,
    ...estimate,
  };
  return { estimate: whole, minEffect: 0.05, proof: historyProof(whole, { minEffect: 0.05, location }) };
}
const sure = { worse: 0.001, better: 1 };
const unsure = { worse: 1, better: 1 };
const surelyBetter = { worse: 1, better: 0.001 };

describe("three trials", () => {
  test.each([
    ["regressed", "significant", "all of it holds", { deviations: [0.04, 0.05, 0.06] }, sure],
    ["regressed", "gross", "it holds after two runs already", { deviations: [0.3, 0.3, 0.3], runs: 2 }, sure],
    ["inconclusive", "trials-disagree", "one trial is as fast as ever", { deviations: [0.01, 0.07, 0.07] }, sure],
    [
      "inconclusive",
      "below-floor",
      "it is sure but small",
      { deviations: [0.028, 0.028, 0.028], standardError: 0.015 },
      sure,
    ],
    [
      "inconclusive",
      "suspicious",
      "it is large and not sure enough",
      { deviations: [0.06, 0.06, 0.06], pWorse: 0.005 },
      unsure,
    ],
    [
      "inconclusive",
      "noise",
      "the interval straddles the margin",
      { deviations: [0.02, 0.02, 0.02], pWorse: 0.2 },
      unsure,
    ],
    [
      "unchanged",
      "within-min-effect",
      "the interval lies within the margin",
      { deviations: [0, 0, 0], standardError: 0.01 },
      unsure,
    ],
    [
      "unchanged",
      "within-min-effect",
      "it is sure, small and within the margin",
      { deviations: [0.02, 0.02, 0.02], standardError: 0.01 },
      sure,
    ],
    ["improved", "significant", "the mirror image holds", { deviations: [-0.04, -0.05, -0.06] }, surelyBetter],
    ["inconclusive", "noise", "one trial did not improve", { deviations: [0, -0.07, -0.08] }, surelyBetter],
  ] as const)("%s (%s) where %s", (...[finding, reason, _why, estimate, p]) => {
    expect(judgeTiming(timing(estimate), p)).toEqual({ finding, reason });
  });

  test("the level of the family is 5 %", () => {
    const seen = timing({ deviations: [0.05, 0.05, 0.05], pWorse: 0.02 });
    expect(judgeTiming(seen, { worse: 0.05, better: 1 }).finding).toBe("regressed");
    expect(judgeTiming(seen, { worse: 0.051, better: 1 }).finding).toBe("inconclusive");
  });
});

describe("fewer trials", () => {
  test("two are held to 1 %", () => {
    const seen = timing({ deviations: [0.05, 0.05], pWorse: 0.001 });
    expect(judgeTiming(seen, { worse: 0.01, better: 1 }).finding).toBe("regressed");
    expect(judgeTiming(seen, { worse: 0.02, better: 1 })).toEqual({ finding: "inconclusive", reason: "suspicious" });
  });

  test("one must show twice the minimum effect, ln 1.1 = 0.0953", () => {
    expect(judgeTiming(timing({ deviations: [0.096] }), sure)).toEqual({ finding: "regressed", reason: "gross" });
    const smaller = timing({ deviations: [0.095], pWorse: 0.0001 });
    expect(judgeTiming(smaller, sure)).toEqual({ finding: "inconclusive", reason: "suspicious" });
  });

  test("one proves nothing about a tail", () => {
    expect(judgeTiming(timing({ deviations: [2], pWorse: 1e-6 }, false), sure).finding).toBe("inconclusive");
    expect(judgeTiming(timing({ deviations: [-2] }, false), surelyBetter).finding).toBe("inconclusive");
  });
});

describe("pairs of a confirmation", () => {
  const paired = (differences: readonly number[], look: 1 | 2) => {
    const estimate = {
      estimate: differences.reduce((sum, value) => sum + value, 0) / differences.length,
      standardError: 0.01,
      degreesOfFreedom: 20,
      pWorse: 0.01,
      pBetter: 1,
      differences,
    };
    return { estimate, minEffect: 0.05, proof: pairedProof(estimate, 0.05, look) };
  };

  test("the first look may spend 0.3 % of the 1 %, the second 0.7 %", () => {
    const differences = [0.05, 0.05, 0.05];
    const at = (p: number, look: 1 | 2) => judgeTiming(paired(differences, look), { worse: p, better: 1 }).finding;
    expect([at(0.003, 1), at(0.0031, 1)]).toEqual(["regressed", "inconclusive"]);
    expect([at(0.0069, 2), at(0.0071, 2)]).toEqual(["regressed", "inconclusive"]);
  });

  test("three of four pairs must be worse, five of six", () => {
    const judged = (differences: readonly number[]) => judgeTiming(paired(differences, 2), sure);
    expect(judged([0.08, 0.08, 0.08, -0.01]).finding).toBe("regressed");
    expect(judged([0.12, 0.12, -0.01, -0.01])).toEqual({ finding: "inconclusive", reason: "trials-disagree" });
    expect(judged([0.06, 0.06, 0.06, 0.06, 0.06, -0.01]).finding).toBe("regressed");
    expect(judged([0.09, 0.09, 0.09, 0.09, -0.01, -0.01]).finding).toBe("inconclusive");
  });
});

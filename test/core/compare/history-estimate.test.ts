import { describe, expect, test } from "@jest/globals";
import { estimateInterval } from "../../../src/core/compare/estimate.ts";
import { estimateFromHistory, type HistoryEstimate } from "../../../src/core/compare/history-estimate.ts";
import { minDetectable } from "../../../src/core/compare/judge-timing.ts";
import { historyProof } from "../../../src/core/compare/proof.ts";

const lower = (values: readonly number[]) => values.map((value) => Math.log(value));
const higher = (values: readonly number[]) => values.map((value) => -Math.log(value));
const alike = (value: number) => [value, value, value];

const timed = (estimate: HistoryEstimate, location: boolean) => ({
  estimate,
  minEffect: 0.05,
  proof: historyProof(estimate, { minEffect: 0.05, location }),
});

/** Expected values from an independent implementation of the formulas, its t from the incomplete beta's continued fraction. */
describe("estimateFromHistory", () => {
  test("five runs of an ITL, three trials 15 % slower", () => {
    const seen = estimateFromHistory({
      epochs: [[20.0, 20.2, 19.8, 20.1, 19.9].map(alike).map(lower)],
      trials: lower([22.9, 23.1, 23.0]),
      priorSd: 0.02,
    });
    expect(seen.estimate).toBeCloseTo(0.13978064218094044, 12);
    expect(seen.standardError).toBeCloseTo(0.015766237102186734, 12);
    expect(seen.degreesOfFreedom).toBe(7);
    expect(seen.pWorse).toBeCloseTo(2.3515036539109833e-5, 14);
    expect(seen.pBetter).toBeCloseTo(1 - 2.3515036539109833e-5, 12);
    const { low, high } = estimateInterval(seen, 0.9);
    expect(Math.exp(low) - 1).toBeCloseTo(0.1161779076204732, 11);
    expect(Math.exp(high) - 1).toBeCloseTo(0.1848912730504546, 11);
  });

  test("fewer trials than the history's runs had are not believed as much: two runs of three, two trials", () => {
    const seen = estimateFromHistory({
      epochs: [
        [
          [300, 303, 297],
          [306, 304, 305],
        ].map(higher),
      ],
      trials: higher([280, 284]),
      priorSd: 0.02,
    });
    expect(seen.estimate).toBeCloseTo(0.07014674582381986, 12);
    expect(seen.standardError).toBeCloseTo(0.02585634476444158, 12);
    expect(seen.pWorse).toBeCloseTo(0.0266873536897411, 12);
  });

  test("after a change of the base branch the centre is the new epoch's, the spread that within both", () => {
    const old = [11.9, 12, 12.1, 12];
    const current = [10, 10.1, 9.9];
    const epochs = [old, current].map((runs) => runs.map(alike).map(lower));
    const seen = estimateFromHistory({ epochs, trials: lower([10, 10, 10]), priorSd: 0.02 });
    const squares = [old, current]
      .map(lower)
      .map((logs) => {
        const centre = logs.reduce((sum, value) => sum + value, 0) / logs.length;
        return logs.reduce((sum, value) => sum + (value - centre) ** 2, 0);
      })
      .reduce((sum, value) => sum + value, 0);
    expect(seen.runs).toBe(3);
    expect(seen.degreesOfFreedom).toBe(3 + 3 + 2);
    expect(seen.estimate).toBeCloseTo(0, 4);
    const variance = (3 * 0.02 ** 2 + squares) / 8;
    expect(seen.standardError).toBeCloseTo(Math.sqrt(variance * (1 + 1 / 3)), 14);
  });

  test("of one run the prior alone tells the spread", () => {
    const seen = estimateFromHistory({ epochs: [[lower([11])]], trials: lower([11, 11, 11]), priorSd: 0.02 });
    expect(seen.degreesOfFreedom).toBe(3);
    expect(seen.standardError).toBeCloseTo(0.02 * Math.SQRT2, 15);
  });

  test("a history without any spread still has an error: the prior's, and at least 0.05 %", () => {
    const seen = estimateFromHistory({ epochs: [Array(20).fill(lower([11]))], trials: lower([11]), priorSd: 1e-9 });
    expect(seen.standardError).toBe(0.0005);
    expect(seen.pWorse).toBe(0.5);
  });
});

/** In percent, three trials, a history without spread, min-effect 5 %; the values of one run are those of the simulation study. */
test.each([
  [1, 1, 9.9],
  [1, 5, 4.3],
  [4, 1, 15.7],
  [4, 3, 7.6],
  [20, 1, 26.9],
  [20, 2, 14.9],
  [20, 3, 10.7],
  [20, 10, 4.6],
])("with %d tests and %d runs the smallest detectable loss is %d %%", (family, runs, expected) => {
  const estimate = estimateFromHistory({ epochs: [Array(runs).fill([0, 0, 0])], trials: [0, 0, 0], priorSd: 0.02 });
  const detectable = minDetectable(timed(estimate, true), family) ?? 0;
  expect(detectable * 100).toBeCloseTo(expected, 1);
});

test("one trial of a throughput or an ITL P50 must show twice the minimum effect; of a tail it detects nothing", () => {
  const estimate = estimateFromHistory({
    epochs: [Array(5).fill([Math.log(11)])],
    trials: [Math.log(13)],
    priorSd: 0.02,
  });
  expect(minDetectable(timed(estimate, true), 1)).toBeCloseTo(0.11422790480664147, 11);
  expect(minDetectable(timed(estimate, false), 1)).toBeUndefined();
});

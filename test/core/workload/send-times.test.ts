import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { PlannedArrivals } from "../../../src/core/model/workload.ts";
import { seededRandom } from "../../../src/core/stats/random.ts";
import { sendTimes } from "../../../src/core/workload/send-times.ts";

const times = (arrivals: PlannedArrivals, count: number, seed = 42) => sendTimes(arrivals, count, seededRandom(seed));
const timesMs = (arrivals: PlannedArrivals, count: number, seed?: number) =>
  times(arrivals, count, seed).map((at) => at ?? Number.NaN);

function gaps(values: readonly number[]): number[] {
  return values.slice(1).map((value, index) => value - (values[index] ?? 0));
}

test("closed loops have no times, and a burst is all at once", () => {
  expect(times({ process: "sequential" }, 2)).toEqual([undefined, undefined]);
  expect(times({ process: "concurrency", concurrency: 2 }, 2)).toEqual([undefined, undefined]);
  expect(times({ process: "burst" }, 3)).toEqual([0, 0, 0]);
});

test("uniform arrivals have equal gaps", () => {
  expect(times({ process: "uniform", rate: 4 }, 4)).toEqual([0, 250, 500, 750]);
  const thirds = times({ process: "uniform", rate: 3 }, 1000);
  expect(thirds[999]).toBe(333_000);
});

test("uniform gaps are equal at any rate, and no error adds up over them", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 5000, noNaN: true }), fc.integer({ min: 2, max: 2000 }), (rate, count) => {
      const drawn = timesMs({ process: "uniform", rate }, count);
      const gapMs = 1000 / rate;
      // Each time is within two roundings of a double of its place, so each gap within four.
      const rounding = 4 * Number.EPSILON * (count * gapMs);
      expect(Math.max(...gaps(drawn).map((gap) => Math.abs(gap - gapMs)))).toBeLessThanOrEqual(rounding);
      expect(Math.abs((drawn.at(-1) ?? 0) - (count - 1) * gapMs)).toBeLessThanOrEqual(rounding);
    }),
  );
});

test("a trace is sent at its own times", () => {
  expect(times({ process: "replay", file: "x", atMs: [0, 3, 3, 9] }, 4)).toEqual([0, 3, 3, 9]);
});

test("one request comes at once, at any rate", () => {
  for (const process of ["uniform", "poisson"] as const) expect(times({ process, rate: 0.1 }, 1)).toEqual([0]);
});

const rate = fc.double({ min: 0.01, max: 1000, noNaN: true });
const randomArrivals = fc.oneof(
  fc.record({ process: fc.constant("poisson" as const), rate }),
  fc.record({
    process: fc.constant("gamma" as const),
    rate,
    burstiness: fc.double({ min: 0.05, max: 20, noNaN: true }),
  }),
);

test("whatever is drawn, the rate that was asked for is the rate that comes, in order and to 0.001 ms", () => {
  fc.assert(
    fc.property(randomArrivals, fc.integer({ min: 2, max: 200 }), fc.nat(), (arrivals, count, seed) => {
      const drawn = timesMs(arrivals, count, seed);
      const spanMs = ((count - 1) * 1000) / arrivals.rate;
      const meanGapMs = gaps(drawn).reduce((sum, gap) => sum + gap, 0) / (count - 1);
      expect(drawn[0]).toBe(0);
      expect(Math.abs(meanGapMs - 1000 / arrivals.rate)).toBeLessThan(0.000501);
      expect(Math.abs((drawn.at(-1) ?? 0) - spanMs)).toBeLessThanOrEqual(0.0005000001);
      expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
      expect(drawn).toEqual(drawn.map((at) => Math.round(at * 1000) / 1000));
    }),
  );
});

describe("gaps spread as their process says: their squared coefficient of variation is 1 / burstiness", () => {
  test.each([
    ["poisson", { process: "poisson", rate: 5 }, 1],
    ["gamma of burstiness 0.25", { process: "gamma", rate: 5, burstiness: 0.25 }, 0.25],
    ["gamma of burstiness 4", { process: "gamma", rate: 5, burstiness: 4 }, 4],
  ] as const)("%s", (_name, arrivals, shape) => {
    const count = 20_000;
    const values = gaps(timesMs(arrivals, count));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / values.length;
    // Of gamma gaps of mean 1: variance 1/k, and the squared coefficient's variance is 2 (1 + 1/k) / (k² n), by the delta method.
    const standardError = Math.sqrt((2 * (1 + 1 / shape)) / (shape * shape * count));
    expect(Math.abs(variance / (mean * mean) - 1 / shape)).toBeLessThan(4 * standardError);
  });
});

test("the same seed draws the same times on every machine", () => {
  expect(timesMs({ process: "poisson", rate: 6 }, 5)).toEqual([0, 239.775, 425.407, 583.751, 666.667]);
  expect(timesMs({ process: "gamma", rate: 6, burstiness: 0.5 }, 5)).toEqual([0, 14.474, 519.394, 534.833, 666.667]);
});

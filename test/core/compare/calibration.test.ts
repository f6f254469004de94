import { describe, expect, test } from "@jest/globals";
import {
  type CalibratedRow,
  type Calibration,
  calibration,
  type SpreadRow,
} from "../../../src/core/compare/calibration.ts";
import type { SettledBy } from "../../../src/core/compare/calibration-settings.ts";
import { planPairs } from "../../../src/core/compare/pairs-needed.ts";
import type { GatePolicy } from "../../../src/core/model/config.ts";
import type { ResultsFile } from "../../../src/core/model/results.ts";
import { bareTrials, cellOf, defaultPolicy, historyOf, resultsOf, trialOf } from "../../fakes/gate-data.ts";

interface Given {
  readonly policy?: Partial<GatePolicy>;
  readonly settledBy?: SettledBy;
  readonly trials?: number;
  readonly gatedPhases?: readonly string[];
}

function calibrated(
  runs: readonly ResultsFile[],
  { policy, settledBy = "history", ...given }: Given = {},
): Calibration {
  const found = calibration({ runs, policy: { ...defaultPolicy, ...policy }, settledBy, ...given });
  if (found === undefined) throw new Error("no accepted run");
  return found;
}

function rowOf({ cells }: Calibration, metric: string, cell = 0): CalibratedRow {
  const row = cells[cell]?.rows.find((one) => one.metric === metric);
  if (row === undefined) throw new Error(`no row ${metric}`);
  return row;
}

function spreadOf(found: Calibration, metric: string): SpreadRow {
  const row = rowOf(found, metric);
  if (row.kind !== "spread") throw new Error(`${metric} was not judged`);
  return row;
}

/** Of ITL P50, one value a run, told by three trials. */
const thrice = (values: readonly number[]) =>
  historyOf(
    "itl_p50",
    values.map((value) => [value, value, value]),
  );

/** The values a fixed step of logarithms around 20 ms. */
const around = (steps: readonly number[]) => steps.map((step) => 20 * Math.exp(step));

describe("the worked example of docs/statistics.md: 20.0, 20.2, 19.8, 20.1 and 19.9 ms", () => {
  const runs = [20.0, 20.2, 19.8, 20.1, 19.9].map((itl_p50, day) => {
    const trial = trialOf({ itl_p50, output_throughput: 300, itl_p95: 30, itl_p99: 60 });
    return resultsOf(day, [cellOf([trial, trial, trial])]);
  });
  const found = calibrated(runs);

  test("counts five runs, three trials and the four timings that block", () => {
    expect(found).toMatchObject({ runs: 5, otherRuns: 0, trials: 3, familySize: 4, cuts: [], sharesBoots: false });
  });

  test("spreads by 0.79 % from run to run and not at all within one: the root of 0.0000625", () => {
    expect(spreadOf(found, "itl_p50").runSd).toBeCloseTo(0.0079, 4);
    expect(spreadOf(found, "itl_p50").trialSd).toBe(0);
  });

  test("would see 6.1 %", () => {
    expect(spreadOf(found, "itl_p50").minDetectable).toBeCloseTo(0.061, 3);
  });

  test("has no false alarms, and every row guards something", () => {
    expect(found.selfCheck).toEqual({ runs: 5, alarms: 0 });
    expect(found.cells[0]?.rows.every((row) => row.kind === "spread" && row.isGateable)).toBe(true);
  });
});

test("the spread within a run is pooled over the runs: each has trials 1 % above and below its centre", () => {
  const runs = [0, 0.1].map((centre) => around([centre - 0.01, centre + 0.01]));
  const { trialSd, runSd } = spreadOf(calibrated(historyOf("itl_p50", runs)), "itl_p50");
  // Two squares of 0.0001 to one degree of freedom; centres 0.1 apart: 0.1 ÷ √2.
  expect(trialSd).toBeCloseTo(Math.sqrt(0.0002), 9);
  expect(runSd).toBeCloseTo(0.1 / Math.SQRT2, 9);
});

test("with one trial in every run their own spread is not known, and a tail proves nothing", () => {
  const runs = [60, 61, 59].map((itl_p99, day) => resultsOf(day, [cellOf([trialOf({ itl_p99, itl_p50: 20 })])]));
  const row = spreadOf(calibrated(runs), "itl_p99");
  expect(row).toMatchObject({ isGateable: false });
  expect(row).not.toHaveProperty("trialSd");
  expect(row).not.toHaveProperty("minDetectable");
});

test("a run that stands apart is a false alarm among the others", () => {
  expect(calibrated(thrice([20, 20.1, 19.9, 30, 20.05, 19.95])).selfCheck).toEqual({ runs: 6, alarms: 1 });
});

test("runs of another lane, suspect and rejected ones are not among the runs", () => {
  const [first, second, third] = thrice([20, 20.1, 19.9]) as [ResultsFile, ResultsFile, ResultsFile];
  const elsewhere = { ...first, environment: { fingerprint: "gpu-b" } };
  const found = calibrated([
    elsewhere,
    second,
    third,
    resultsOf(7, first.cells, { status: "suspect" }),
    resultsOf(8, first.cells, { status: "rejected" }),
  ]);
  expect(found).toMatchObject({ runs: 2, otherRuns: 1 });
});

test("runs before a change of level are told, and do not count", () => {
  const found = calibrated(thrice([20, 20.01, 19.99, 20, 25, 25.01, 24.99]));
  expect(found).toMatchObject({ runs: 3, otherRuns: 4, cuts: [{ metric: "itl_p50" }] });
  expect(found.cuts[0]?.shift).toBeCloseTo(Math.log(25 / 20), 6);
});

test("what could only see four times its minimum effect is not gateable", () => {
  // A spread of 10 % between runs: nothing under 20 % is seen.
  expect(spreadOf(calibrated(thrice(around([-0.1, 0.1, -0.1, 0.1, 0]))), "itl_p50").isGateable).toBe(false);
  const policy = { minEffect: { default: 0.25, byMetric: {}, byWorkload: {} } };
  expect(spreadOf(calibrated(thrice(around([-0.1, 0.1, -0.1, 0.1, 0])), { policy }), "itl_p50").isGateable).toBe(true);
});

test("a percentile with too few samples behind it is named, with the reason", () => {
  const runs = [0, 1, 2].map((day) => resultsOf(day, [cellOf([trialOf({ itl_p99: 60, itl_p50: 20 }, { gaps: 100 })])]));
  expect(rowOf(calibrated(runs), "itl_p99")).toEqual({
    kind: "unjudged",
    metric: "itl_p99",
    reason: "too-few-samples",
  });
});

test("only phases that gate are shown, and only what blocks", () => {
  const cells = ["one", "two"].map((phase) => cellOf([trialOf({ itl_p50: 20, ttft_p50: 50 })], { phase }));
  const runs = [0, 1, 2].map((day) => resultsOf(day, cells));
  const found = calibrated(runs, { gatedPhases: ["two"] });
  expect(found.cells.map(({ key, rows }) => [key.phase, rows.map(({ metric }) => metric)])).toEqual([
    ["two", ["itl_p50"]],
  ]);
  expect(calibrated(runs, { gatedPhases: ["three"] })).toMatchObject({ cells: [], runs: 0 });
});

test("trials that shared a server start count as one", () => {
  const trials = [20, 20.1].map((itl_p50) => ({ ...trialOf({ itl_p50 }), boot: "one" }));
  const runs = [0, 1, 2].map((day) => resultsOf(day, [cellOf(trials)]));
  expect(calibrated(runs)).toMatchObject({ trials: 1, sharesBoots: true });
});

test("arms of a confirmation say what a change did, and are left out", () => {
  const arms = bareTrials({ itl_p50: [20] }).map((trial) => ({ arm: "base" as const, trial }));
  const [first, second] = thrice([20, 20.1]) as [ResultsFile, ResultsFile];
  const confirmed = { ...second, cells: second.cells.map((cell) => ({ ...cell, confirmation: arms })) };
  expect(rowOf(calibrated([first, confirmed]), "itl_p50").kind).toBe("spread");
});

test("no accepted run says nothing", () => {
  expect(calibration({ runs: [], policy: defaultPolicy, settledBy: "history" })).toBeUndefined();
});

describe("the settings that fit", () => {
  /**
   * Five runs that agree to the digit. All of the variance is the prior's: 3 × 0.02² ÷ 7, so the standard error is
   * 0.01309 × √1.2 = 0.01434, at 7 degrees of freedom.
   */
  const quiet = thrice([20, 20, 20, 20, 20]);
  const withDefault = (value: number) => ({ policy: { minEffect: { default: value, byMetric: {}, byWorkload: {} } } });

  test("are 6 % with two trials, which are tested at 1 %, and 5 % with more, at 5 %", () => {
    // (2.998 + 0.896) × 0.01434 is 5.7 %, (1.895 + 0.896) × 0.01434 is 4.1 %; with ten runs 0.01049 and 2.8 %.
    expect(calibrated(quiet).settings).toMatchObject({
      metrics: ["itl_p50"],
      choices: [
        { trials: 2, minEffect: 0.06, laterMinEffect: 0.04 },
        { trials: 3, minEffect: 0.05, laterMinEffect: 0.03 },
        { trials: 4, minEffect: 0.05, laterMinEffect: 0.03 },
        { trials: 5, minEffect: 0.05, laterMinEffect: 0.03 },
      ],
    });
  });

  test.each([
    [0.05, { trials: 3, minEffect: 0.05 }],
    [0.08, { trials: 2, minEffect: 0.06 }],
    [0.01, { trials: 3, minEffect: 0.05 }],
  ])("with a minimum effect of %d as it is set now, the fewest trials that see it, or most", (set, recommended) => {
    expect(calibrated(quiet, withDefault(set)).settings.recommended).toMatchObject(recommended);
  });

  test("more trials help against what differs from trial to trial, and not against what differs from run to run", () => {
    const effects = (runs: readonly (readonly number[])[]) =>
      calibrated(historyOf("itl_p50", runs)).settings.choices.map(({ minEffect = 1 }) => minEffect);
    const step = 0.06;
    const betweenRuns = effects([-step, step, -step, step, 0].map((at) => around([at, at, at])));
    // The same centres, and trials so far apart that they alone explain them.
    const wide = step * Math.sqrt(3);
    const withinRuns = effects([-step, step, -step, step, 0].map((at) => around([at - wide, at, at + wide])));
    expect(betweenRuns[3]).toBe(betweenRuns[1]);
    expect(withinRuns[1]).toBe(betweenRuns[1]);
    expect(withinRuns[3]).toBeLessThan(withinRuns[1] ?? 0);
  });

  test("no longer tell of later where the history has ten runs", () => {
    const [choice] = calibrated(thrice(Array(10).fill(20))).settings.choices;
    expect(choice).not.toHaveProperty("laterMinEffect");
  });

  test("are none where only tails block, or nothing up to 100 % is seen", () => {
    const tails = [60, 61, 59].map((itl_p99, day) => resultsOf(day, [cellOf([trialOf({ itl_p99 })])]));
    expect(calibrated(tails).settings).toEqual({ settledBy: "history", metrics: [], choices: [] });
    const wild = calibrated(thrice(around([-1, 1, -1, 1, 0])));
    expect(wild.settings.choices[0]).toEqual({ trials: 2 });
    expect(wild.settings).not.toHaveProperty("recommended");
  });

  test("where the base build can be started: what is screened, and then seen in six pairs", () => {
    const found = calibrated(quiet, { settledBy: "confirm" });
    // Trials: the prior's 3 × 0.015² ÷ 13, at 15 degrees of freedom: one pair would do, and the screen is what limits.
    expect(spreadOf(found, "itl_p50").pairs).toBe(1);
    expect(found.settings.recommended).toMatchObject({ trials: 2, minEffect: 0.04 });
  });

  test("where only pairs are measured there are no trials to choose", () => {
    expect(calibrated(quiet, { settledBy: "paired" }).settings).toMatchObject({
      choices: [{ minEffect: 0.02 }],
      recommended: { minEffect: 0.02 },
    });
  });
});

/** The table of the simulation study, for δ = 5 %, four tests and 15 degrees of freedom. */
test.each([
  [0.01, 2],
  [0.015, 4],
  [0.02, 6],
  [0.03, 14],
  [0.04, 24],
])("trials that spread by %d take %d pairs", (trialSd, pairs) => {
  expect(planPairs({ trialSd, degreesOfFreedom: 15, minEffect: 0.05, familySize: 4 })).toBe(pairs);
});

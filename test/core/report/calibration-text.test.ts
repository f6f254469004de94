import { expect, test } from "@jest/globals";
import type { CalibratedRow, Calibration } from "../../../src/core/compare/calibration.ts";
import { type CalibrationReport, calibrationText } from "../../../src/core/report/calibration-text.ts";

const spread = (metric: string, more: Partial<Extract<CalibratedRow, { kind: "spread" }>> = {}): CalibratedRow => ({
  ...{
    kind: "spread",
    metric,
    runSd: 0.0079,
    trialSd: 0.0031,
    minDetectable: 0.0607,
    minEffect: 0.05,
    isGateable: true,
  },
  ...more,
});

const key = { phase: "paged", model: "org/llama", workload: "chat" };
const calm: Calibration = {
  ...{ runs: 5, otherRuns: 0, trials: 3, familySize: 2, cuts: [], sharesBoots: false },
  selfCheck: { runs: 5, alarms: 0 },
  cells: [
    {
      key,
      modelLabel: "Llama",
      rows: [
        spread("itl_p50"),
        spread("itl_p99", { runSd: 0.123, minDetectable: 0.9, minEffect: 0.2, isGateable: false }),
      ],
    },
    {
      key: { ...key, point: { concurrency: 8 } },
      modelLabel: "Llama",
      rows: [{ kind: "unjudged", metric: "itl_p50", reason: "too-few-ok" }],
    },
  ],
  settings: {
    settledBy: "history",
    metrics: ["output_throughput", "itl_p50"],
    choices: [
      { trials: 2, laterMinEffect: 0.07 },
      { trials: 3, minEffect: 0.06, laterMinEffect: 0.05 },
    ],
    recommended: { trials: 3, minEffect: 0.06 },
  },
};

const textOf = (calibration: Partial<Calibration> = {}, report: Partial<CalibrationReport> = {}) =>
  calibrationText({ calibration: { ...calm, ...calibration }, leftOut: 0, isPartial: false, ...report });

test("a calibration as it is read", () => {
  expect(textOf({}, { measured: 5 })).toBe(`5 runs measured and accepted.
The gate has 5 runs to judge by; a candidate has 3 trials, and 2 blocking timings are tested together.

False alarms: 0 of 5, each run judged once against the others.

paged, Llama
  workload             metric   between runs  within a run  would see  min-effect
  chat                 itl_p50         0.79%         0.31%         7%          5%
  chat                 itl_p99         12.3%         0.31%        90%         20%  not gateable
  chat, concurrency 8  itl_p50             -             -          -           -  not judged: too-few-ok

between runs, within a run: standard deviation of the runs' centres, and of trials around the centre of their run.
would see: the smallest loss that a candidate of 3 trials shows against this history alone in 80 of 100 pull
requests. Not gateable: that is over four times min-effect.

To see a loss of min-effect in output_throughput and itl_p50 of every workload it must be at least
(with as many trials in every run of main as in a candidate):
  trials  min-effect  with 10 such runs
       2        none                 7%
       3          6%                 5%
with 10 such runs: once the history has as many that spread alike. Where that will do, gather runs rather than
raise min-effect.

Settings that fit; a larger min-effect is seen as well, and lets more pass:

trials: 3
gate:
  min-effect: 6%

Runs of one hour look more alike than runs of a week, so the spread above is a lower bound: calibrate again at another
hour. Runs add up in the store.
`);
});

test("a base build that can be started adds the pairs that each row takes", () => {
  const cells = [{ key, rows: [spread("itl_p50", { pairs: 4 })] }];
  const text = textOf({ cells, settings: { ...calm.settings, settledBy: "confirm" } });
  expect(text).toContain(
    "min-effect  A/B pairs\n  chat      itl_p50         0.79%         0.31%         7%          5%          4\n",
  );
  expect(text).toContain("3 are run,\nand 6 where those leave it open.");
  expect(text).toContain("(screened by the history and then seen in 6 pairs):");
});

test.each<[string, Partial<Calibration>, Partial<CalibrationReport>, string]>([
  [
    "an alarm",
    { selfCheck: { runs: 6, alarms: 1 } },
    {},
    "False alarms: 1 of 6, each run judged once against the others. That is more than 1 in 20: this machine is not stable enough",
  ],
  [
    "too few runs for alarms",
    { selfCheck: { runs: 0, alarms: 0 } },
    {},
    "False alarms: not known; it takes three runs",
  ],
  ["runs that do not count", {}, { leftOut: 2 }, "2 records left out: rejected or suspect ones feed no baseline."],
  ["other lanes", { otherRuns: 1 }, {}, "1 accepted record more: another machine or lane"],
  ["a part of the plan", {}, { isPartial: true }, "Only a part of the plan was measured"],
  ["one server start", { sharesBoots: true }, {}, "Trials of a run shared one server start"],
  ["nothing that blocks", { cells: [] }, {}, "No blocking timing of a phase that gates was measured"],
  [
    "no setting that fits",
    { settings: { ...calm.settings, recommended: undefined } as never },
    {},
    "Up to 100% nothing is. Quieten the machine first",
  ],
])("%s is said", (_what, calibration, report, sentence) => {
  expect(textOf(calibration, report)).toContain(sentence);
});

test("a change of level names the run since which it is", () => {
  const results = {
    schema: "serving-gate/results@1",
    createdAt: "2026-11-22T00:00:00Z",
    environment: { fingerprint: "f" },
  } as const;
  const run = { results: { ...results, status: "accepted" as const, cells: [] }, cells: new Map(), order: 4, epoch: 0 };
  expect(textOf({ cuts: [{ run, cell: key, metric: "itl_p50", shift: Math.log(1.25) }] })).toContain(
    "Since 2026-11-22T00:00:00Z itl_p50 of chat on org/llama, paged is worse by 25%: the build or the machine changed",
  );
});

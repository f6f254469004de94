/**
 * How the gate behaves over many pull requests: seeded, so that a change of the figures is a change of the code. The full
 * tables are those of `npm run simulate`; here the shares that matter are held with as many draws as a minute allows.
 */
import { describe, expect, test } from "@jest/globals";
import { seededRandom } from "../../src/core/stats/random.ts";
import { changedMain } from "./simulated-epochs.ts";
import {
  finds,
  judgedByConfirmation,
  judgedByHistory,
  judgedInTurns,
  type Outcome,
  type PullRequest,
} from "./simulated-gates.ts";
import type { Loss, Machine } from "./simulated-runs.ts";

const machine = (stream: string, sd: number, groups = 1): Machine => ({ random: seededRandom(7, stream), sd, groups });
const itl5: Loss = { workload: "chunked_prefill", metric: "itl_p50", by: 0.05 };
const throughput5: Loss = { workload: "paged_attention", metric: "output_throughput", by: 0.05 };

function share(n: number, happens: () => boolean): number {
  let hits = 0;
  for (let index = 0; index < n; index++) if (happens()) hits += 1;
  return hits / n;
}

function alarms(n: number, pull: PullRequest, judge: (pull: PullRequest) => Outcome): number {
  return share(n, () => judge(pull).comparison.verdict === "fail");
}

describe("the history alone, three trials", () => {
  /** n = 400: at a true 0.5 % the standard error is 0.35 points, so 2 % is more than four of them away. */
  test.each([0.005, 0.01, 0.02])("ten runs that spread by %d: a clean pull request rarely alarms", (sd) => {
    const pull = { machine: machine(`clean ${sd}`, sd), runs: 10, trials: 3 };
    expect(alarms(400, pull, judgedByHistory)).toBeLessThanOrEqual(0.02);
  });

  /** The study that the rules come from saw 70 % for a true 5 %; n = 200, four standard errors are 13 points. */
  test("ten runs that spread by 1 %: an ITL loss of 5 % is found more often than not", () => {
    const pull = { machine: machine("loss", 0.01), runs: 10, trials: 3, loss: itl5 };
    expect(share(200, () => finds(itl5, judgedByHistory(pull).comparison))).toBeGreaterThan(0.57);
  });

  test("five runs that spread by 1 %: an ITL loss of 15 % always fails", () => {
    const loss = { ...itl5, by: 0.15 };
    const pull = { machine: machine("large loss", 0.01), runs: 5, trials: 3, loss };
    expect(share(100, () => finds(loss, judgedByHistory(pull).comparison))).toBe(1);
  });

  test("one run: nothing is found, neither good nor bad", () => {
    const pull = { machine: machine("one run", 0.01), runs: 1, trials: 3 };
    expect(share(100, () => judgedByHistory(pull).comparison.verdict === "inconclusive")).toBe(1);
  });

  /** A loss of 5 % four runs after main changed: the spread of the runs before the change still counts. n = 150. */
  test("main became 5 % slower four runs ago: a further loss of 5 % is found in half of the cases", () => {
    const main = { machine: machine("epoch", 0.01), runs: 10, since: 4, shift: 0.05, isDeclared: true, loss: itl5 };
    expect(share(150, () => finds(itl5, changedMain(main)))).toBeGreaterThan(0.33);
  });
});

describe("with confirmation, two trials", () => {
  /** The level is 1 % over the whole family; n = 250, four standard errors of 1 % are 2.5 points. */
  test.each([0.01, 0.02])("ten runs that spread by %d: a clean pull request rarely alarms", (sd) => {
    const pull = { machine: machine(`confirmed ${sd}`, sd), runs: 10, trials: 2 };
    expect(alarms(250, pull, judgedByConfirmation)).toBeLessThanOrEqual(0.01);
  });

  test.each([itl5, throughput5])("a loss of 5 % of one workload is found: %j", (loss) => {
    const pull = { machine: machine(`confirmed ${loss.metric}`, 0.01), runs: 10, trials: 2, loss };
    expect(share(120, () => finds(loss, judgedByConfirmation(pull).comparison))).toBeGreaterThanOrEqual(0.93);
  });

  test("a job on a machine 3 % slower is not taken for a slower build", () => {
    const pull = { machine: machine("slow machine", 0.01), runs: 10, trials: 2, slowMachine: 0.03 };
    expect(alarms(120, pull, judgedByConfirmation)).toBeLessThanOrEqual(0.02);
  });

  test("six server configurations: fewer than half of the clean pull requests are measured again", () => {
    const pull = { machine: machine("groups", 0.01, 6), runs: 10, trials: 2 };
    expect(share(40, () => judgedByConfirmation(pull).wasConfirmed)).toBeLessThan(0.5);
  });
});

/** 90 % and not less; a prior that knows more noise than there is makes them wider. n = 80 × 10 rows that share their hour. */
test.each([
  ["history", judgedByHistory, 3],
  ["confirmation", judgedInTurns, 2],
] as const)("intervals of the %s hold the truth as often as they promise", (stage, judge, trials) => {
  const pull = { machine: machine(`coverage ${stage}`, 0.02), runs: 10, trials };
  const rows = Array.from({ length: 80 }, () => judge(pull)).flatMap(({ comparison }) =>
    comparison.cells.flatMap(({ metrics }) =>
      metrics.filter((row) => row.stage === stage && ["output_throughput", "itl_p50"].includes(row.metric)),
    ),
  );
  const held = rows.filter(({ interval }) => interval !== undefined && interval.low <= 0 && interval.high >= 0);
  expect(rows).toHaveLength(800);
  expect(held.length / rows.length).toBeGreaterThan(0.85);
});

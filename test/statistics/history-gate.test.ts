/** How the history stage behaves over many pull requests: seeded, so that a change of the figures is a change of the code. */
import { expect, test } from "@jest/globals";
import type { Comparison } from "../../src/core/model/comparison.ts";
import { seededRandom } from "../../src/core/stats/random.ts";
import { judgeRun } from "../../src/core/verdict/judge-run.ts";
import { defaultPolicy } from "../fakes/gate-data.ts";
import { type Loss, type Machine, simulatedRun } from "./simulated-runs.ts";

const TRIALS = 3;

function pullRequest(runs: number, machine: Machine, loss?: Loss): Comparison {
  const baseline = Array.from({ length: runs }, (_, day) => simulatedRun(day, TRIALS, machine));
  return judgeRun({ baseline, candidate: simulatedRun(100, TRIALS, machine, loss), policy: defaultPolicy });
}

function share(count: number, of: () => boolean): number {
  let hits = 0;
  for (let index = 0; index < count; index++) if (of()) hits += 1;
  return hits / count;
}

/** n = 500: at a true 0.3 % the standard error is 0.25 points, so 2 % is more than four of them away. */
test.each([0.005, 0.01, 0.02])("with ten runs that spread by %d, a clean pull request rarely alarms", (sd) => {
  const machine = { random: seededRandom(7, `clean ${sd}`), sd };
  const alarms = share(500, () => pullRequest(10, machine).verdict === "fail");
  expect(alarms).toBeLessThanOrEqual(0.02);
});

test("with five runs that spread by 1 %, an ITL loss of 15 % in one workload always fails", () => {
  const machine = { random: seededRandom(11), sd: 0.01 };
  const loss = { workload: "chunked_prefill", metric: "itl_p50", by: 0.15 };
  expect(share(120, () => pullRequest(5, machine, loss).verdict === "fail")).toBe(1);
});

test("with one run nothing is found, neither good nor bad", () => {
  const machine = { random: seededRandom(13), sd: 0.01 };
  expect(share(120, () => pullRequest(1, machine).verdict === "inconclusive")).toBe(1);
});

/** The simulation study it is taken from saw 70 % (B = 10) for a true 5 %; n = 200, four standard errors are 13 points. */
test("with ten runs that spread by 1 %, an ITL loss of 5 % in one workload is found more often than not", () => {
  const machine = { random: seededRandom(17), sd: 0.01 };
  const loss = { workload: "chunked_prefill", metric: "itl_p50", by: 0.05 };
  expect(share(200, () => pullRequest(10, machine, loss).verdict === "fail")).toBeGreaterThan(0.57);
});

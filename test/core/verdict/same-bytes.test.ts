/** A comparison file byte for byte: engines of other versions and machines must write the same. CI runs Node 20, 22 and 24. */
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { serialiseComparison } from "../../../src/core/model/comparison-file.ts";
import { seededRandom } from "../../../src/core/stats/random.ts";
import { judgeRun } from "../../../src/core/verdict/judge-run.ts";
import { defaultPolicy } from "../../fakes/gate-data.ts";
import { drawn, judgedByConfirmation } from "../../statistics/simulated-gates.ts";

test.each([
  ["history", 3],
  ["confirmation", 2],
] as const)("the %s of a drawn pull request", (stage, trials) => {
  const machine = { random: seededRandom(3, "bytes"), sd: 0.01 };
  const loss = { workload: "chunked_prefill", metric: "itl_p50", by: 0.08 };
  const pull = { machine, runs: 8, trials, loss };
  const data = drawn(pull);
  const comparison =
    stage === "history"
      ? judgeRun({ baseline: data.baseline, candidate: data.candidate, policy: defaultPolicy })
      : judgedByConfirmation(pull, data).comparison;
  const golden = new URL(`../../golden/comparison.${stage}.json`, import.meta.url);
  expect(serialiseComparison(comparison)).toBe(readFileSync(golden, "utf8"));
});

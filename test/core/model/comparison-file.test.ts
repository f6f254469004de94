import { expect, test } from "@jest/globals";
import { parseComparison, serialiseComparison } from "../../../src/core/model/comparison-file.ts";
import { judgeRun } from "../../../src/core/verdict/judge-run.ts";
import { candidateOf, defaultPolicy, historyOf } from "../../fakes/gate-data.ts";

const row = { metric: "itl_p50", gated: true, finding: "regressed", baseline: 11, candidate: 12.4, change: 0.127 };
const minimal = {
  schema: "serving-gate/comparison@1",
  verdict: "fail",
  exitReason: "regression",
  cells: [{ phase: "p", model: "m", workload: "w", metrics: [{ ...row, baselineRuns: 10 }] }],
};

test("what the gate writes is read back whole", () => {
  const written = judgeRun({
    baseline: historyOf("itl_p50", [[10], [10.1], [9.9]]),
    candidate: candidateOf("itl_p50", [10, 10.2, 9.9]),
    policy: defaultPolicy,
  });
  const text = serialiseComparison(written);
  expect(parseComparison(text, "comparison.json")).toEqual(JSON.parse(text));
});

test("a comparison with only what every tool writes is completed", () => {
  const read = parseComparison(JSON.stringify(minimal), "comparison.json");
  expect(read).toMatchObject({ baselineRuns: 10, warnings: [] });
  expect(read.cells[0]?.metrics[0]).toMatchObject({
    reason: "significant",
    stage: "history",
    candidateTrials: 0,
    warnings: [],
  });
});

test.each([
  ["no cells", { ...minimal, cells: undefined }, /cells is missing; expected a list \(comparison\.json\)/],
  ["another verdict", { ...minimal, verdict: "great" }, /verdict is "great"; expected "pass" or "fail"/],
  [
    "a row without a finding",
    { ...minimal, cells: [{ ...minimal.cells[0], metrics: [{ metric: "itl_p50", gated: true }] }] },
    /cells\[0\]\.metrics\[0\]\.finding is missing/,
  ],
])("%s is named with its place", (_what, document, message) => {
  expect(() => parseComparison(JSON.stringify(document), "comparison.json")).toThrow(message);
});

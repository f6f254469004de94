import { expect, test } from "@jest/globals";
import type { Comparison, ExitReason, VerdictKind } from "../../../src/core/model/comparison.ts";
import { exitCode } from "../../../src/core/verdict/exit-code.ts";
import { defaultPolicy } from "../../fakes/gate-data.ts";

function decided(verdict: VerdictKind, exitReason: ExitReason): Comparison {
  return {
    schema: "serving-gate/comparison@1",
    verdict,
    exitReason,
    reason: "",
    baselineRuns: 5,
    cells: [],
    warnings: [],
  };
}

test.each([
  [0, "pass", "ok", {}],
  [0, "pass", "first-baseline", { onInconclusive: "fail", onMissing: "fail" }],
  [1, "fail", "regression", { onInconclusive: "pass", onMissing: "pass" }],
  [1, "fail", "errors", { onMissing: "pass" }],
  [1, "fail", "missing", {}],
  [0, "fail", "missing", { onMissing: "warn" }],
  [0, "fail", "missing", { onMissing: "pass" }],
  [0, "inconclusive", "inconclusive", {}],
  [0, "inconclusive", "inconclusive", { onInconclusive: "pass" }],
  [1, "inconclusive", "inconclusive", { onInconclusive: "fail" }],
  [2, "error", "error", {}],
] as const)("exit %d for %s (%s) under %j", (...[code, verdict, reason, policy]) => {
  expect(exitCode(decided(verdict, reason), { ...defaultPolicy, ...policy })).toBe(code);
});

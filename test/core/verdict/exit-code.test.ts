import { expect, test } from "@jest/globals";
import type { Comparison, ExitReason, VerdictKind } from "../../../src/core/model/comparison.ts";
import { blocks, exitCode, wouldBlock } from "../../../src/core/verdict/exit-code.ts";
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
  [0, "inconclusive", "inconclusive", {}],
  [0, "inconclusive", "inconclusive", { onInconclusive: "pass" }],
  [1, "inconclusive", "inconclusive", { onInconclusive: "fail" }],
  [2, "error", "error", {}],
  [0, "pass", "ok", { dryRun: true }],
  [0, "fail", "regression", { dryRun: true }],
  [0, "fail", "errors", { dryRun: true }],
  [0, "fail", "missing", { dryRun: true }],
  [0, "inconclusive", "inconclusive", { dryRun: true, onInconclusive: "fail" }],
  [2, "error", "error", { dryRun: true }],
] as const)("exit %d for %s (%s) under %j", (...[code, verdict, reason, policy]) => {
  expect(exitCode(decided(verdict, reason), { ...defaultPolicy, ...policy })).toBe(code);
});

test("a dry run still knows what it would have stopped", () => {
  const policy = { ...defaultPolicy, dryRun: true };
  const subjects = [decided("pass", "ok"), decided("fail", "regression"), decided("inconclusive", "inconclusive")];
  expect(subjects.map((subject) => wouldBlock(subject, policy))).toEqual([false, true, false]);
  expect(subjects.map((subject) => blocks(subject, policy))).toEqual([false, false, false]);
});

test("a job that could not be done blocks even as a dry run", () => {
  expect(blocks(decided("error", "error"), { ...defaultPolicy, dryRun: true })).toBe(true);
});

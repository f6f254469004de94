import { expect, test } from "@jest/globals";
import { judgeFailures } from "../../../src/core/compare/judge-failures.ts";

const of = (failed: number, total: number) => ({ failed, total });

test.each([
  ["unchanged", "equal", of(0, 144), of(0, 720)],
  ["unchanged", "no-more-failures", of(0, 144), of(9, 720)],
  ["unchanged", "no-more-failures", of(1, 144), of(5, 720)],
  // p = 1/11.
  ["inconclusive", "some-failures", of(1, 144), of(0, 1440)],
  ["regressed", "more-failures", of(12, 144), of(0, 720)],
  ["regressed", "all-failed", of(4, 4), of(20, 20)],
  ["inconclusive", "some-failures", of(4, 48), of(0, 0)],
  ["unchanged", "equal", of(0, 48), of(0, 0)],
] as const)("%s (%s) for failures %j against %j", (...[finding, reason, candidate, baseline]) => {
  expect(judgeFailures(candidate, baseline, 5)).toMatchObject({ finding, reason });
});

test("the level of 1 % is shared by the cells", () => {
  // 2 of 48 against 1 of 480: p = 0.0229. 3 of 48 against 0 of 720: p = C(48,3)/C(768,3) = 0.00023.
  expect(judgeFailures(of(3, 48), of(0, 720), 40)).toMatchObject({ finding: "regressed" });
  expect(judgeFailures(of(3, 48), of(0, 720), 50)).toMatchObject({ finding: "inconclusive" });
  expect(judgeFailures(of(2, 48), of(1, 480), 1).pAdjusted).toBeCloseTo(0.0229048590099, 12);
});

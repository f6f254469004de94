import { describe, expect, test } from "@jest/globals";
import type { JudgedCell } from "../../../src/core/compare/cell-case.ts";
import { cellSample } from "../../../src/core/compare/cell-sample.ts";
import type { MetricRow } from "../../../src/core/model/comparison.ts";
import type { GatePolicy } from "../../../src/core/model/config.ts";
import { decide } from "../../../src/core/verdict/decide.ts";
import { cellOf, defaultPolicy, trialOf } from "../../fakes/gate-data.ts";

const interval = { low: -0.01, high: 0.01, confidence: 0.9 };

function row(metric: string, part: Partial<MetricRow> = {}): MetricRow {
  return {
    metric,
    gated: true,
    finding: "unchanged",
    reason: "within-min-effect",
    interval,
    baselineRuns: 5,
    candidateTrials: 3,
    warnings: [],
    ...part,
  };
}
const regressed = (metric: string, part: Partial<MetricRow> = {}) =>
  row(metric, { finding: "regressed", reason: "significant", ...part });
const undecided = (metric: string, reason: MetricRow["reason"]) => row(metric, { finding: "inconclusive", reason });

/** Measured, comparable, of a phase that gates; throughput unchanged beside what is given. */
function cell(metrics: readonly MetricRow[], part: Partial<JudgedCell> = {}): JudgedCell {
  return {
    cell: { phase: "paged", model: "llama", workload: "chat", metrics: [row("output_throughput"), ...metrics] },
    gated: true,
    history: "comparable",
    sample: cellSample(cellOf([trialOf({})])),
    isPaired: false,
    runs: 5,
    ...part,
  };
}

interface Run {
  readonly policy?: Partial<GatePolicy>;
  readonly isConfirming?: boolean;
}

function decided(cells: readonly JudgedCell[], { policy = {}, isConfirming = false }: Run = {}) {
  return decide({ cells, isConfirming }, { ...defaultPolicy, ...policy });
}

describe("fail", () => {
  test.each([
    ["regression", "a blocking row is regressed", [regressed("itl_p50")]],
    ["errors", "requests fail, whatever else regressed", [regressed("itl_p50"), regressed("error_rate")]],
    ["errors", "answers are wrong", [regressed("mismatch_rate")]],
    ["missing", "a cell was left out", [row("itl_p50", { finding: "missing", reason: "not-measured" })]],
    [
      "regression",
      "a cell was left out and another row regressed",
      [row("itl_p50", { finding: "missing", reason: "not-measured" }), regressed("itl_p99")],
    ],
    ["regression", "another row is inconclusive", [regressed("itl_p50"), undecided("itl_p99", "not-confirmed")]],
  ] as const)("(%s) where %s", (exitReason, _why, rows) => {
    expect(decided([cell(rows)])).toEqual({ verdict: "fail", exitReason });
  });
});

describe("a regression that does not block", () => {
  test.each([
    ["it is reported only", [regressed("ttft_p50", { gated: false })]],
    [
      "it was accepted",
      [regressed("itl_p50", { waiver: { ceiling: 0.2, expires: "2026-12-31", issue: "#1", reason: "on purpose" } })],
    ],
    ["the base branch is as slow", [regressed("itl_p50", { inherited: { since: "0123456789ab" } })]],
  ])("lets the run pass where %s", (_why, rows) => {
    expect(decided([cell(rows)])).toEqual({ verdict: "pass", exitReason: "ok" });
  });

  test("lets the run pass where its phase does not gate", () => {
    expect(decided([cell([]), cell([regressed("itl_p50")], { gated: false })]).verdict).toBe("pass");
  });

  test("does not hide one beside it", () => {
    const rows = [regressed("itl_p50", { inherited: { since: "0123456789ab" } }), regressed("itl_p99")];
    expect(decided([cell(rows)]).exitReason).toBe("regression");
  });
});

/** Each cause, and one that it comes before. */
describe("inconclusive", () => {
  const failing = cellSample(cellOf([trialOf({}, { failed: 6 })]));
  test.each([
    ["not-confirmed", [undecided("itl_p50", "not-confirmed"), undecided("itl_p99", "suspicious")], {}],
    ["not-confirmed", [undecided("itl_p50", "too-few-pairs")], {}],
    ["suspicious", [undecided("itl_p50", "suspicious")], { sample: failing }],
    ["suspicious", [undecided("itl_p50", "trials-disagree")], {}],
    ["suspicious", [undecided("error_rate", "some-failures")], {}],
    ["too-many-errors", [undecided("itl_p99", "different-work")], { sample: failing }],
    ["different-work", [undecided("itl_p99", "different-work")], {}],
  ] as const)("(%s) of %j", (cause, rows, part) => {
    expect(decided([cell(rows, part)])).toEqual({ verdict: "inconclusive", exitReason: "inconclusive", cause });
  });

  const bare = (metrics: readonly MetricRow[], part: Partial<JudgedCell> = {}): JudgedCell => {
    const whole = cell([], part);
    return { ...whole, cell: { ...whole.cell, metrics } };
  };

  test.each([
    ["a cell without a valid trial", [cell([row("itl_p50", { finding: "invalid", reason: "no-valid-trial" })])]],
    ["a cell in another lane", [cell([]), bare([settled("itl_p50", "not-comparable")], { history: "other-lane" })]],
    [
      "a cell whose arms say nothing",
      [bare([settled("itl_p50", "too-few-samples")], { isPaired: true, history: "unknown" })],
    ],
    ["no cell at all", []],
  ])("(nothing-judgeable) of %s", (_what, cells) => {
    expect(decided(cells)).toMatchObject({ verdict: "inconclusive", cause: "nothing-judgeable" });
  });

  test("(no-power) where no throughput and no middle was decided, and only by the history", () => {
    const cells = [bare([undecided("output_throughput", "noise"), undecided("itl_p50", "noise"), row("itl_p99")])];
    expect(decided(cells)).toMatchObject({ verdict: "inconclusive", cause: "no-power" });
    expect(decided(cells, { isConfirming: true })).toEqual({ verdict: "pass", exitReason: "ok" });
  });
});

function settled(metric: string, reason: MetricRow["reason"]): MetricRow {
  const { interval: _none, ...rest } = undecided(metric, reason);
  return rest;
}

describe("a first run", () => {
  const fresh = { history: "unknown" } as const;
  const news = [row("itl_p50", { finding: "new", reason: "no-baseline" })];

  test("passes as the first baseline", () => {
    expect(decided([cell(news, fresh)])).toEqual({ verdict: "pass", exitReason: "first-baseline" });
  });

  test("fails where under 90 % of its requests are ok", () => {
    const sample = cellSample(cellOf([trialOf({}, { failed: 5 })]));
    expect(decided([cell(news, { ...fresh, sample })])).toEqual({ verdict: "fail", exitReason: "errors" });
  });

  test("beside known cells is no first baseline", () => {
    expect(decided([cell(news, fresh), cell([])])).toEqual({ verdict: "pass", exitReason: "ok" });
  });
});

test.each(["warn", "pass"] as const)(
  "under on-missing: %s a cell that was left out does not fail the run",
  (onMissing) => {
    const { sample: _none, ...absent } = cell([row("itl_p50", { finding: "missing", reason: "not-measured" })]);
    expect(decided([cell([]), absent], { policy: { onMissing } })).toEqual({ verdict: "pass", exitReason: "ok" });
  },
);

import { describe, expect, test } from "@jest/globals";
import { cellSample } from "../../../src/core/compare/cell-sample.ts";
import { byEpoch, findCuts, type WatchedCell } from "../../../src/core/compare/epochs.ts";
import { historyFrom } from "../../../src/core/compare/history.ts";
import type { Comparison } from "../../../src/core/model/comparison.ts";
import type { Cell, ResultsFile } from "../../../src/core/model/results.ts";
import { judgeRun } from "../../../src/core/verdict/judge-run.ts";
import { cellOf, defaultPolicy, resultsOf, rowOf, trialOf } from "../../fakes/gate-data.ts";

/** One run a value, its cell's one trial. */
function recordsOf(values: readonly number[], metric = "itl_p50", extra: Partial<Cell> = {}): readonly ResultsFile[] {
  return values.map((value, day) => resultsOf(day, [cellOf([trialOf({ [metric]: value })], extra)]));
}

function watched(records: readonly ResultsFile[], workload = "chat"): WatchedCell {
  const runs = historyFrom(records).accepted.flatMap((run) => {
    const cell = run.results.cells.find((one) => one.workload === workload);
    return cell === undefined ? [] : [{ run, sample: cellSample(cell) }];
  });
  return { key: { phase: "paged", model: "llama", workload }, runs };
}

/** Each cut as [the index of its first run, its metric, how much worse in percent]. */
function cutsOf(...cells: readonly WatchedCell[]) {
  return findCuts(cells).map(({ run, metric, shift }) => [run.order, metric, Math.round(100 * (Math.exp(shift) - 1))]);
}

/** Runs of each epoch, by their order. */
function ordersOf(cell: WatchedCell) {
  return byEpoch(cell.runs, findCuts([cell])).map((runs) => runs.map(({ run }) => run.order));
}

/** Runs that differ by 0.1 %. */
const steady = (value: number, count: number) =>
  Array.from({ length: count }, (_, index) => value * (1 + 0.001 * ((index % 3) - 1)));

describe("a cut that nobody declared", () => {
  test("is where ITL P50 rose for good", () => {
    expect(cutsOf(watched(recordsOf([...steady(10, 3), ...steady(10.5, 3)])))).toEqual([[3, "itl_p50", 5]]);
  });

  test("is where throughput fell for good: worse by the same sign", () => {
    const records = recordsOf([...steady(105, 4), ...steady(100, 4)], "output_throughput");
    expect(cutsOf(watched(records))).toEqual([[4, "output_throughput", 5]]);
  });

  test("is where the server became faster, too", () => {
    expect(cutsOf(watched(recordsOf([...steady(10, 4), ...steady(9, 3)])))).toEqual([[4, "itl_p50", -10]]);
  });

  test.each([
    ["there are only two runs after it", [...steady(10, 8), ...steady(12, 2)]],
    ["there are only five runs", [...steady(10, 3), ...steady(12, 2)]],
    ["it is under 2 %", [...steady(10, 6), ...steady(10.19, 6)]],
    ["the runs spread as widely as it is large", [9.6, 10.4, 9.7, 10.3, 10.2, 9.9, 10.6, 10.1]],
    ["nothing changed", steady(10, 20)],
  ])("is none where %s", (_why, values) => {
    expect(cutsOf(watched(recordsOf(values)))).toEqual([]);
  });

  test("is from 2 % on", () => {
    expect(cutsOf(watched(recordsOf([...steady(10, 6), ...steady(10.21, 6)])))).toEqual([[6, "itl_p50", 2]]);
  });

  test("is not looked for in the tails", () => {
    const records = recordsOf([...steady(10, 5), ...steady(15, 5)], "itl_p99");
    expect(cutsOf(watched(records))).toEqual([]);
  });

  test("is looked for again in what remains after it", () => {
    const values = [...steady(10, 5), ...steady(12, 4), ...steady(11, 4)];
    expect(cutsOf(watched(recordsOf(values)))).toEqual([
      [5, "itl_p50", 15],
      [9, "itl_p50", -8],
    ]);
    expect(ordersOf(watched(recordsOf(values)))).toEqual([
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10, 11, 12],
    ]);
  });

  test("cuts every workload of its server configuration, at the surest of them", () => {
    const records = steady(10, 8).map((value, day) => {
      const slower = day < 4 ? 1 : 1.1;
      const trial = (itl: number) => [trialOf({ itl_p50: itl })];
      return resultsOf(day, [cellOf(trial(value * slower)), cellOf(trial(value), { workload: "burst" })]);
    });
    const cells = [watched(records, "burst"), watched(records)];
    const cuts = findCuts(cells);
    expect(cuts).toMatchObject([{ cell: { workload: "chat" }, metric: "itl_p50" }]);
    expect(byEpoch(watched(records, "burst").runs, cuts).map(({ length }) => length)).toEqual([4, 4]);
  });
});

describe("an epoch that was declared", () => {
  /** A run of 10 ms a name, each declaring that epoch. */
  const declared = (...names: readonly (string | undefined)[]) =>
    recordsOf(steady(10, names.length)).map((record, index) => {
      const epoch = names[index];
      return epoch === undefined ? record : { ...record, epoch };
    });

  test.each([
    [
      "begins with the record that declares it",
      [undefined, undefined, "x", undefined],
      [
        [0, 1],
        [2, 3],
      ],
    ],
    ["goes on where the next records say the same", [undefined, "x", "x", "x"], [[0], [1, 2, 3]]],
    ["ends where another begins", ["x", "x", "y"], [[0, 1], [2]]],
    ["is all there is where the first record begins it", ["x", undefined], [[0, 1]]],
  ])("%s", (_what, names, expected) => {
    expect(ordersOf(watched(declared(...names)))).toEqual(expected);
  });

  test("is not begun by a record that feeds no baseline", () => {
    const [first, second, third] = declared(undefined, "x", undefined);
    const records = [first, { ...second, status: "suspect" as const }, third] as readonly ResultsFile[];
    expect(ordersOf(watched(records))).toEqual([[0, 1]]);
  });

  test("leaves older changes alone: only the newest epoch is searched", () => {
    const records = recordsOf([...steady(8, 4), ...steady(10, 4), ...steady(10, 4)]);
    expect(ordersOf(watched(records))).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7, 8, 9, 10, 11],
    ]);
    const cut = records.map((record, day) => (day < 8 ? record : { ...record, epoch: "accepted" }));
    expect(ordersOf(watched(cut))).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7],
      [8, 9, 10, 11],
    ]);
  });
});

describe("after a cut", () => {
  function judged(records: readonly ResultsFile[], value: number, extra: Partial<Cell> = {}): Comparison {
    const trials = [value, value, value].map((one) => trialOf({ itl_p50: one }));
    return judgeRun({ baseline: records, candidate: resultsOf(100, [cellOf(trials, extra)]), policy: defaultPolicy });
  }
  const slowed = recordsOf([...steady(10, 5), ...steady(11, 4)]);

  test("the candidate is compared with the new epoch alone", () => {
    const comparison = judged(slowed, 11);
    expect(comparison).toMatchObject({ verdict: "pass", baselineRuns: 4 });
    expect(rowOf(comparison, "itl_p50")).toMatchObject({ finding: "unchanged", baselineRuns: 4 });
    expect(rowOf(comparison, "itl_p50").baseline).toBeCloseTo(11, 1);
  });

  test("one that is as fast as before has improved", () => {
    expect(rowOf(judged(slowed, 10), "itl_p50").finding).toBe("improved");
  });

  test("a base branch that became slower is told, with since when and by how much", () => {
    const told = judged(
      slowed.map((record, day) => ({ ...record, source: { sha: `${day}`.repeat(40) } })),
      11,
    ).warnings;
    expect(told).toContainEqual({
      kind: "baseline-slowed",
      cell: { phase: "paged", model: "llama", workload: "chat" },
      metric: "itl_p50",
      values: { since: "555555555555", change: expect.closeTo(0.1, 2) },
    });
    expect(judged(slowed, 11).warnings).toContainEqual(
      expect.objectContaining({ kind: "baseline-slowed", values: expect.objectContaining({ since: "2026-01-06" }) }),
    );
  });

  test("one that became faster, or whose loss was accepted, is not", () => {
    const kinds = (records: readonly ResultsFile[], value: number) =>
      judged(records, value).warnings.map(({ kind }) => kind);
    expect(kinds(recordsOf([...steady(11, 5), ...steady(10, 4)]), 10)).not.toContain("baseline-slowed");
    const accepted = slowed.map((record, day) => (day < 5 ? record : { ...record, epoch: "accepted" }));
    expect(kinds(accepted, 11)).not.toContain("baseline-slowed");
    expect(judged(accepted, 11)).toMatchObject({ verdict: "pass", baselineRuns: 4 });
  });

  test("an accepted loss of one run is the whole baseline from then on, its spread that within all epochs", () => {
    const records = recordsOf([...steady(10, 5), 12]).map((record, day) =>
      day < 5 ? record : { ...record, epoch: "accepted" },
    );
    const row = rowOf(judged(records, 12), "itl_p50");
    // One run alone would see 9.9 %: nu = 3. With four more degrees of freedom from before the cut, 5.3 %.
    expect(row).toMatchObject({ baseline: 12, change: 0, baselineRuns: 1, finding: "unchanged" });
    expect(row.minDetectable).toBeCloseTo(0.053, 3);
  });

  test("an epoch that this lane has no run of yet leaves the runs it has", () => {
    const elsewhere = {
      ...resultsOf(50, recordsOf([12])[0]?.cells ?? [], { epoch: "accepted" }),
      environment: { fingerprint: "gpu-b" },
    };
    const comparison = judged([...recordsOf(steady(10, 5)), elsewhere], 10);
    expect(comparison).toMatchObject({ verdict: "pass", baselineRuns: 5 });
  });
});

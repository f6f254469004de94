import { describe, expect, test } from "@jest/globals";
import { type NextLook, nextLook } from "../../../src/core/compare/next-look.ts";
import type { GatePolicy } from "../../../src/core/model/config.ts";
import type { Cell, ResultsFile } from "../../../src/core/model/results.ts";
import { armsOf, cellOf, defaultPolicy, resultsOf, trialOf } from "../../fakes/gate-data.ts";

/**
 * ITL P50 of 10 ms in five runs of one trial each: a candidate of 10.3 ms has p = 0.039, of 10.25 ms p = 0.064, of 10.1 ms lies
 * under the screen's 2 %. Three alike pairs are proven from +4.5 %, cleared under +3.0 %; six are cleared under +4.0 %.
 */
const trials = (...values: readonly number[]) => values.map((value) => trialOf({ itl_p50: value }));
const inTurns = (ratio: number, pairs = 3) => ({
  confirmation: armsOf("itl_p50", Array(pairs).fill(10), Array(pairs).fill(10 * ratio)),
});
const cell = (workload: string, value: number, extra: Partial<Cell> = {}) =>
  cellOf(trials(value), { workload, ...extra });

function historyOf(...cells: readonly Partial<Cell>[]): readonly ResultsFile[] {
  return [0, 1, 2, 3, 4].map((day) =>
    resultsOf(
      day,
      cells.map((extra) => cellOf(trials(10), extra)),
    ),
  );
}
const known = historyOf({ workload: "a" }, { workload: "b" }, { workload: "c" });

interface Asked {
  readonly baseline?: readonly ResultsFile[];
  readonly policy?: Partial<GatePolicy>;
}

function next(cells: readonly Cell[], { baseline = known, policy = {} }: Asked = {}): NextLook {
  return nextLook({ baseline, candidate: resultsOf(100, cells), policy: { ...defaultPolicy, ...policy } });
}

/** "1: a, b": the look and the workloads it is for. */
function plain(look: NextLook): string {
  return look.kind === "done" ? "done" : `${look.look}: ${look.cells.map(({ workload }) => workload).join(", ")}`;
}

describe("the first look", () => {
  test("is of nothing where nothing looks worse", () => {
    expect(next([cell("a", 10), cell("b", 10.1), cell("c", 9)])).toEqual({ kind: "done" });
  });

  test("is of what looks worse, the surest first", () => {
    expect(plain(next([cell("a", 10.3), cell("b", 10), cell("c", 10.6)]))).toBe("1: c, a");
  });

  test("names a cell by all that it is known by", () => {
    const point = { concurrency: 8 };
    const swept = next([cell("a", 10.6, { point })], { baseline: historyOf({ workload: "a", point }) });
    expect(swept).toMatchObject({ cells: [{ phase: "paged", model: "llama", workload: "a", point }] });
  });

  test("goes on with what has no pairs yet before anything's second", () => {
    expect(plain(next([cell("a", 10.6, inTurns(1.035)), cell("c", 10.3)]))).toBe("1: c");
  });

  test("is of nothing that does not gate: another phase, a metric that does not block", () => {
    const slow = [cell("a", 10.6)];
    expect(plain(next(slow, { policy: { phases: ["static"] } }))).toBe("done");
    expect(plain(next(slow, { policy: { blocking: ["output_throughput"] } }))).toBe("done");
  });

  test("is of less where more server configurations gate together", () => {
    // p = 0.064: under 0.1 alone, not under the 0.059 of two models.
    const other = cell("a", 10, { model: "qwen" });
    const baseline = historyOf({ workload: "a" }, { workload: "a", model: "qwen" });
    expect(plain(next([cell("a", 10.25)], { baseline: historyOf({ workload: "a" }) }))).toBe("1: a");
    expect(plain(next([cell("a", 10.25), other], { baseline }))).toBe("done");
    expect(plain(next([cell("a", 10.3), other], { baseline }))).toBe("1: a");
  });

  test("after one or two runs is of all that is 2 % worse, whatever its p", () => {
    expect(plain(next([cell("a", 10.25)], { baseline: known.slice(0, 2) }))).toBe("1: a");
    expect(plain(next([cell("a", 10.1)], { baseline: known.slice(0, 1) }))).toBe("done");
  });

  test("leaves what the base branch is as slow at: newer records say so", () => {
    const slower = [5, 6, 7].map((day) =>
      resultsOf(day, [cellOf(trials(10.6), { workload: "a" })], { status: "suspect" }),
    );
    expect(plain(next([cell("a", 10.6)], { baseline: [...known, ...slower] }))).toBe("done");
    expect(plain(next([cell("a", 11.4)], { baseline: [...known, ...slower] }))).toBe("1: a");
  });
});

describe("after three pairs", () => {
  test.each([
    ["done", "a loss is proven", 1.06],
    ["done", "everything is cleared", 1.01],
    ["2: a", "it is neither", 1.035],
    ["2: a", "p is 0.45 %, which three pairs may not spend", 1.04],
  ])("%s where %s", (expected, _why, ratio) => {
    expect(plain(next([cell("a", 10.6, inTurns(ratio))]))).toBe(expected);
  });

  test("the second look is of what is still open only, the surest first", () => {
    const cells = [cell("a", 10.6, inTurns(1.032)), cell("b", 10.6, inTurns(1.01)), cell("c", 10.6, inTurns(1.038))];
    expect(plain(next(cells))).toBe("2: c, a");
  });

  test("one proven loss ends it for all", () => {
    expect(plain(next([cell("a", 10.6, inTurns(1.08)), cell("b", 10.6, inTurns(1.035))]))).toBe("done");
    expect(plain(next([cell("a", 10.6, inTurns(1.08)), cell("b", 10.6)]))).toBe("done");
  });
});

test.each([1, 1.035, 1.045])("after six pairs it is over, decided or not: a ratio of %d", (ratio) => {
  expect(plain(next([cell("a", 10.6, inTurns(ratio, 6))]))).toBe("done");
});

describe("a cell without a comparable run", () => {
  const fresh = [cell("new", 10)];
  const otherLane = [cell("a", 10, { scheduleHash: "sha256:other" })];

  test.each([
    ["auto", "done", "1: a"],
    ["confirm", "1: new", "1: a"],
    ["paired", "1: new", "1: a"],
  ] as const)("under %s, new: %s; known in another lane: %s", (method, whenNew, whenOtherLane) => {
    expect(plain(next(fresh, { policy: { method } }))).toBe(whenNew);
    expect(plain(next(otherLane, { policy: { method } }))).toBe(whenOtherLane);
  });

  test("goes to the second look as any other, with three pairs that cleared nothing", () => {
    const method = "confirm";
    expect(plain(next([cell("new", 10, inTurns(1.035))], { policy: { method } }))).toBe("2: new");
    expect(plain(next([cell("new", 10, inTurns(1.01))], { policy: { method } }))).toBe("done");
  });

  test("of a phase that does not gate is left", () => {
    expect(plain(next(fresh, { policy: { method: "paired", phases: ["static"] } }))).toBe("done");
  });
});

test("measured in turns from the start, what has no arms yet is next, however well it is known", () => {
  const bare = (workload: string, extra: Partial<Cell> = {}) => cellOf([], { workload, ...extra });
  const policy = { method: "paired" } as const;
  expect(plain(next([bare("a", inTurns(1.035)), bare("b")], { policy }))).toBe("1: b");
  expect(plain(next([bare("a", inTurns(1.035)), bare("b", inTurns(1))], { policy }))).toBe("2: a");
});

test("a cell that the candidate left out is not measured in turns: it is missing", () => {
  expect(plain(next([cell("a", 10)], { policy: { method: "paired" } }))).toBe("1: a");
});

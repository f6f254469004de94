import { describe, expect, test } from "@jest/globals";
import type { Cell, Trial } from "../../../src/core/model/results.ts";
import type { LogWorkload } from "../../../src/core/report/log-phases.ts";
import {
  collapseOf,
  headlineObservations,
  movedMost,
  movementsOf,
  otherObservations,
  standApart,
  tailShape,
  tradeOffOf,
} from "../../../src/core/report/observations.ts";
import { workloadChanges } from "../../../src/core/report/phase-changes.ts";

/** Metric → one value for each model (A, B, C), or the values of its trials. */
type Numbers = Readonly<Record<string, readonly (number | readonly number[])[]>>;

function workload(numbers: Numbers, { hash = "same", failed = 0, watches = ["ttft_p50"] } = {}): LogWorkload {
  const models = Math.max(...Object.values(numbers).map(({ length }) => length));
  const cells = Array.from({ length: models }, (_, model): Cell => {
    const values = Object.entries(numbers).map(([metric, all]) => [metric, [all[model] ?? []].flat()] as const);
    const trials = Math.max(...values.map(([, each]) => each.length));
    return {
      phase: "p",
      model: "ABC".charAt(model),
      workload: "w",
      scheduleHash: hash,
      trials: Array.from(
        { length: trials },
        (__, index): Trial => ({
          summary: Object.fromEntries(
            values.flatMap(([metric, each]) => (each[index] === undefined ? [] : [[metric, each[index]]])),
          ),
          counts: { requests: 10, failed, outputTokens: 100, gaps: 90 },
        }),
      ),
    };
  });
  return { workload: "w", info: { name: "w", purposeMetrics: watches }, cells };
}

const changes = (before: Numbers, after: Numbers) => workloadChanges(workload(before), workload(after));
const names = (all: readonly { readonly label: string }[]) => all.map(({ label }) => label).join("");

describe("a metric moved", () => {
  test.each([
    ["by 5 %", [100], [105], "A"],
    ["not by less", [100], [104.9], ""],
    ["by 5 % down", [100], [95], "A"],
    ["where all trials of one phase are beyond those of the other", [[100, 102]], [[110, 112]], "A"],
    ["not where the trials overlap", [[100, 120]], [[110, 130]], ""],
    ["with one trial on a side by its size alone", [[100, 120]], [[119]], "A"],
    ["not where the other phase lacks it", [], [200], ""],
  ])("%s", (_, before, after, movers) => {
    const moved = movementsOf(
      changes({ itl_p50: before, ttft_p50: [1] }, { itl_p50: after, ttft_p50: [1] }),
      "itl_p50",
    );
    expect(names(moved.flatMap((each) => each.movers))).toBe(movers);
  });

  test("not where the requests were others", () => {
    const [before, after] = [workload({ itl_p50: [10] }, { hash: "a" }), workload({ itl_p50: [20] }, { hash: "b" })];
    const seen = workloadChanges(before, after);
    expect(seen.askedOtherwise).toEqual(["A"]);
    expect(movementsOf(seen, "itl_p50")).toEqual([]);
  });

  test.each([
    ["output_throughput", 200, true],
    ["output_throughput", 50, false],
    ["ttft_p50", 200, false],
    ["ttft_p50", 50, true],
  ])("%s from 100 to %d: better is %s", (metric, after, better) => {
    expect(movementsOf(changes({ [metric]: [100] }, { [metric]: [after] }), metric)[0]?.better).toBe(better);
  });

  test("on all models only when each did", () => {
    const all = changes({ itl_p50: [10, 10, 10] }, { itl_p50: [20, 20, 20] });
    const two = changes({ itl_p50: [10, 10, 10] }, { itl_p50: [20, 20, 10.2] });
    expect(movementsOf(all, "itl_p50")[0]?.onEveryModel).toBe(true);
    expect(movementsOf(two, "itl_p50")[0]?.onEveryModel).toBe(false);
  });

  test("one model against two goes against the others, one against one does not", () => {
    const outvoted = movementsOf(changes({ itl_p50: [10, 10, 10] }, { itl_p50: [5, 20, 20] }), "itl_p50");
    expect(outvoted.map((each) => [names(each.movers), each.againstOthers])).toEqual([
      ["BC", false],
      ["A", true],
    ]);
    const even = movementsOf(changes({ itl_p50: [10, 10] }, { itl_p50: [5, 30] }), "itl_p50");
    expect(even.map((each) => [names(each.movers), each.againstOthers])).toEqual([
      ["B", false],
      ["A", false],
    ]);
  });
});

describe("P50 and P99", () => {
  const metricsOf = (p50: readonly number[], p99: readonly number[]) =>
    headlineObservations(
      changes({ ttft_p50: [100, 100], ttft_p99: [200, 200] }, { ttft_p50: p50, ttft_p99: p99 }),
    ).improved.map(({ metrics }) => metrics.join("+"));

  test.each([
    ["are one where the ranges overlap", [50, 60], [110, 140], ["ttft_p50+ttft_p99"]],
    ["are two where they do not, the larger first", [50, 55], [180, 170], ["ttft_p50", "ttft_p99"]],
    ["are two where other models moved", [50, 60], [110, 199], ["ttft_p50", "ttft_p99"]],
  ])("%s", (_, p50, p99, expected) => {
    expect(metricsOf(p50, p99)).toEqual(expected);
  });
});

describe("a model stands apart", () => {
  const apart = (after: readonly number[]) => {
    const [movement] = movementsOf(
      changes({ output_throughput: after.map(() => 100) }, { output_throughput: after }),
      "output_throughput",
    );
    return movement === undefined ? "" : names(standApart(movement));
  };
  test.each([
    ["when it fell twice as far as the others", [50, 85, 90], "A"],
    ["not when another fell nearly as far", [50, 60, 90], ""],
    ["not when it changed by less than 25 %", [80, 93, 94], ""],
    ["not alone", [50], ""],
    ["not as two of three", [40, 42, 90], ""],
  ])("%s", (_, after, expected) => {
    expect(apart(after)).toBe(expected);
  });
});

describe("the model that moved most", () => {
  const most = (after: readonly number[]) => {
    const [movement] = movementsOf(
      changes({ output_throughput: after.map(() => 100) }, { output_throughput: after }),
      "output_throughput",
    );
    return movement === undefined ? undefined : movedMost(movement)?.label;
  };
  test.each([
    ["is named where the others moved clearly less", [110, 130], "B"],
    ["is not where all moved about alike", [120, 125], undefined],
    ["is named in a collapse even so", [11, 12], "A"],
    ["is not named when it is the only one", [150], undefined],
  ])("%s", (_, after, expected) => {
    expect(most(after)).toBe(expected);
  });
});

describe("a collapse", () => {
  const of = (metric: string, to: number) =>
    collapseOf(metric, { model: "a", label: "A", from: 300, to, change: 0, size: 0, counts: true });
  test.each([
    ["is a throughput at half", "output_throughput", 150, 2],
    ["is a throughput at a third", "output_throughput", 100, 3],
    ["is no throughput above half", "output_throughput", 151, undefined],
    ["is no latency", "ttft_p50", 100, undefined],
  ])("%s", (_, metric, to, expected) => {
    expect(of(metric, to)).toBe(expected);
  });
});

describe("the tail of ITL", () => {
  const shape = (p50: readonly number[], p99: readonly number[]) =>
    tailShape(changes({ itl_p50: p50.map(() => 10), itl_p99: p99.map(() => 20) }, { itl_p50: p50, itl_p99: p99 }));
  test.each([
    [
      "is worse over a steady median",
      [10, 10.4],
      [30, 40],
      { kind: "steady-median", models: ["A", "B"], onEveryModel: true },
    ],
    [
      "runs ahead of a worse median",
      [12, 12],
      [60, 70],
      { kind: "ahead-of-median", models: ["A", "B"], onEveryModel: true },
    ],
    [
      "runs ahead on the models where it does",
      [12, 12],
      [60, 25],
      { kind: "ahead-of-median", models: ["A"], onEveryModel: false },
    ],
    ["says nothing where it grew like the median", [20, 20], [40, 42], undefined],
    ["says nothing where it grew by less than 25 % over a worse median", [10.6], [24.9], undefined],
    ["says nothing where it is no worse", [10, 10], [20, 15], undefined],
  ])("%s", (_, p50, p99, expected) => {
    expect(shape(p50, p99)).toEqual(expected);
  });
});

describe("a trade-off", () => {
  const before = { ttft_p50: [1000, 1000], itl_p50: [20, 20], output_throughput: [300, 300] };

  test("is TTFT better and ITL worse on every model, with how many requests decode at once", () => {
    const after = { ttft_p50: [500, 400], itl_p50: [40, 50], output_throughput: [400, 400] };
    const seen = tradeOffOf(changes(before, after));
    expect(names(seen?.itl ?? [])).toBe("AB");
    expect(seen?.decodingAtOnce).toEqual([
      { from: 6, to: 16 },
      { from: 6, to: 20 },
    ]);
  });

  test.each([
    ["one model waits as long as before", { ttft_p50: [500, 1000], itl_p50: [40, 50] }],
    ["one model decodes as fast as before", { ttft_p50: [500, 400], itl_p50: [40, 20] }],
    ["both got better", { ttft_p50: [500, 400], itl_p50: [10, 10] }],
  ])("is none where %s", (_, after) => {
    expect(tradeOffOf(changes(before, { ...after, output_throughput: [300, 300] }))).toBeUndefined();
  });

  test("is told once: not among what got worse again", () => {
    const after = { ttft_p50: [500, 400], itl_p50: [40, 50], output_throughput: [300, 300] };
    expect(headlineObservations(changes(before, after)).worse).toEqual([]);
  });
});

describe("a workload besides the headline's", () => {
  const seen = (before: Numbers, after: Numbers) =>
    otherObservations(changes(before, after))?.movements.map(
      ({ metrics, movers }) => `${metrics.join("+")} ${names(movers)}`,
    );

  test.each([
    ["is left out where nothing moved by 25 %", { output_throughput: [100] }, { output_throughput: [80] }, undefined],
    ["is told of a large change", { output_throughput: [100] }, { output_throughput: [70] }, ["output_throughput A"]],
    [
      "is told of a smaller change of throughput beside a large one of TTFT",
      { output_throughput: [100], ttft_p50: [100] },
      { output_throughput: [90], ttft_p50: [200] },
      ["output_throughput A", "ttft_p50 A"],
    ],
    [
      "is told of the ITL percentile that moved more",
      { itl_p50: [10], itl_p99: [20] },
      { itl_p50: [13], itl_p99: [60] },
      ["itl_p99 A"],
    ],
  ])("%s", (_, before, after, expected) => {
    expect(seen(before, after)).toEqual(expected);
  });

  test("is a regression on the models whose throughput fell by 25 % or more", () => {
    const { regressedOn } = otherObservations(
      changes({ output_throughput: [100, 100, 100] }, { output_throughput: [49, 85, 120] }),
    ) ?? { regressedOn: [] };
    expect(regressedOn).toEqual(["A"]);
  });

  test.each([
    ["the tail is what it is there to watch", ["itl_p95", "itl_p99"], "steady-median"],
    ["not elsewhere", ["ttft_p50"], undefined],
  ])("explains its tail where %s", (_, watches, kind) => {
    const after = workload({ itl_p50: [10], itl_p99: [60] }, { watches });
    expect(otherObservations(workloadChanges(workload({ itl_p50: [10], itl_p99: [20] }), after))?.tail?.kind).toBe(
      kind,
    );
  });

  test.each([
    ["more requests failed", 0, 2, 1],
    ["as many failed as before", 2, 2, undefined],
    ["fewer failed", 3, 2, undefined],
  ])("is told where %s, and only then", (_, before, after, expected) => {
    const seenFailures = otherObservations(
      workloadChanges(workload({ itl_p50: [10] }, { failed: before }), workload({ itl_p50: [10] }, { failed: after })),
    );
    expect(seenFailures === undefined ? undefined : 1).toBe(expected);
  });
});

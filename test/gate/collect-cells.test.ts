import { expect, test } from "@jest/globals";
import { withTrials } from "../../src/gate/collect-cells.ts";

const cell = { phase: "p", model: "m", workload: "w", scheduleHash: "sha256:0" };
const trial = (boot: string) => ({ boot });

test("trials of one cell are put together in their order, other cells left as they are", () => {
  const first = withTrials([], [{ cell, trial: trial("a") }]);
  const other = { ...cell, workload: "other" };
  const second = withTrials(first, [
    { cell: other, trial: trial("b") },
    { cell, trial: trial("c") },
  ]);
  expect(second).toEqual([
    { ...cell, trials: [{ boot: "a" }, { boot: "c" }] },
    { ...other, trials: [{ boot: "b" }] },
  ]);
  expect(first).toEqual([{ ...cell, trials: [{ boot: "a" }] }]);
});

test("the points of a sweep are cells of their own, whatever the order of their keys", () => {
  const at = (point: Readonly<Record<string, number>>) => ({ cell: { ...cell, point }, trial: trial("a") });
  const cells = withTrials(
    [],
    [at({ workers: 1, batch: 2 }), at({ workers: 1, batch: 4 }), at({ batch: 2, workers: 1 })],
  );
  expect(cells.map(({ trials }) => trials.length)).toEqual([2, 1]);
});

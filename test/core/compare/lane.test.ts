import { expect, test } from "@jest/globals";
import { laneDifferences, laneSentence } from "../../../src/core/compare/lane.ts";
import { cellOf } from "../../fakes/gate-data.ts";

const served = (args: string) => ({ cell: cellOf([], { server: { args } }), fingerprint: "f" });

test.each([
  ["--max-batch-size 8", "--max-batch-size 24", "`--max-batch-size` 8 → 24"],
  ["--batch=8 --x 1", "--x 1 --batch=24", "`--batch` 8 → 24"],
  ["", "--paged", "`--paged` (not given) → on"],
  ["--paged --n 1", "--n 1", "`--paged` on → (not given)"],
  ["--offset -1", "--offset -2", "`--offset` -1 → -2"],
  ["serve a", "serve b", "server arguments serve a → serve b"],
  ["--a 1 --b 2", "--b 2 --a 1", "server arguments --a 1 --b 2 → --b 2 --a 1"],
])("%j against %j: %s", (before, after, expected) => {
  const sentence = laneSentence(laneDifferences(served(before), served(after)));
  expect(sentence).toBe(`not comparable because ${expected}`);
});

test("all that differs is named", () => {
  const baseline = { cell: cellOf([], { scheduleHash: "1", server: { args: "--a 1" } }), fingerprint: "x" };
  const candidate = { cell: cellOf([], { scheduleHash: "2", server: { args: "--a 2" } }), fingerprint: "y" };
  expect(laneDifferences(baseline, candidate).map(({ what }) => what)).toEqual(["argument", "schedule", "environment"]);
});

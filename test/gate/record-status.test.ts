import { expect, test } from "@jest/globals";
import type { Cell, ResultsFile, Trial } from "../../src/core/model/results.ts";
import { recordStatus } from "../../src/gate/record-status.ts";

const trial = (requests: number, failed: number, valid = true): Trial => ({
  valid,
  counts: { requests, failed, outputTokens: 0, gaps: 0 },
});

function results(...cells: (readonly Trial[])[]): ResultsFile {
  const cell = (trials: readonly Trial[], index: number): Cell => ({
    phase: "p",
    model: "m",
    workload: `w${index}`,
    scheduleHash: "sha256:0",
    trials,
  });
  return {
    schema: "serving-gate/results@1",
    createdAt: "2026-11-22T00:00:00Z",
    environment: { fingerprint: "f" },
    status: "accepted",
    cells: cells.map(cell),
  };
}

test.each([
  ["accepted", "nine of ten requests are answered", results([trial(10, 1)])],
  ["rejected", "fewer are", results([trial(10, 2)])],
  ["rejected", "one cell of several is broken", results([trial(10, 0)], [trial(10, 10)])],
  ["accepted", "the trials together reach nine of ten", results([trial(10, 2), trial(10, 0)])],
  ["accepted", "the broken trial does not count", results([trial(10, 10, false), trial(10, 0)])],
  ["accepted", "nothing was counted", results([])],
  ["rejected", "the results say so themselves", { ...results([trial(10, 0)]), status: "rejected" as const }],
])("%s when %s", (status, _why, run) => {
  expect(recordStatus(run)).toBe(status);
});

import { describe, expect, test } from "@jest/globals";
import { shownValues } from "../../../src/core/compare/cell-sample.ts";
import { pairedSample } from "../../../src/core/compare/paired-sample.ts";
import type { Cell, Trial, TrialCounts } from "../../../src/core/model/results.ts";
import { armsOf, cellOf, trialOf } from "../../fakes/gate-data.ts";

type Arms = NonNullable<Cell["confirmation"]>;

/** Arms in turns whose ITL P50 is 10, 20, 30 … on the base's side and one more on the candidate's. */
function arms(pairs: number): Arms {
  const base = Array.from({ length: pairs }, (_, index) => 10 * (index + 1));
  return armsOf(
    "itl_p50",
    base,
    base.map((value) => value + 1),
  );
}

const sampleOf = (confirmation: Arms) => pairedSample(cellOf([], { confirmation }));

/** [pair, base, candidate]. */
function pairsOf(confirmation: Arms): readonly (readonly number[])[] {
  return (sampleOf(confirmation)?.pairs ?? []).map(({ index, base, candidate }) => [
    index,
    ...shownValues(base, "itl_p50"),
    ...shownValues(candidate, "itl_p50"),
  ]);
}

/** The n-th arm of a side (from 0) made another. */
function changed(confirmation: Arms, arm: "base" | "candidate", at: number, change: (trial: Trial) => Trial): Arms {
  let seen = -1;
  return confirmation.map((one) => {
    if (one.arm === arm) seen += 1;
    return one.arm === arm && seen === at ? { ...one, trial: change(one.trial) } : one;
  });
}

const isVoid = (trial: Trial): Trial => ({ ...trial, valid: false, invalidReason: "client late" });
const withCounts = (counts: Partial<TrialCounts>) => (trial: Trial) => isVoid(trialOf(trial.summary ?? {}, counts));

describe("pairs", () => {
  test("are made by index, in whatever order the arms ran", () => {
    const expected = [
      [0, 10, 11],
      [1, 20, 21],
      [2, 30, 31],
    ];
    expect(
      arms(3)
        .map(({ arm }) => arm[0])
        .join(""),
    ).toBe("bccbbc");
    expect(pairsOf(arms(3))).toEqual(expected);
    expect(pairsOf([...arms(3)].sort((a, b) => (a.arm < b.arm ? -1 : a.arm > b.arm ? 1 : 0)))).toEqual(expected);
  });

  test("have two arms: one that waits for its partner is not there yet", () => {
    expect(pairsOf(arms(4).slice(0, 7))).toHaveLength(3);
    expect(sampleOf(arms(4).slice(0, 7))?.ran).toBe(3);
    expect(sampleOf(arms(1).slice(0, 1))).toMatchObject({ pairs: [], ran: 0 });
  });

  test.each(["base", "candidate"] as const)("lose both arms where the %s arm died, and keep their numbers", (arm) => {
    const confirmation = changed(arms(3), arm, 1, isVoid);
    expect(pairsOf(confirmation)).toEqual([
      [0, 10, 11],
      [2, 30, 31],
    ]);
    expect(sampleOf(confirmation)?.ran).toBe(3);
  });

  test("that were served by an earlier pair's server start are no new evidence", () => {
    const booted = (boot: string) => (trial: Trial) => ({ ...trial, boot });
    let confirmation = changed(arms(3), "base", 0, booted("b"));
    confirmation = changed(confirmation, "base", 1, booted("b"));
    confirmation = changed(confirmation, "base", 2, booted("another"));
    expect(pairsOf(confirmation)).toEqual([
      [0, 10, 11],
      [2, 30, 31],
    ]);
  });

  test("are none where no arm ran", () => {
    expect(pairedSample(cellOf([]))).toBeUndefined();
    expect(pairedSample(cellOf([], { confirmation: [] }))).toBeUndefined();
  });
});

/** Every arm was asked 48 requests. */
describe("failures", () => {
  test("are counted on each side, over whole arms", () => {
    const confirmation = arms(2).map((one) =>
      one.arm === "base" ? one : { ...one, trial: trialOf(one.trial.summary ?? {}, { failed: 2 }) },
    );
    expect(sampleOf(confirmation)?.failures).toEqual({
      base: { failed: 0, total: 96 },
      candidate: { failed: 4, total: 96 },
    });
  });

  test("of a candidate arm that died are all that it was asked", () => {
    const died = changed(arms(3), "candidate", 1, withCounts({ requests: 48, failed: 48 }));
    expect(sampleOf(died)?.failures.candidate).toEqual({ failed: 48, total: 144 });
  });

  test("of a candidate arm that died before it was asked anything are as many as its others were asked", () => {
    const { summary: _summary, counts: _counts, ...bare } = trialOf({});
    const died = changed(arms(3), "candidate", 1, () => isVoid(bare));
    expect(sampleOf(died)?.failures.candidate).toEqual({ failed: 48, total: 144 });
  });

  test("of a candidate arm that lost its server half-way are all that it was asked", () => {
    const lost = { outcome: "error", scheduledMs: 0, sentMs: 0, endMs: 9, error: { kind: "connect" } } as const;
    const died = changed(arms(3), "candidate", 1, (trial) =>
      isVoid({ ...trial, requests: [lost], counts: { requests: 48, failed: 7, outputTokens: 1, gaps: 1 } }),
    );
    expect(sampleOf(died)?.failures.candidate).toEqual({ failed: 48, total: 144 });
  });

  test("of a candidate arm that is void for a late client are none", () => {
    const late = changed(arms(3), "candidate", 1, isVoid);
    expect(sampleOf(late)?.failures.candidate).toEqual({ failed: 0, total: 96 });
  });

  test("of a base arm that died are not held against the base", () => {
    const died = changed(arms(3), "base", 1, withCounts({ requests: 48, failed: 48 }));
    expect(sampleOf(died)?.failures.base).toEqual({ failed: 0, total: 96 });
  });
});

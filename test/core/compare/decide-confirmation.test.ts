import { describe, expect, test } from "@jest/globals";
import { type ConfirmationMember, decideConfirmation } from "../../../src/core/compare/decide-confirmation.ts";
import type { DraftRow, PairedLook } from "../../../src/core/compare/draft-row.ts";
import { estimateFromPairs } from "../../../src/core/compare/paired-estimate.ts";
import { metricById } from "../../../src/core/metrics/catalogue.ts";

/**
 * Differences of a location metric without a history, minimum effect 5 %, all pairs alike. Three pairs: se = 0.0095, nu = 5;
 * six: se = 0.0053, nu = 8. One test of three pairs is proven from 0.0434, cleared under 0.0297; of six cleared under 0.0389.
 */
function lookAt(differences: readonly number[]): PairedLook {
  return {
    estimate: estimateFromPairs({ differences, runs: [], priorSd: 0.015 }),
    baseline: 10,
    candidate: 10,
  };
}

function member(differences: readonly number[] = []): ConfirmationMember {
  const metric = metricById("itl_p50");
  if (metric === undefined) throw new Error("the catalogue has itl_p50");
  const row: DraftRow = {
    metric,
    gated: true,
    baselineRuns: 0,
    candidateTrials: 0,
    case: { kind: "settled", judgement: { finding: "inconclusive", reason: "noise" } },
  };
  if (differences.length === 0) return { row, ran: 0 };
  const looks = {
    ...(differences.length < 2 ? {} : { 1: lookAt(differences.slice(0, 3)) }),
    2: lookAt(differences),
  };
  return { row, ran: differences.length, timing: { minEffect: 0.05, isMember: true, looks, ran: differences.length } };
}

const pairs = (difference: number, count = 3) => Array<number>(count).fill(difference);

/** Which of the members a set holds. */
function among(members: readonly ConfirmationMember[], rows: ReadonlySet<DraftRow>): readonly number[] {
  return members.flatMap(({ row }, index) => (rows.has(row) ? [index] : []));
}

function decided(...members: readonly ConfirmationMember[]) {
  const outcome = decideConfirmation(members);
  return {
    look: outcome.look,
    familySize: outcome.familySize,
    looks: members.map(({ row }) => outcome.lookOf.get(row)),
    worse: members.map(({ row }) => outcome.adjusted.get(row)?.worse ?? Number.NaN),
    rejected: among(members, outcome.rejected),
    open: among(members, outcome.open),
    next: outcome.next === undefined ? undefined : { look: outcome.next.look, rows: among(members, outcome.next.rows) },
  };
}

const pOf = (differences: readonly number[]) => lookAt(differences).estimate.pWorse;

describe("the first look", () => {
  test("ends it where a loss is proven; what is still open stays open", () => {
    expect(decided(member(pairs(0.06)), member(pairs(0.035)))).toMatchObject({
      look: 1,
      looks: [1, 1],
      rejected: [0],
      open: [1],
      next: undefined,
    });
  });

  test("ends it where everything is cleared", () => {
    expect(decided(member(pairs(0.02)), member(pairs(-0.05)))).toMatchObject({
      look: 1,
      rejected: [],
      open: [],
      next: undefined,
    });
  });

  test("sees the first three pairs only, though more have run", () => {
    const outcome = decided(member([...pairs(0.06), ...pairs(-0.2)]));
    expect(outcome).toMatchObject({ look: 1, rejected: [0] });
    expect(outcome.worse[0]).toBe(pOf(pairs(0.06)));
  });

  test("may spend 0.3 %: p of 0.45 % goes on to the second", () => {
    expect(pOf(pairs(0.0392))).toBeCloseTo(0.0045, 3);
    expect(decided(member([...pairs(0.0392), ...pairs(0)])).look).toBe(2);
  });

  test("proves nothing of a loss under the floor of 3 %, or that two pairs of three show", () => {
    expect(decided(member(pairs(0.0295))).rejected).toEqual([]);
    const torn = [0.3, 0.3, -0.01];
    expect(decided(member([...torn, ...torn])).look).toBe(2);
  });
});

describe("the second look", () => {
  test("takes all pairs of what is open, and leaves what was cleared with its numbers of the first", () => {
    const outcome = decided(member(pairs(0.04, 6)), member([...pairs(0.01), ...pairs(0.5)]));
    expect(outcome).toMatchObject({ look: 2, looks: [2, 1], rejected: [0], open: [], familySize: 2 });
    // Two tests still: the cleared one holds its place with p = 1.
    expect(outcome.worse[0]).toBeCloseTo(2 * pOf(pairs(0.04, 6)), 14);
    // The smaller of 2 p and p of the first look: Holm never steps down.
    expect(outcome.worse[1]).toBeCloseTo(pOf(pairs(0.01)), 14);
  });

  test("clears what six pairs show to be small", () => {
    const outcome = decided(member([...pairs(0.031), ...pairs(0.01)]));
    expect(outcome).toMatchObject({ look: 2, rejected: [], open: [], next: undefined });
  });

  test("leaves open what is neither", () => {
    const torn = [0.1, -0.02, 0.1, -0.02, 0.1, -0.02];
    expect(decided(member(torn))).toMatchObject({ look: 2, rejected: [], open: [0], next: undefined });
  });
});

/** Index of the rows that want pairs, and the look that they are for. */
describe("what has to be measured next", () => {
  const next = (...members: readonly ConfirmationMember[]) => decided(...members).next;

  test("are the pairs of the second look, of the rows that are open", () => {
    expect(next(member(pairs(0.032)), member(pairs(0.01)))).toEqual({ look: 2, rows: [0] });
    expect(next(member(pairs(0.032, 5)))).toEqual({ look: 2, rows: [0] });
    expect(next(member(pairs(0.032, 6)))).toBeUndefined();
  });

  test("are they too where three pairs would only convince the second look", () => {
    // p = 0.45 %: over the 0.3 % of the first look, and the 0.7 % are for six pairs.
    expect(next(member(pairs(0.0392)))).toEqual({ look: 2, rows: [0] });
  });

  test("are first of all the three pairs of what has none", () => {
    expect(next(member(pairs(0.032)), member())).toEqual({ look: 1, rows: [1] });
    expect(next(member(pairs(0.032)), member(pairs(0.04, 2)))).toEqual({ look: 1, rows: [1] });
  });

  test("is nothing once six pairs of one row have proven its loss", () => {
    expect(next(member(pairs(0.042, 6)), member(pairs(0.032)))).toBeUndefined();
    expect(next(member(pairs(0.04, 2)), member(pairs(0.06)))).toBeUndefined();
  });
});

describe("a row that time did not reach", () => {
  test("counts as a test, with p = 1, and is not cleared", () => {
    const outcome = decided(member(pairs(0.06)), member());
    expect(outcome).toMatchObject({ familySize: 2, look: 1, rejected: [0], open: [1] });
    expect(outcome.worse).toEqual([2 * pOf(pairs(0.06)), 1]);
  });

  test("can keep another from being proven", () => {
    // p = 0.18 % alone, 0.36 % of two; with three more pairs at 0 its mean is under the floor.
    const seen = [...pairs(0.05), ...pairs(0)];
    expect(decided(member(seen)).rejected).toEqual([0]);
    expect(decided(member(seen), member()).rejected).toEqual([]);
  });
});

test("where nothing was screened nothing is open", () => {
  expect(decided()).toEqual({ look: 1, familySize: 1, looks: [], worse: [], rejected: [], open: [], next: undefined });
});

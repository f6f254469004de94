import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseWaivers } from "../../../src/core/config/waivers.ts";
import type { ComparedCell, Comparison, MetricRow } from "../../../src/core/model/comparison.ts";
import { problemLines } from "../../../src/core/model/gate-error.ts";
import type { CellKey } from "../../../src/core/model/results.ts";
import type { Waiver } from "../../../src/core/model/waiver.ts";
import { codeBlock } from "../../../src/core/report/markdown.ts";
import { waiverRows } from "../../../src/core/report/waiver-row.ts";

const key: CellKey = { phase: "paged", model: "Qwen/Qwen3-4B", workload: "chunked_prefill" };
const createdAt = "2026-11-22T10:00:00Z";

function regressed(extra: Partial<MetricRow> = {}): MetricRow {
  return {
    ...{ metric: "itl_p99", gated: true, finding: "regressed", reason: "significant", stage: "history" },
    ...{ baseline: 100, candidate: 110, change: 0.1, baselineRuns: 10, candidateTrials: 3, warnings: [] },
    ...extra,
  };
}

function comparisonOf(cells: readonly ComparedCell[]): Comparison {
  return {
    ...{ schema: "serving-gate/comparison@1", verdict: "fail", exitReason: "regression", reason: "" },
    ...{ baselineRuns: 10, cells, warnings: [] },
  };
}

function rowsOf(rows: readonly MetricRow[], cell: CellKey = key, at = createdAt): string {
  return waiverRows(comparisonOf([{ ...cell, metrics: rows }]), { createdAt: at });
}

/** As a person would fill them in. */
function filledIn(text: string): readonly Waiver[] {
  const whole = text.replaceAll(/issue: …, reason: … \}$/gm, 'issue: "#7", reason: agreed }');
  const result = parseWaivers(whole, { file: "waivers.yml" });
  if (!result.ok) throw new Error(`${problemLines("config", result.problems)}\n${whole}`);
  return result.waivers;
}

test("a regression becomes a row that lacks but the issue and the reason", () => {
  expect(rowsOf([regressed()], { ...key, point: { concurrency: 8, sampler: "top_k=50" } })).toBe(
    '- { cell: { phase: paged, model: Qwen/Qwen3-4B, workload: chunked_prefill, point: { concurrency: 8, sampler: "top_k=50" } }, metric: itl_p99, ceiling: 10%, expires: 2026-12-22, issue: …, reason: … }\n',
  );
});

test("the file is refused until a person has filled the row in", () => {
  const result = parseWaivers(rowsOf([regressed()]), { file: "waivers.yml" });
  expect(result.ok ? [] : result.problems.map(({ path }) => path)).toEqual(["waivers[0].issue", "waivers[0].reason"]);
  expect(filledIn(rowsOf([regressed()]))).toEqual([
    { cell: key, metric: "itl_p99", ceiling: 0.1, expires: "2026-12-22", issue: "#7", reason: "agreed" },
  ]);
});

test.each<[string, Partial<MetricRow>]>([
  ["improved", { finding: "improved", change: -0.1 }],
  ["not proven", { finding: "inconclusive", reason: "suspicious" }],
  ["reported only", { gated: false }],
  ["accepted already", { waiver: { ceiling: 0.2, expires: "2027-01-01", issue: "#1", reason: "agreed" } }],
  ["inherited from main", { inherited: { since: "abc1234" } }],
])("a row that is %s needs no waiver", (_what, extra) => {
  expect(rowsOf([regressed(extra)])).toBe("");
});

test("every blocking regression has a line, in the order of the comparison", () => {
  const cells = [
    { ...key, metrics: [regressed({ metric: "itl_p50" }), regressed()] },
    { ...key, workload: "baseline", metrics: [regressed()] },
  ];
  const waivers = filledIn(waiverRows(comparisonOf(cells), { createdAt }));
  expect(waivers.map(({ cell, metric }) => [cell.workload, metric])).toEqual([
    ["chunked_prefill", "itl_p50"],
    ["chunked_prefill", "itl_p99"],
    ["baseline", "itl_p99"],
  ]);
});

describe("the ceiling", () => {
  const interval = (low: number, high: number) => ({ interval: { low, high, confidence: 0.9 } });
  test.each<[string, string, Partial<MetricRow>]>([
    ["10%", "the loss itself", { change: 0.1 }],
    ["7%", "a whole percent as it is, whatever binary makes of it", { change: 0.07 }],
    ["11%", "rounded up", { change: 0.1000001 }],
    ["1%", "at least one percent", { change: 0.0001 }],
    ["16%", "the worse end of the interval", { change: 0.1, ...interval(0.05, 0.152) }],
    ["13%", "of a throughput the lower end", { metric: "output_throughput", change: -0.1, ...interval(-0.13, -0.07) }],
    ["10%", "of a throughput its fall", { metric: "output_throughput", change: -0.1 }],
    ["250%", "above 100% too", { change: 2.5 }],
    ["100%", "all there was", { metric: "goodput", change: -1, candidate: 0 }],
    [
      "200%",
      "of an error rate how many times it rose",
      { metric: "error_rate", baseline: 0.01, candidate: 0.03, change: 2 },
    ],
  ])("is %s: %s", (percent, _why, extra) => {
    expect(rowsOf([regressed(extra)])).toContain(`, ceiling: ${percent}, `);
  });

  test.each<[string, MetricRow]>([
    ["failures after none", { ...withoutChange(), metric: "error_rate", baseline: 0, candidate: 0.1 }],
    ["failures as before", regressed({ metric: "error_rate", baseline: 1, candidate: 1, change: 0 })],
    ["failures where there was no baseline", { ...withoutChange(), metric: "error_rate", candidate: 1 }],
    ["a loss beyond what the file takes", regressed({ change: 101, candidate: 10_200 })],
  ])("cannot be told of %s, so there is no row", (_what, row) => {
    expect(rowsOf([row])).toBe("");
  });

  function withoutChange(): MetricRow {
    const { change: _, baseline: __, candidate: ___, ...row } = regressed();
    return row;
  }
});

test.each([
  ["2026-11-22T23:59:59Z", "2026-12-22"],
  ["2026-11-22T23:59:59-03:00", "2026-12-23"],
  ["2028-01-31T00:00:00Z", "2028-03-01"],
])("a run of %s is accepted until %s, thirty days on in UTC", (at, day) => {
  expect(rowsOf([regressed()], key, at)).toContain(`, expires: ${day}, `);
});

test("the days may be others", () => {
  const text = waiverRows(comparisonOf([{ ...key, metrics: [regressed()] }]), { createdAt, lifetimeDays: 7 });
  expect(text).toContain("expires: 2026-11-29,");
});

test.each([
  ['"null"', "null"],
  ['"No"', "No"],
  ['"8"', "8"],
  ['"1e3"', "1e3"],
  ['"- x"', "- x"],
  ['"a: b"', "a: b"],
  ['"a #b"', "a #b"],
  ['"Фаза 5"', "Фаза 5"],
  ['"say \\"hi\\""', 'say "hi"'],
  ['"a\\nb }, metric: x"', "a\nb }, metric: x"],
  ['"a\\u202eb"', "a\u202eb"],
  ['"\\u005bx]"', "[x]"],
  ["meta-llama/Llama-3.2-3B", "meta-llama/Llama-3.2-3B"],
])("a name is written %s", (written, name) => {
  expect(rowsOf([regressed()], { ...key, model: name })).toContain(`model: ${written}, `);
});

test("a name that the file could not hold has no row", () => {
  expect(rowsOf([regressed()], { ...key, model: " " })).toBe("");
  expect(rowsOf([regressed()], { ...key, phase: "a\0" })).toBe("");
});

test("a metric that the file would refuse has no row", () => {
  expect(rowsOf([regressed({ metric: "x }, reason: y" })])).toBe("");
});

describe("whatever the names hold", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(..."{}[]:,#&*!|>'\"%@`-?\\ \n\r\t\u0085\u2028\uFEFF\u202E…~.x".split("")) }),
    fc.constantFrom("null", "true", "0x10", ".inf", "<<", "__proto__", "constructor", "2026-01-01", "---", "..."),
    fc.string({ unit: fc.constantFrom("\uD800", "\uDC00", "{", "a") }),
  );
  const name = hostile.filter((text) => text.trim() !== "" && !text.includes("\0"));
  const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
  const point = fc.dictionary(hostile, fc.oneof(hostile, number), { minKeys: 1, maxKeys: 5, noNullPrototype: true });
  const cell = fc.record(
    { phase: name, model: name, workload: name, point },
    { requiredKeys: ["phase", "model", "workload"] },
  );
  const change = fc.double({ min: 1e-6, max: 99, noNaN: true });
  const cells = fc.uniqueArray(fc.tuple(cell, change), {
    minLength: 1,
    maxLength: 10,
    selector: ([one]) => JSON.stringify(one),
  });

  test("the rows read back as the same cells, metrics, ceilings and days", () => {
    fc.assert(
      fc.property(cells, (subjects) => {
        const compared = subjects.map(([one, worse]) => ({ ...one, metrics: [regressed({ change: worse })] }));
        const text = waiverRows(comparisonOf(compared), { createdAt });
        const read = filledIn(text);
        expect(read.map((waiver) => sorted(waiver.cell))).toEqual(subjects.map(([one]) => sorted(one)));
        for (const [index, waiver] of read.entries()) {
          const worse = subjects[index]?.[1] ?? 0;
          expect(waiver).toMatchObject({ metric: "itl_p99", expires: "2026-12-22" });
          expect(waiver.ceiling).toBeGreaterThanOrEqual(worse);
          expect(waiver.ceiling).toBeLessThan(worse + 0.01 + 1e-12);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("a code block of the report takes nothing out of them", () => {
    fc.assert(
      fc.property(cell, (one) => {
        const text = rowsOf([regressed()], one);
        fc.pre(text.length < 4000);
        expect(codeBlock(text, "yaml")).toContain(text);
      }),
    );
  });

  function sorted({ phase, model, workload, point: parameters = {} }: CellKey): string {
    const entries = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify([phase, model, workload, entries]);
  }
});

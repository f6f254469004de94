import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { metricById, metricCatalogue } from "../../../src/core/metrics/catalogue.ts";
import { gatingOf } from "../../../src/core/metrics/gating-classes.ts";

const page = readFileSync(new URL("../../../docs/metrics.md", import.meta.url), "utf8");

test.each(metricCatalogue.map(({ id, unit, better }) => [id, unit, better]))(
  "docs/metrics.md has a row for %s with its unit and direction",
  (id, unit, better) => {
    const row = page.split("\n").find((line) => line.startsWith("|") && line.includes(`\`${id}\``));
    expect(row).toContain(`| ${unit} |`);
    expect(row).toContain(`| ${better} |`);
  },
);

test("docs/metrics.md names no metric that there is not", () => {
  const named = page
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/`([a-z0-9_]+)`/g)].map(([, id]) => id ?? ""));
  expect(named.filter((id) => metricById(id) === undefined)).toEqual([]);
});

test("ids are unique, and every gating class belongs to one", () => {
  expect(new Set(metricCatalogue.map(({ id }) => id)).size).toBe(metricCatalogue.length);
  expect(Object.keys(gatingOf).filter((id) => metricById(id)?.gating === undefined)).toEqual([]);
});

test.each([
  ["output_throughput", 1, 0.02, true],
  ["itl_p50", 1, 0.02, true],
  ["e2e_p50", 1, 0.02, true],
  ["itl_p95", 2, 0.04, false],
  ["ttft_p50", 2, 0.06, false],
  ["ttft_mean", 2, 0.06, false],
  ["itl_p99", 4, 0.1, false],
  ["ttft_p95", 4, 0.1, false],
  ["e2e_p95", 4, 0.1, false],
  ["ttft_p99", 4, 0.12, false],
  ["tpot_p99", 4, 0.12, false],
])("%s is judged with factor %d and prior %d", (id, factor, priorSd, location) => {
  expect(metricById(id)?.gating).toMatchObject({ kind: "timing", factor, priorSd, location });
});

test.each([
  "response_ttft_p99",
  "response_e2e_p50",
  "queue_delay_p99",
  "stall_max",
  "tokens_per_chunk",
  "llmperf_itl",
  "makespan",
  "itl_std",
])("%s is reported only", (id) => {
  expect(metricById(id)?.gating).toBeUndefined();
});

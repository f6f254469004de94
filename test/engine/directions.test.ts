/** What each feature of a server does to its headline workload, as serving logs of real engines show it. */
import { expect, test } from "@jest/globals";
import { headlineWorkloads, type SimulatedRequest, type SimulatedResult, simulate } from "./drive-simulation.ts";

const CLEARLY = 0.03;
const paged = { kvCache: "paged", maxBatchSize: 24 } as const;

test("continuous batching answers sooner and makes more tokens, and prefills interrupt decoding", () => {
  const requests = headlineWorkloads.continuous_batching();
  const change = compare(simulate(requests, { batching: "static" }), simulate(requests));
  expect(change.ttftP50).toBeLessThan(-CLEARLY);
  expect(change.itlP99).toBeGreaterThan(CLEARLY);
  expect(change.throughput).toBeGreaterThan(CLEARLY);
});

test("paging runs more sequences at once, each of them slower", () => {
  const requests = headlineWorkloads.paged_attention();
  const change = compare(simulate(requests), simulate(requests, paged));
  expect(change.throughput).toBeGreaterThan(CLEARLY);
  expect(change.ttftP50).toBeLessThan(-CLEARLY);
  expect(change.itlP50).toBeGreaterThan(CLEARLY);
});

test.each([
  ["contiguous", {}],
  ["paged", paged],
])("chunked prefill shortens the pauses that long prompts cause, %s", (_name, base) => {
  const requests = headlineWorkloads.chunked_prefill();
  const change = compare(simulate(requests, base), simulate(requests, { ...base, chunkedPrefill: true }));
  expect(change.itlP99).toBeLessThan(-CLEARLY);
});

test.each([
  ["contiguous", {}],
  ["paged", paged],
  ["paged, with chunked prefill", { ...paged, chunkedPrefill: true }],
])("prefix caching answers sooner where prompts begin alike, %s", (_name, base) => {
  const requests = headlineWorkloads.prefix_caching();
  const without = simulate(withoutHashes(requests), base);
  const change = compare(without, simulate(requests, { ...base, prefixCaching: true }));
  expect(change.ttftP50).toBeLessThan(-CLEARLY);
});

test.each(
  (["static", "continuous"] as const).flatMap((batching) =>
    (["contiguous", "paged"] as const).flatMap((kvCache) =>
      [false, true].map((chunkedPrefill) => ({ batching, kvCache, chunkedPrefill })),
    ),
  ),
)("every request gets exactly the tokens it asked for: %j", (options) => {
  const requests = headlineWorkloads.chunked_prefill();
  const asked = requests.map(({ maxTokens }) => maxTokens);
  expect(simulate(requests, options).tokensOf).toEqual(asked);
  expect(simulate(requests, { ...options, kvTokens: 4096 }).tokensOf).toEqual(asked);
});

test("the same seed gives the same run, another seed nearly the same", () => {
  const requests = headlineWorkloads.continuous_batching();
  const first = simulate(requests);
  expect(simulate(requests)).toEqual(first);
  const other = compare(first, simulate(requests, { seed: 7 }));
  expect(other.throughput).not.toBe(0);
  expect(Math.abs(other.throughput)).toBeLessThan(0.01);
});

/** Latencies of one request alone, in ms, that the simulated GPU is meant to resemble. */
test("the default costs resemble a 3B model on a 16 GB card", () => {
  const one = simulate([{ arrivedAtMs: 0, promptTokens: 256, maxTokens: 256 }]);
  expect(one.itlP50).toBeCloseTo(11, 0);
  expect(one.ttftP50).toBeCloseTo(34, 0);
  expect(one.e2eP50 / 1000).toBeCloseTo(2.83, 1);
  const eight = simulate(Array.from({ length: 8 }, () => ({ arrivedAtMs: 0, promptTokens: 256, maxTokens: 128 })));
  expect(eight.itlP50).toBeGreaterThan(17);
  expect(eight.itlP50).toBeLessThan(21);
});

function withoutHashes(requests: readonly SimulatedRequest[]): readonly SimulatedRequest[] {
  return requests.map((request) => ({ ...request, blockHashes: [] }));
}

function compare(
  before: SimulatedResult,
  after: SimulatedResult,
): Record<"throughput" | "ttftP50" | "itlP50" | "itlP99", number> {
  const change = (key: "throughput" | "ttftP50" | "itlP50" | "itlP99"): number => after[key] / before[key] - 1;
  return {
    throughput: change("throughput"),
    ttftP50: change("ttftP50"),
    itlP50: change("itlP50"),
    itlP99: change("itlP99"),
  };
}

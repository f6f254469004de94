import { describe, expect, test } from "@jest/globals";
import type { Schedule, Workload } from "../../../src/core/model/workload.ts";
import { builtInWorkloads } from "../../../src/core/workload/built-in.ts";
import { longestRequestTokens } from "../../../src/core/workload/longest.ts";
import { drawSchedule } from "../../../src/core/workload/schedule.ts";

const [baseline, continuousBatching, , chunkedPrefill, prefixCaching] = builtInWorkloads as [
  ...[Workload, Workload, Workload, Workload, Workload],
];

test("the built-in schedules are the same on every machine, forever", () => {
  expect(builtInWorkloads.map((workload) => [workload.name, drawSchedule(workload).hash])).toEqual([
    ["baseline", "sha256:fa7e2fe336afa257241d1e67af57ecc35d7605ce7f62ed2668cfb4dc0f9854f2"],
    ["continuous_batching", "sha256:29e2aba10605ead7aedd7b80847ac4109903603b6750c5f0dbf4cdc02db30125"],
    ["paged_attention", "sha256:dcef94cfbaeef083ba11a3bf724609e587f39149d67c86e90a418fc8c12e76f5"],
    ["chunked_prefill", "sha256:61a936b28d403a9fc8241f9ed3433eb111dfab4a24b9aff9f2c1aa0931cd99b6"],
    ["prefix_caching", "sha256:18fe616fdc7f252686264738d03498ea31d6d9527ca054e6a5f21f868240a05c"],
  ]);
});

test("requests have times in open loops and none in closed ones; warm-up never has", () => {
  expect(
    drawSchedule(continuousBatching)
      .requests.map(({ atMs }) => atMs)
      .slice(0, 3),
  ).toEqual([0, 250, 500]);
  const closed = drawSchedule(baseline);
  expect([...closed.requests, ...closed.warmup].every((request) => !("atMs" in request))).toBe(true);
  expect(drawSchedule(continuousBatching).warmup.every((request) => !("atMs" in request))).toBe(true);
});

test("warm-up has the shape of the measurement and other prompts", () => {
  for (const workload of builtInWorkloads) {
    const { requests, warmup } = drawSchedule(workload);
    expect(warmup).toHaveLength(2);
    const seeds = new Set([...requests, ...warmup].map(({ promptSeed }) => promptSeed));
    expect(seeds.size).toBe(requests.length + warmup.length);
  }
  // Both shapes of the mix are warmed up.
  const lengths = drawSchedule(chunkedPrefill).warmup.map(({ promptTokens }) => promptTokens);
  expect(Math.min(...lengths)).toBeLessThanOrEqual(128);
  expect(Math.max(...lengths)).toBeGreaterThanOrEqual(1024);
});

test("fewer requests or another arrival process leave the other draws alone", () => {
  const whole = drawSchedule(continuousBatching);
  const lengths = ({ requests }: Schedule) =>
    requests.map(({ promptTokens, outputTokens }) => [promptTokens, outputTokens]);
  const short = drawSchedule({ ...continuousBatching, requests: 5 });
  expect(lengths(short)).toEqual(lengths(whole).slice(0, 5));
  const burst = drawSchedule({ ...continuousBatching, arrivals: { process: "burst" } });
  expect(lengths(burst)).toEqual(lengths(whole));
});

describe("the hash", () => {
  const { hash } = drawSchedule(continuousBatching);
  test.each([
    ["the seed", { seed: 43 }],
    ["a rate", { arrivals: { process: "uniform", rate: 4.001 } }],
    ["the process", { arrivals: { process: "burst" } }],
    ["the number of requests", { requests: 31 }],
    ["the warm-up", { warmup: 1 }],
    ["prompt lengths", { promptTokens: { kind: "fixed", tokens: 64 } }],
    ["output lengths", { outputTokens: { kind: "fixed", tokens: 64 } }],
    ["a shared prefix", { sharedPrefixTokens: 64 }],
    ["sampling", { sampling: { temperature: 0.1 } }],
  ] satisfies [string, Partial<Workload>][])("changes with %s", (_what, change) => {
    expect(drawSchedule({ ...continuousBatching, ...change }).hash).not.toBe(hash);
  });

  test("does not change with names, SLOs or the order of keys", () => {
    const sampling = { temperature: 0, top_p: 1 };
    const same = { ...continuousBatching, name: "other", title: "Other", purpose: "", slo: { ttftMs: 1 } };
    expect(drawSchedule(same).hash).toBe(hash);
    expect(drawSchedule({ ...same, sampling }).hash).toBe(
      drawSchedule({ ...same, sampling: { top_p: 1, temperature: 0 } }).hash,
    );
  });

  test("tells a closed loop of one from a closed loop of two", () => {
    const closed = (concurrency: number) =>
      drawSchedule({ ...baseline, arrivals: { process: "concurrency", concurrency } }).hash;
    expect(closed(1)).not.toBe(closed(2));
  });
});

test("the longest request counts its shared prefix and its answer", () => {
  expect(longestRequestTokens(baseline, drawSchedule(baseline))).toEqual({ promptTokens: 256, outputTokens: 256 });
  const schedule = drawSchedule(prefixCaching);
  const longest = Math.max(...[...schedule.requests, ...schedule.warmup].map(({ promptTokens }) => promptTokens));
  expect(longestRequestTokens(prefixCaching, schedule)).toEqual({ promptTokens: 1024 + longest, outputTokens: 256 });
});

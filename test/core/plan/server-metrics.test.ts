import { expect, test } from "@jest/globals";
import { serverMetrics } from "../../../src/core/plan/server-metrics.ts";

test.each([
  [
    "a counter is told by its difference",
    { "vllm:prompt_tokens_total": 10 },
    { "vllm:prompt_tokens_total": 25.5 },
    15.5,
  ],
  ["a counter that did not move is 0", { n_decode_total: 4 }, { n_decode_total: 4 }, 0],
  ["a gauge is told as it stands", { "sglang:cache_hit_rate": 0.2 }, { "sglang:cache_hit_rate": 0.5 }, 0.5],
])("%s", (_what, before, after, value) => {
  expect(Object.values(serverMetrics(before, after))).toEqual([value]);
});

test.each([
  [
    "that fell because the server was started anew",
    { "vllm:prompt_tokens_total": 10 },
    { "vllm:prompt_tokens_total": 1 },
  ],
  ["that was not there before", {}, { "vllm:prompt_tokens_total": 1 }],
  ["that nobody asks for", { python_gc_objects_total: 1 }, { python_gc_objects_total: 5 }],
])("a counter %s is absent", (_what, before, after) => {
  expect(serverMetrics(before, after)).toEqual({});
});

test("the hit rate is of the tokens looked up meanwhile, and absent where none were", () => {
  const before = { prefix_cache_queries: 100, prefix_cache_hits: 100 };
  expect(serverMetrics(before, { prefix_cache_queries: 300, prefix_cache_hits: 150 })).toEqual({
    prefix_cache_queries: 200,
    prefix_cache_hits: 50,
    prefix_cache_hit_rate: 0.25,
  });
  expect(serverMetrics(before, before)).toEqual({ prefix_cache_queries: 0, prefix_cache_hits: 0 });
});

test("a gauge that was sampled is told by its highest value, one that nobody saw is absent", () => {
  const samples = [
    { requests_waiting: 2, kv_cache_use: 0.5 },
    { requests_waiting: 7, kv_cache_use: 0.25 },
  ];
  expect(serverMetrics({ requests_waiting: 0 }, { requests_waiting: 0 }, samples)).toEqual({
    requests_waiting_max: 7,
    kv_cache_use_max: 0.5,
  });
});

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { metricById } from "../../../src/core/metrics/catalogue.ts";
import { summariseTrial } from "../../../src/core/metrics/summarise.ts";
import { withSummaries } from "../../../src/core/metrics/with-summaries.ts";
import type { ResultsFile } from "../../../src/core/model/results.ts";
import type { AnsweredTrace, FailedTrace, RequestTrace } from "../../../src/core/model/trace.ts";

/** Sent at `at`, first token 100 ms later, then the gaps. */
function answer(at: number, tokenGapsMs: readonly number[], extra: Partial<AnsweredTrace> = {}): AnsweredTrace {
  const lastTokenMs = at + 100 + tokenGapsMs.reduce((sum, gap) => sum + gap, 0);
  return {
    outcome: "ok",
    scheduledMs: at,
    sentMs: at,
    firstTokenMs: at + 100,
    lastTokenMs,
    endMs: lastTokenMs + 1,
    outputTokens: tokenGapsMs.length + 1,
    tokenGapsMs,
    ...extra,
  };
}

const failure: FailedTrace = {
  outcome: "error",
  scheduledMs: 0,
  sentMs: 3,
  endMs: 900,
  error: { kind: "http", status: 500 },
};

describe("a trial of two requests, worked by hand", () => {
  // First: sent 0, tokens at 100, 110, 130, 160. Second: sent 50, tokens at 150, 190, 200. Span 0 to 200 ms, 7 tokens.
  const { summary, counts } = summariseTrial([answer(0, [10, 20, 30]), answer(50, [40, 10])]);

  test.each([
    ["output_throughput", 35],
    ["request_throughput", 10],
    ["makespan", 0.2],
    ["time_per_request", 0.1],
    ["output_tokens", 7],
    ["tokens_per_chunk", 1],
    ["ttft_p50", 100],
    ["ttft_std", 0],
    // ITL of all tokens: 10, 10, 20, 30, 40.
    ["itl_p50", 20],
    ["itl_mean", 22],
    ["itl_p95", 38],
    ["itl_std", Math.sqrt(170)],
    ["stall_max", 40],
    // TPOT: 60 / 3 and 50 / 2.
    ["tpot_p50", 22.5],
    ["tpot_mean", 22.5],
    ["decode_rate_mean", 45],
    // E2E: 160 and 150.
    ["e2e_p50", 155],
    ["e2e_p95", 159.5],
    // 4 tokens in 160 ms, 3 in 150 ms.
    ["request_output_speed_mean", 22.5],
    // E2E a chunk: 160 / 4 and 150 / 3.
    ["llmperf_itl", 45],
    ["error_rate", 0],
    ["queue_delay_p99", 0],
  ])("%s is %d", (metric, expected) => {
    expect(summary[metric]).toBeCloseTo(expected, 9);
  });

  test("counts requests, failures, tokens and inter-token latencies", () => {
    expect(counts).toEqual({ requests: 2, failed: 0, outputTokens: 7, gaps: 5 });
  });

  test("has no goodput without objectives and no mismatch rate", () => {
    expect(summary).not.toHaveProperty("goodput");
    expect(summary).not.toHaveProperty("mismatch_rate");
  });

  test("names only metrics of the catalogue", () => {
    expect(Object.keys(summary).filter((id) => metricById(id) === undefined)).toEqual([]);
  });
});

describe("response times, from the moment the schedule wanted a request sent", () => {
  const waited = (scheduledMs: number, at: number) => answer(at, [10, 20, 30], { scheduledMs });
  const ids = ["response_ttft", "response_e2e"].flatMap((family) => ["p50", "p95", "p99"].map((p) => `${family}_${p}`));

  test("are the service times where nothing waited", () => {
    const { summary } = summariseTrial([answer(0, [10, 20]), answer(50, [40, 10]), answer(90, [5, 5, 5])]);
    expect(ids.map((id) => summary[id])).toEqual(ids.map((id) => summary[id.replace("response_", "")]));
  });

  test("hold the wait before the send, which the service times do not", () => {
    // TTFT 100 and E2E 160 each; the second waited 300 ms for its send.
    const { summary } = summariseTrial([waited(0, 0), waited(0, 300)]);
    expect(summary).toMatchObject({ ttft_p50: 100, e2e_p50: 160, response_ttft_p50: 250, response_e2e_p50: 310 });
    expect(summary["response_ttft_p95"]).toBeCloseTo(385, 9);
    expect(summary["response_e2e_p99"]).toBeCloseTo(457, 9);
  });
});

describe("chunks that bear several tokens", () => {
  // 2 tokens at 100, then 4 tokens after 40 ms, 1 token after 20 ms: 7 tokens in 3 chunks.
  const { summary, counts } = summariseTrial([answer(0, [40, 20], { outputTokens: 7, tokensPerChunk: [2, 4, 1] })]);

  test("an inter-token latency is the gap by the tokens of its chunk, once for each", () => {
    // 10, 10, 10, 10, 20.
    expect(counts.gaps).toBe(5);
    expect(summary["itl_p50"]).toBe(10);
    expect(summary["itl_mean"]).toBe(12);
  });

  test("a stall is what the reader waited, undivided", () => {
    expect(summary["stall_max"]).toBe(40);
  });

  test("TPOT leaves out the tokens of the first chunk", () => {
    expect(summary["tpot_mean"]).toBe(12);
  });

  test("tokens a chunk come from the usage, told by the server or not", () => {
    expect(summary["tokens_per_chunk"]).toBeCloseTo(7 / 3, 11);
    const untold = summariseTrial([answer(0, [40, 20], { outputTokens: 7 })]).summary;
    expect(untold["tokens_per_chunk"]).toBeCloseTo(7 / 3, 11);
    expect(untold["itl_p50"]).toBe(30);
  });
});

describe("what cannot be computed is absent", () => {
  test("of no requests, everything", () => {
    expect(summariseTrial([])).toEqual({
      summary: {},
      counts: { requests: 0, failed: 0, outputTokens: 0, gaps: 0 },
    });
  });

  test("of failures alone, all but the error rate and the client's own lateness", () => {
    expect(summariseTrial([failure, failure]).summary).toEqual({ error_rate: 1, queue_delay_p99: 3 });
  });

  test("of an answer of one token, ITL and TPOT; its TTFT counts", () => {
    const { summary } = summariseTrial([answer(0, [])]);
    expect(summary).toMatchObject({ ttft_p50: 100, output_throughput: 10 });
    expect(Object.keys(summary).filter((id) => /^(itl|tpot|decode_rate|stall)/.test(id))).toEqual([]);
  });

  test("of an answer that came whole in one chunk, TPOT", () => {
    const { summary } = summariseTrial([answer(0, [], { outputTokens: 256 })]);
    expect(summary).not.toHaveProperty("tpot_p50");
    expect(summary["tokens_per_chunk"]).toBe(256);
  });

  test("of answers without recorded gaps, everything about chunks", () => {
    const { summary } = summariseTrial([answer(0, [], { outputTokens: 11, lastTokenMs: 300 })]);
    expect(summary["tpot_mean"]).toBe(20);
    expect(summary).not.toHaveProperty("tokens_per_chunk");
    expect(summary).not.toHaveProperty("llmperf_itl");
  });
});

describe("a request fails", () => {
  test.each<[string, RequestTrace]>([
    ["with an error", failure],
    ["with HTTP 200 and no token", answer(0, [], { outputTokens: 0 })],
    ["with a token before it was sent", answer(0, [10], { sentMs: 500 })],
    ["with a time that is no number", answer(0, [10], { lastTokenMs: Number.NaN })],
  ])("%s", (_why, request) => {
    const { summary, counts } = summariseTrial([answer(0, [10]), request]);
    expect(summary["error_rate"]).toBe(0.5);
    expect(counts).toMatchObject({ failed: 1, outputTokens: 2 });
  });
});

test("goodput counts the requests within every objective", () => {
  const requests = [answer(0, [10, 10]), answer(0, [30, 30]), answer(0, [], { firstTokenMs: 150, lastTokenMs: 150 })];
  const goodput = (slo: object) => summariseTrial(requests, { slo }).summary["goodput"];
  // Span 160 ms.
  expect(goodput({ itlMs: 20 })).toBeCloseTo(2 / 0.16, 9);
  expect(goodput({ ttftMs: 120 })).toBeCloseTo(2 / 0.16, 9);
  expect(goodput({ ttftMs: 120, itlMs: 20 })).toBeCloseTo(1 / 0.16, 9);
  expect(goodput({ e2eMs: 1 })).toBe(0);
});

test("summaries in a file are computed anew from its requests, and kept where it has none", () => {
  const results: ResultsFile = {
    schema: "serving-gate/results@1",
    createdAt: "2026-11-22T00:00:00Z",
    environment: { fingerprint: "f" },
    status: "accepted",
    workloads: [{ name: "w", slo: { ttftMs: 200 } }],
    cells: [
      {
        phase: "p",
        model: "m",
        workload: "w",
        scheduleHash: "h",
        trials: [{ requests: [answer(0, [10])], summary: { itl_p50: 999 } }, { summary: { itl_p50: 12 } }],
      },
    ],
  };
  const [anew, kept] = withSummaries(results).cells[0]?.trials ?? [];
  expect(anew?.summary).toMatchObject({ itl_p50: 10, goodput: expect.any(Number) });
  expect(anew?.counts?.requests).toBe(1);
  expect(kept).toEqual({ summary: { itl_p50: 12 } });
});

test("whatever the requests, every value is finite, and percentiles rise", () => {
  const request = fc.record({
    outcome: fc.constant("ok" as const),
    scheduledMs: fc.nat(1000),
    sentMs: fc.nat(1000),
    firstTokenMs: fc.nat(2000),
    lastTokenMs: fc.nat(3000),
    endMs: fc.nat(3000),
    outputTokens: fc.nat(20),
    tokenGapsMs: fc.array(fc.nat(100), { maxLength: 20 }),
  });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 30 }), (requests) => {
      const { summary, counts } = summariseTrial(requests);
      for (const value of Object.values(summary)) expect(Number.isFinite(value)).toBe(true);
      for (const family of ["ttft", "itl", "e2e"]) {
        const p50 = summary[`${family}_p50`];
        if (p50 === undefined) continue;
        expect(summary[`${family}_p99`]).toBeGreaterThanOrEqual(p50);
      }
      expect(counts.failed).toBeLessThanOrEqual(counts.requests);
    }),
  );
});

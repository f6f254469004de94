import { expect, test } from "@jest/globals";
import { type StepWork, simulatedGpu, stepCosts, stepMs } from "../../src/engine/gpu.ts";
import { noSlowdown } from "../../src/engine/slowdown.ts";

const costs = { weightsMs: 10, sequenceMs: 1, kvTokenMs: 0.001, prefillMs: 5, prefillTokenMs: 0.1 };
const decode: StepWork = { decodingSequences: 2, decodeKvTokens: 3000, prefillTokens: 0, prefillKvTokens: 0 };
const prefill: StepWork = { decodingSequences: 0, decodeKvTokens: 0, prefillTokens: 100, prefillKvTokens: 1000 };
const mixed: StepWork = { ...prefill, decodingSequences: 2, decodeKvTokens: 3000 };

test.each([
  ["decoding: weights, sequences, their KV", decode, 10 + 2 + 3],
  ["prefill: weights, a fixed part, tokens, the KV before them", prefill, 10 + 5 + 10 + 1],
  ["both: the weights are read once", mixed, 10 + 2 + 3 + 5 + 10 + 1],
])("a step costs %s", (_name, work, expectedMs) => {
  expect(stepMs(work, costs, noSlowdown)).toBeCloseTo(expectedMs, 9);
});

test.each([
  ["itl=20%", { itl: 0.2 }, 15 * 1.2 + 16],
  ["ttft=50%", { ttft: 0.5 }, 15 + 16 * 1.5],
  ["throughput=20%", { throughput: 0.2 }, 31 / 0.8],
])("the slowdown %s lengthens its share of a step", (_name, slowdown, expectedMs) => {
  expect(stepMs(mixed, costs, { ...noSlowdown, ...slowdown })).toBeCloseTo(expectedMs, 9);
});

test("the time scale multiplies every step, jitter included", () => {
  const settings = { costs: stepCosts.contiguous, slowdown: noSlowdown, seed: 42 };
  const [real, fast] = [simulatedGpu({ ...settings, timeScale: 1 }), simulatedGpu({ ...settings, timeScale: 0.1 })];
  for (const work of [decode, prefill, mixed]) expect(fast(work)).toBeCloseTo(real(work) / 10, 9);
});

test("jitter is 0.3 % around the cost", () => {
  const gpu = simulatedGpu({ costs, slowdown: noSlowdown, seed: 42, timeScale: 1 });
  const logs = Array.from({ length: 4000 }, () => Math.log(gpu(decode) / 15));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const deviation = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / logs.length);
  // Four standard errors: 0.003 / √4000 for the mean, 0.003 / √8000 for the deviation.
  expect(Math.abs(mean)).toBeLessThan(0.00019);
  expect(Math.abs(deviation - 0.003)).toBeLessThan(0.000135);
});

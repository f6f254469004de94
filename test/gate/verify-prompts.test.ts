import { describe, expect, test } from "@jest/globals";
import type { Workload } from "../../src/core/model/workload.ts";
import { builtInWorkloads } from "../../src/core/workload/built-in.ts";
import { drawSchedule } from "../../src/core/workload/schedule.ts";
import { type Calibrated, calibratePrompts } from "../../src/gate/calibrate-prompts.ts";
import type { GenerationRequest } from "../../src/gate/ports.ts";
import { verifyPrompts } from "../../src/gate/verify-prompts.ts";
import { workloadRequests } from "../../src/gate/workload-requests.ts";
import { type FakeAnswer, fakeClient } from "../fakes/fake-client.ts";
import { fakeClock } from "../fakes/fake-clock.ts";

const [baseline, , paged] = builtInWorkloads as [Workload, Workload, Workload];
const rough: Calibrated = { charsPerToken: 4, overheadTokens: 0, warnings: [] };

function stage(workload: Workload, answer: (request: GenerationRequest, index: number) => FakeAnswer) {
  const client = fakeClient(fakeClock(), answer);
  const planned = { workload, schedule: drawSchedule(workload), notes: [] };
  const calibration = { client, model: "m", signal: new AbortController().signal };
  const verified = (calibrated = rough) => verifyPrompts(planned, calibrated, calibration);
  return { client, planned, calibration, verified };
}
const counting = (count: (text: string) => number) => (request: GenerationRequest) => ({
  more: { promptTokens: Math.ceil(count(request.prompt)) },
});

test("asks six of the workload's own requests, one after the other, from each sixth of its lengths", async () => {
  const { client, planned, verified } = stage(paged, () => ({}));
  await verified();
  const lengths = planned.schedule.requests.map(({ promptTokens }) => promptTokens).sort((a, b) => a - b);
  const asked = client.asked.map(({ request }) => request.prompt.length / 4);
  for (const [sixth, length] of asked.entries()) expect(lengths.slice(8 * sixth, 8 * sixth + 8)).toContain(length);
  expect(asked).toHaveLength(6);
  expect(client.asked.every(({ request }) => request.maxTokens === 4 && request.exactLength)).toBe(true);
  expect(client.mostInFlight()).toBe(1);
});

test("asks all of a workload that has fewer", async () => {
  const { client, verified } = stage({ ...baseline, requests: 3 }, () => ({}));
  await verified();
  expect(client.asked).toHaveLength(3);
});

test("asks the same in every run, so that baseline and candidate get the same texts", async () => {
  const texts = async () => {
    const { client, verified } = stage(paged, () => ({}));
    await verified();
    return client.asked.map(({ request }) => request.prompt);
  };
  expect(await texts()).toEqual(await texts());
});

test.each([
  ["a text that is as dense as the calibration's", (chars: number) => chars / 4, 4],
  // 1 ÷ 1.0231 is 0.977, and 0.975 the nearest half.
  ["a denser text, to half a per cent", (chars: number) => (chars / 4) * 1.0231, 3.9],
  ["a thinner one", (chars: number) => (chars / 4) * 0.98, 4.08],
  // Half a token of 256 is 0.2 %, under half a step.
  ["nothing less than half a step", (chars: number) => chars / 4 - 0.5, 4],
])("corrects for %s", async (_what, count, charsPerToken) => {
  const { verified } = stage(
    baseline,
    counting((text) => count(text.length)),
  );
  expect((await verified()).charsPerToken).toBeCloseTo(charsPerToken, 2);
});

/** Words and punctuation are tokens, and single digits: nothing like a fixed number of characters. */
const wordTokens = (text: string) => text.match(/[A-Za-z]{1,6}|[^A-Za-z\s]/g)?.length ?? 0;
const template = 37;

describe("with a chat template, in a tokenizer of words and digits", () => {
  test.each(builtInWorkloads.map((workload) => [workload.name, workload] as const))(
    "the mean prompt of %s is within 1 % of the plan",
    async (_name, workload) => {
      const count = (text: string) => template + wordTokens(text);
      const { planned, calibration, verified } = stage(workload, counting(count));
      const calibrated = await calibratePrompts(calibration);
      const { charsPerToken, overheadTokens, warnings } = await verified(calibrated);
      const { requests } = workloadRequests({
        ...{ planned, model: "m", nonce: "847261950382", charsPerToken, overheadTokens },
      });
      const asked = requests.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
      const counted = requests.reduce((sum, { generation }) => sum + count(generation.prompt), 0);
      expect(Math.abs(counted / asked - 1)).toBeLessThan(0.01);
      expect(warnings).toEqual([]);
    },
  );
});

test.each([
  [
    "a failure",
    { error: { kind: "http", status: 400, message: "no" } } as FakeAnswer,
    "a calibration request failed (http 400 no)",
  ],
])("keeps the calibration and says so after %s", async (_what, answer, why) => {
  const { verified } = stage(paged, (_, index) => (index === 2 ? answer : {}));
  expect(await verified()).toEqual({
    ...rough,
    warnings: [`prompt lengths are calibrated, not verified: ${why}`],
  });
});

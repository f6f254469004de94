import { expect, test } from "@jest/globals";
import { calibratePrompts } from "../../src/gate/calibrate-prompts.ts";
import type { GenerationRequest } from "../../src/gate/ports.ts";
import { type FakeAnswer, fakeClient } from "../fakes/fake-client.ts";
import { fakeClock } from "../fakes/fake-clock.ts";

function calibrate(
  answer: (request: GenerationRequest, index: number) => FakeAnswer,
  signal = new AbortController().signal,
) {
  const client = fakeClient(fakeClock(), answer);
  return { client, calibrated: () => calibratePrompts({ client, model: "m", signal }) };
}
const counting = (count: (chars: number) => number) =>
  calibrate(({ prompt }) => ({ more: { promptTokens: Math.round(count(prompt.length)) } }));

test.each([
  ["4 characters a token", (chars: number) => chars / 4, 4, 0],
  ["a chat template of 40 tokens, which is no text", (chars: number) => 40 + chars / 4, 4, 40],
  ["an odd tokenizer, to a twentieth", (chars: number) => chars / 3.37, 3.35, 0],
  ["a byte tokenizer", (chars: number) => chars, 1, 0],
])("finds %s", async (_what, count, charsPerToken, overheadTokens) => {
  expect(await counting(count).calibrated()).toEqual({ charsPerToken, overheadTokens, warnings: [] });
});

test("a request that fails is asked again, so that the lengths do not hang on one failure", async () => {
  const { client, calibrated } = calibrate(({ prompt }, index) =>
    index < 2
      ? { error: { kind: "http", status: 500, message: "boom" } }
      : { more: { promptTokens: Math.round(prompt.length / 5) } },
  );
  expect(await calibrated()).toEqual({ charsPerToken: 5, overheadTokens: 0, warnings: [] });
  expect(client.asked.length).toBe(4);
});

test("a refusal is not asked again, and told", async () => {
  const refusal = { kind: "http", status: 401, message: "no key" } as const;
  const { client, calibrated } = calibrate(() => ({ error: refusal }));
  expect(await calibrated()).toMatchObject({ charsPerToken: 4, failure: refusal });
  expect(client.asked.length).toBe(1);
});

test("asks one request after the other, with prompts that begin unlike", async () => {
  const { client, calibrated } = counting((chars) => chars / 4);
  await calibrated();
  expect(client.mostInFlight()).toBe(1);
  expect(client.asked.map(({ request }) => [request.prompt.length, request.maxTokens, request.exactLength])).toEqual([
    [256, 4, true],
    [1536, 4, true],
  ]);
  const [short, long] = client.asked.map(({ request }) => request.prompt);
  expect(short?.[0]).not.toBe(long?.[0]);
});

test.each([
  [
    "fewer characters than a token can have",
    counting((chars) => chars * 2),
    "the server counts 512 tokens for 256 characters",
  ],
  [
    "more characters than a token can have",
    counting((chars) => chars / 50),
    "the server counts 5 tokens for 256 characters",
  ],
  ["the same count for both", counting(() => 9), "the server counts 9 tokens for 256 characters, 9 tokens for 1536"],
  [
    "a failure",
    calibrate(() => ({ error: { kind: "http", status: 500, message: "boom" } })),
    "a calibration request failed (http 500 boom)",
  ],
])("assumes 4 and says so after %s", async (_what, { calibrated }, why) => {
  const { charsPerToken, warnings } = await calibrated();
  expect(charsPerToken).toBe(4);
  expect(warnings).toEqual([expect.stringContaining(`prompt lengths are not calibrated: ${why}`)]);
});

test("assumes 4 where the server reports no usage", async () => {
  const { client } = counting((chars) => chars / 4);
  const silent: typeof client = {
    ...client,
    send: async (request, signal) => {
      const exchange = await client.send(request, signal);
      if (exchange.outcome === "error") return exchange;
      const { promptTokens: _promptTokens, ...rest } = exchange;
      return rest;
    },
  };
  const calibrated = await calibratePrompts({ client: silent, model: "m", signal: new AbortController().signal });
  expect(calibrated).toEqual({
    charsPerToken: 4,
    overheadTokens: 0,
    warnings: [
      "prompt lengths are not calibrated: the server does not report prompt_tokens; 4 characters a token are assumed",
    ],
  });
});

test("a cancelled run ends with the signal's reason", async () => {
  const cancel = new AbortController();
  const { calibrated } = calibrate(() => {
    queueMicrotask(() => cancel.abort(new Error("cancelled")));
    return { ttftMs: 3_600_000 };
  }, cancel.signal);
  await expect(calibrated()).rejects.toThrow("cancelled");
});

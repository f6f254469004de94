import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { ScheduledRequest, Workload } from "../../../src/core/model/workload.ts";
import { builtInWorkloads } from "../../../src/core/workload/built-in.ts";
import { promptText, requestNonce } from "../../../src/core/workload/prompt.ts";
import { drawSchedule } from "../../../src/core/workload/schedule.ts";

const trialNonce = "83920174";
const instruction = "\n\nContinue the text.";
const [baseline] = builtInWorkloads as [Workload];
const prefixCaching = builtInWorkloads[4] as Workload;

/** Prompts of every request, warm-up last, as the driver asks for them. */
function prompts(workload: Workload, charsPerToken = 4): { request: ScheduledRequest; text: string }[] {
  const schedule = drawSchedule(workload);
  const shared = workload.sharedPrefixTokens !== undefined;
  return [...schedule.requests, ...schedule.warmup].map((request, index) => {
    const warm = index >= schedule.requests.length;
    const nonce = shared ? requestNonce(trialNonce, warm ? 1 : 0) : requestNonce(trialNonce, index);
    return { request, text: promptText({ workload, schedule, request, nonce, charsPerToken }) };
  });
}

function sharedStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

describe.each(builtInWorkloads.map((workload) => [workload.name, workload] as const))("%s", (_name, workload) => {
  test("prompts are as long as was asked, at any number of characters a token", () => {
    for (const charsPerToken of [4, 3.37, 5.2]) {
      for (const { request, text } of prompts(workload, charsPerToken)) {
        const asked = ((workload.sharedPrefixTokens ?? 0) + request.promptTokens) * charsPerToken;
        expect(Math.abs(text.length - asked)).toBeLessThanOrEqual(1);
      }
    }
  });

  test("prompts begin with their nonce and end with the instruction", () => {
    for (const { text } of prompts(workload)) {
      expect(text).toMatch(/^\d{13}\n\n[A-Z]/);
      expect(text.endsWith(instruction)).toBe(true);
    }
  });

  test("no two requests share more than they are meant to", () => {
    const { requests } = drawSchedule(workload);
    const nonceLength = trialNonce.length + 5;
    const bodies = prompts(workload)
      .slice(0, requests.length)
      .map(({ text }) => text.slice(nonceLength));
    const meant = workload.sharedPrefixTokens === undefined ? 2 : workload.sharedPrefixTokens * 4 - nonceLength + 2;
    const longest = Math.max(...bodies.flatMap((a, i) => bodies.slice(i + 1).map((b) => sharedStart(a, b))));
    expect(longest).toBeGreaterThanOrEqual(meant);
    expect(longest).toBeLessThan(meant + 14);
  });

  test("texts are whole words, and no sentence comes twice in a prompt", () => {
    for (const { text } of prompts(workload)) {
      const body = text.slice(0, -instruction.length);
      expect(body).not.toMatch(/ {2}|\s$/);
      const ended = body.split(/(?<=[.?])\s+/).slice(0, -1);
      if (workload.sharedPrefixTokens === undefined) expect(new Set(ended).size).toBe(ended.length);
    }
  });
});

test("a shared prefix is the same to the character for all of a trial, and parts from another trial's at once", () => {
  const schedule = drawSchedule(prefixCaching);
  const text = (nonce: string, request: ScheduledRequest) =>
    promptText({ workload: prefixCaching, schedule, request, nonce, charsPerToken: 4 });
  const [first, second] = schedule.requests as [ScheduledRequest, ScheduledRequest];
  expect(sharedStart(text("12345678", first), text("12345678", second))).toBeGreaterThanOrEqual(4096);
  expect(sharedStart(text("12345678", first), text("92345678", first))).toBe(0);
});

test("however few tokens are asked for, a prompt has its nonce and a word", () => {
  const schedule = drawSchedule(baseline);
  for (const promptTokens of [1, 2, 3, 4, 5, 8, 12, 20]) {
    const request = { promptTokens, outputTokens: 1, promptSeed: 5 };
    const text = promptText({ workload: baseline, schedule, request, nonce: "1234567800000", charsPerToken: 4 });
    expect(text).toMatch(/^1234567800000\n\n[A-Za-z]/);
    expect(text.length).toBe(Math.max(16, promptTokens * 4));
  }
});

test("a prompt longer than the corpus goes on in another order", () => {
  const request = { promptTokens: 30_000, outputTokens: 1, promptSeed: 7 };
  const schedule = drawSchedule(baseline);
  const text = promptText({ workload: baseline, schedule, request, nonce: "", charsPerToken: 4 });
  expect(text).toHaveLength(120_000);
});

test("nonces of a trial differ, in their first digits first, and are equally long", () => {
  expect(requestNonce("12345678", 0)).toBe("0000012345678");
  expect(requestNonce("12345678", 47)).toBe("7400012345678");
  const index = fc.integer({ min: 0, max: 99_999 });
  fc.assert(
    fc.property(index, index, (a, b) => {
      expect(requestNonce("12345678", a)).toHaveLength(13);
      expect(requestNonce("12345678", a) === requestNonce("12345678", b)).toBe(a === b);
    }),
  );
});

test("the same request reads the same on every machine", () => {
  const schedule = drawSchedule(baseline);
  const [request] = schedule.requests as [ScheduledRequest];
  expect(promptText({ workload: baseline, schedule, request, nonce: "1", charsPerToken: 1 })).toBe(
    "1\n\nThe desert is cold before dawn, and the stones tick as they warm. What the secretary leaves out did not " +
      "happen, and what is written in the passive voice was nobody's idea. Timeouts are guesses about the network, " +
      "so two machines can a\n\nContinue the text.",
  );
});

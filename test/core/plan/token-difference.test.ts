import { expect, test } from "@jest/globals";
import { type CountedTokens, tokenDifference } from "../../../src/core/plan/token-difference.ts";

const counted = (more: Partial<CountedTokens>): CountedTokens => ({
  ...{ serverTokens: 1000, serverRequests: 10, clientTokens: 1000, sent: 10, failed: 0, tokenSource: "usage" },
  ...more,
});

test.each([
  ["as many", { serverTokens: 1000 }],
  ["half a per cent more", { serverTokens: 1005 }],
  ["half a per cent fewer", { serverTokens: 995 }],
  ["none on either side", { serverTokens: 0, clientTokens: 0 }],
])("%s is no difference", (_what, more) => {
  expect(tokenDifference(counted(more))).toBeUndefined();
});

test.each<[string, Partial<CountedTokens>, RegExp]>([
  [
    "more requests than ours",
    { serverTokens: 1300, serverRequests: 13 },
    /\+?30 % more.*somebody else.*13 requests, 10/,
  ],
  ["failed requests", { serverTokens: 1010, failed: 2 }, /1 % more.*the 2 of 10 requests that failed/],
  ["several tokens a chunk", { serverTokens: 2000, tokenSource: "chunks" }, /100 % more.*no usage.*several tokens/],
  ["tokens that are not streamed", { serverTokens: 1500 }, /50 % more.*not stream.*reasoning/],
  ["a counter that lags", { serverTokens: 900 }, /10 % fewer.*not caught up/],
  ["chunks that are no tokens", { serverTokens: 500, tokenSource: "chunks" }, /50 % fewer.*several chunks/],
  ["a server that counts nothing", { serverTokens: 0 }, /0 generated tokens, the answers hold 1000 \(100 % fewer\)/],
])("%s is told as the likely cause", (_what, more, sentence) => {
  expect(tokenDifference(counted(more))).toMatch(sentence);
});

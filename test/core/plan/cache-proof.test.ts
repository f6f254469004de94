import { describe, expect, test } from "@jest/globals";
import { type CacheEvidence, cacheFault } from "../../../src/core/plan/cache-proof.ts";

/** Ten prompts of 1,000 tokens, as planned. */
const requests = (more: object = {}) =>
  Array.from({ length: 10 }, () => ({ plannedTokens: 1000, promptTokens: 1000, ...more }));
const evidence = (more: Partial<CacheEvidence>): CacheEvidence => ({
  ...{ warmup: 2, requests: requests(), hasCache: true },
  ...more,
});
const counted = (hits: number) => ({ counted: { queries: 10_000, hits } });

describe("a workload without a shared prefix", () => {
  test.each<[string, Partial<CacheEvidence>]>([
    ["nothing tells", {}],
    ["nothing was looked up", { counted: { queries: 0, hits: 0 } }],
    ["no hit was counted", counted(0)],
    ["each answer says that nothing was cached", { requests: requests({ cachedTokens: 0 }) }],
    [
      "only the chat template was found, which begins every prompt",
      { requests: requests({ plannedTokens: 950, cachedTokens: 48 }), ...counted(480) },
    ],
    ["nothing was answered", { requests: [], ...counted(5000) }],
  ])("was cold where %s", (_what, more) => {
    expect(cacheFault(evidence(more))).toBeUndefined();
  });

  test.each<[string, Partial<CacheEvidence>]>([
    ["by the server's counter", counted(8600)],
    ["by what the answers tell", { requests: requests({ cachedTokens: 860 }) }],
    [
      "by a counter alone, where usage is missing",
      { requests: requests({ promptTokens: undefined }), ...counted(8600) },
    ],
    ["where a counter stands still and the answers tell", { requests: requests({ cachedTokens: 860 }), ...counted(0) }],
  ])("was warm %s", (_what, more) => {
    expect(cacheFault(evidence(more))).toMatch(/^was warm: 86 % of the prompt tokens/);
  });

  test("is not let off by its template where one answer in ten came from the cache", () => {
    const mixed = requests({ plannedTokens: 960 }).map((one, index) => ({
      ...one,
      cachedTokens: index === 0 ? 960 : 32,
    }));
    expect(cacheFault(evidence({ requests: mixed }))).toMatch(/^was warm/);
  });
});

describe("a workload with a shared prefix", () => {
  const shared = (more: Partial<CacheEvidence>) => evidence({ sharedPrefixTokens: 900, ...more });

  test.each<[string, Partial<CacheEvidence>]>([
    ["the prefix was found", counted(8800)],
    ["half of it was", counted(4500)],
    ["the server has no cache", { ...counted(0), hasCache: false }],
    ["no warm-up had put it there", { ...counted(0), warmup: 0 }],
    ["nothing tells", {}],
  ])("stands where %s", (_what, more) => {
    expect(cacheFault(shared(more))).toBeUndefined();
  });

  test("was cold where the cache is on and has not kept it", () => {
    expect(cacheFault(shared(counted(300)))).toMatch(/^was cold: 3 % .* 90 % are the shared prefix/);
  });
});

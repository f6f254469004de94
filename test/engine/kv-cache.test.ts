import { expect, test } from "@jest/globals";
import { ContiguousCache } from "../../src/engine/contiguous-cache.ts";
import type { KvCache } from "../../src/engine/kv-cache.ts";
import { PagedCache } from "../../src/engine/paged-cache.ts";
import { newSequence, type Sequence } from "../../src/engine/sequence.ts";

const blocks = (...names: string[]): string[] => names;

function sequence(promptTokens: number, blockHashes: readonly string[] = []): Sequence {
  return newSequence({ promptTokens, maxTokens: 100, arrivedAtMs: 0, blockHashes });
}

/** Admits and computes the whole prompt; the cached tokens come back. */
function compute(cache: KvCache, newcomer: Sequence): number | undefined {
  const cached = cache.admit(newcomer);
  newcomer.computedTokens = newcomer.promptTokens;
  cache.share(newcomer);
  return cached;
}

test("contiguous: as many sequences as slots of full length, however short they are", () => {
  const cache = new ContiguousCache({ kvTokens: 8192, maxModelLen: 4096 });
  const first = sequence(1);
  expect([cache.admit(first), cache.admit(sequence(1)), cache.admit(sequence(1))]).toEqual([0, 0, undefined]);
  expect(cache.usage).toBe(1);
  cache.release(first);
  expect(cache.usage).toBe(0.5);
  expect(cache.admit(sequence(1))).toBe(0);
});

test("contiguous: a prompt takes the free slot that begins most like it", () => {
  const cache = new ContiguousCache({ kvTokens: 200, maxModelLen: 100 });
  const [alike, other] = [sequence(48, blocks("a", "ab", "abc")), sequence(48, blocks("x", "xy", "xyz"))];
  compute(cache, alike);
  compute(cache, other);
  cache.release(alike);
  cache.release(other);
  expect(cache.admit(sequence(48, blocks("a", "ab", "abd")))).toBe(32);
});

test("contiguous: blocks that were never computed are not found", () => {
  const cache = new ContiguousCache({ kvTokens: 100, maxModelLen: 100 });
  const cut = sequence(48, blocks("a", "ab", "abc"));
  cache.admit(cut);
  cut.computedTokens = 17;
  cache.release(cut);
  expect(cache.admit(sequence(48, blocks("a", "ab", "abc")))).toBe(16);
});

test("paged: admission asks for the blocks of the prompt only", () => {
  const cache = new PagedCache({ kvTokens: 160 });
  expect(cache.admit(sequence(64))).toBe(0);
  expect(cache.usage).toBeCloseTo(0.4);
});

test("paged: one block stays free for those who run", () => {
  const cache = new PagedCache({ kvTokens: 160 });
  cache.admit(sequence(64));
  expect(cache.admit(sequence(96))).toBeUndefined();
  expect(cache.admit(sequence(80))).toBe(0);
});

test("paged: a sequence grows by a block when its last is full, until none is left", () => {
  const cache = new PagedCache({ kvTokens: 32 });
  const growing = sequence(16);
  cache.admit(growing);
  growing.generatedTokens = 16;
  expect(cache.extend(growing)).toBe(true);
  expect(cache.usage).toBe(1);
  growing.generatedTokens = 17;
  expect(cache.extend(growing)).toBe(false);
});

test("paged: prompts that begin alike share blocks while both run, and after", () => {
  const cache = new PagedCache({ kvTokens: 1600 });
  const [first, second] = [sequence(40, blocks("a", "ab")), sequence(40, blocks("a", "ac"))];
  expect(compute(cache, first)).toBe(0);
  expect(compute(cache, second)).toBe(16);
  // 3 blocks, and 2 more for the second.
  expect(cache.usage).toBeCloseTo(0.05);
  cache.release(first);
  cache.release(second);
  expect(cache.usage).toBe(0);
  expect(cache.admit(sequence(40, blocks("a", "ab")))).toBe(32);
});

test("paged: a prompt that is cached whole still computes its last block", () => {
  const cache = new PagedCache({ kvTokens: 1600 });
  compute(cache, sequence(32, blocks("a", "ab")));
  expect(cache.admit(sequence(32, blocks("a", "ab")))).toBe(16);
});

test("paged: the same text computed twice at once is kept once", () => {
  const cache = new PagedCache({ kvTokens: 1600 });
  const twins = [sequence(40, blocks("a", "ab")), sequence(40, blocks("a", "ab"))];
  for (const twin of twins) cache.admit(twin);
  for (const twin of twins) {
    twin.computedTokens = 40;
    cache.share(twin);
  }
  expect(cache.usage).toBeCloseTo(0.06);
  for (const twin of twins) cache.release(twin);
  expect(cache.usage).toBe(0);
});

test("paged: cached blocks give way to running sequences, the longest unused first and chains from their end", () => {
  const cache = new PagedCache({ kvTokens: 96 });
  for (const prompt of [blocks("a", "ab"), blocks("x", "xy")]) {
    const past = sequence(33, prompt);
    compute(cache, past);
    cache.release(past);
  }
  // 6 blocks, 4 of them cached: the newcomer's 3 push out "ab", the end of the older chain.
  const newcomer = sequence(48);
  cache.admit(newcomer);
  cache.release(newcomer);
  const lookup = (prompt: readonly string[]) => {
    const asking = sequence(33, prompt);
    const cached = cache.admit(asking);
    cache.release(asking);
    return cached;
  };
  expect([lookup(blocks("x", "xy")), lookup(blocks("a", "ab"))]).toEqual([32, 16]);
});

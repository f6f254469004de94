import { expect, test } from "@jest/globals";
import { sentences } from "../../../src/core/workload/corpus.ts";

test("the corpus is plain English of its own length, no sentence twice", () => {
  const text = sentences.join(" ");
  expect(text.length).toBeGreaterThan(40 * 1024);
  expect(text).toMatch(/^[\x20-\x7e]+$/);
  expect(new Set(sentences).size).toBe(sentences.length);
  expect(sentences.every((sentence) => /^[A-Z].*[.?]$/.test(sentence))).toBe(true);
});

test("no two sentences begin alike, so that prompts part within their first words", () => {
  const openings = new Set(sentences.map((sentence) => sentence.slice(0, 14)));
  expect(openings.size).toBe(sentences.length);
});

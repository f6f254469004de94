import { expect, test } from "@jest/globals";
import { secondPassNonce, trialNonce } from "../../../src/core/plan/trial-nonce.ts";

test("every workload of every boot has twelve digits of its own", () => {
  const nonces = Array.from({ length: 60 }, (_, at) => trialNonce("999999999999", Math.floor(at / 5), at % 5));
  expect(new Set(nonces).size).toBe(60);
  for (const nonce of nonces) expect(nonce).toMatch(/^\d{12}$/);
});

test("neighbours part within the first four digits", () => {
  const beginnings = Array.from({ length: 10 }, (_, at) => trialNonce("123456789012", 0, at).slice(0, 4));
  expect(new Set(beginnings).size).toBe(10);
});

test("a second pass has a nonce of its own, of no other pass of the run", () => {
  const places = Array.from({ length: 60 }, (_, at) => ["123456789012", Math.floor(at / 5), at % 5] as const);
  const nonces = places.flatMap((place) => [trialNonce(...place), secondPassNonce(...place)]);
  expect(new Set(nonces.map((nonce) => nonce.slice(0, 8))).size).toBe(120);
});

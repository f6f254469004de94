import { expect, test } from "@jest/globals";
import { trialNonce } from "../../../src/core/plan/trial-nonce.ts";

test("every workload of every boot has twelve digits of its own", () => {
  const nonces = Array.from({ length: 60 }, (_, at) => trialNonce("999999999999", Math.floor(at / 5), at % 5));
  expect(new Set(nonces).size).toBe(60);
  for (const nonce of nonces) expect(nonce).toMatch(/^\d{12}$/);
});

test("neighbours part within the first four digits", () => {
  const beginnings = Array.from({ length: 10 }, (_, at) => trialNonce("123456789012", 0, at).slice(0, 4));
  expect(new Set(beginnings).size).toBe(10);
});

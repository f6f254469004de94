import { expect, test } from "@jest/globals";
import { fingerprint } from "../../../src/core/plan/fingerprint.ts";

const machine = { gpus: [], cpu: "AMD EPYC  7763", cores: 8, clientVersion: "0.4.2" };
const rtx = { name: "NVIDIA GeForce RTX 5080", memoryMiB: 16303 };

test.each([
  [
    "GPUs of one kind are counted",
    { gpus: [rtx, rtx], driver: "570.86.15" },
    "2x NVIDIA GeForce RTX 5080; driver 570; client 0",
  ],
  [
    "GPUs of two kinds are named in order",
    { gpus: [rtx, { name: "A100" }, rtx] },
    "1x A100 + 2x NVIDIA GeForce RTX 5080; client 0",
  ],
  ["a machine without a GPU is known by its CPU", {}, "AMD EPYC 7763, 8 cores; client 0"],
  [
    "a known model revision is part",
    { gpus: [rtx], modelRevision: "abc" },
    "1x NVIDIA GeForce RTX 5080; model abc; client 0",
  ],
  ["marks inside a name do not make parts", { cpu: "a;b\nc" }, "a b c, 8 cores; client 0"],
])("%s", (_what, facts, text) => {
  expect(fingerprint({ ...machine, ...facts })).toBe(text);
});

test("the CPU says nothing where a GPU infers, nor does the minor version of driver or client", () => {
  const one = fingerprint({ ...machine, gpus: [rtx], driver: "570.1" });
  const other = fingerprint({
    ...machine,
    gpus: [rtx],
    driver: "570.9",
    cpu: "another",
    cores: 2,
    clientVersion: "0.9.0",
  });
  expect(other).toBe(one);
});

import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { waitForGpuMemory } from "../../../src/adapters/server/gpu-memory.ts";
import type { Clock } from "../../../src/gate/ports.ts";
import { scratchFile } from "./servers.ts";

const folder = fileURLToPath(new URL("../../fixtures/servers/", import.meta.url));

/** Time moves only when someone sleeps. */
function sleepingClock(): Clock {
  let nowMs = 0;
  return {
    nowMs: () => nowMs,
    sleepUntil: async (atMs) => {
      nowMs = atMs;
    },
    wallTime: () => "2026-11-22T00:00:00Z",
    watchEventLoop: () => () => undefined,
  };
}

async function waited(limitMiB: number, environment: Readonly<Record<string, string>>) {
  const seen: string[] = [];
  const PATH = environment["PATH"] ?? `${folder}:/usr/bin:/bin`;
  await waitForGpuMemory(
    { gpuMemoryFreeMiB: limitMiB, environment: { CALLS: scratchFile("calls"), ...environment, PATH } },
    {
      clock: sleepingClock(),
      signal: new AbortController().signal,
      onNote: (text) => seen.push(text),
      onLoading: ({ lastLogLine }) => seen.push(lastLogLine ?? ""),
    },
  );
  return seen;
}

test("a start waits until the memory of the GPUs it sees is given back", async () => {
  expect(await waited(500, { CUDA_VISIBLE_DEVICES: "0" })).toEqual([
    "waiting for GPU 0: 9000 MiB in use, to fall under 500",
  ]);
});

test("memory that is never given back is a fault of the machine, with both numbers", async () => {
  await expect(waited(500, { CUDA_VISIBLE_DEVICES: "1" })).rejects.toThrow(
    /GPU 1 \(NVIDIA GeForce RTX 5080\) still uses 7000 MiB after 120 s; expected less than 500/,
  );
});

test("where there is no nvidia-smi the wait is left out, and said so", async () => {
  expect(await waited(500, { PATH: "/nowhere" })).toEqual([expect.stringContaining("nvidia-smi does not answer")]);
});

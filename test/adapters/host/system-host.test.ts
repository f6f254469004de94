import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { systemHost } from "../../../src/adapters/host/system-host.ts";

const folder = fileURLToPath(new URL("../../fixtures/servers/", import.meta.url));
const withGpus = () => ({
  PATH: `${folder}:/usr/bin:/bin`,
  CALLS: join(mkdtempSync(join(tmpdir(), "serving-gate-")), "n"),
});

test("a machine with GPUs is known by them and their driver", async () => {
  const environment = await systemHost(withGpus()).describe();
  expect(environment).toMatchObject({
    gpus: [
      { name: "NVIDIA GeForce RTX 5080", memoryMiB: 16303 },
      { name: "NVIDIA GeForce RTX 5080", memoryMiB: 16303 },
    ],
    driver: "570.86.15",
    fingerprint: "2x NVIDIA GeForce RTX 5080; driver 570; client 0",
  });
});

test("GPUs that are hidden from the server are no part of it", async () => {
  const environment = await systemHost({ ...withGpus(), CUDA_VISIBLE_DEVICES: "1" }).describe();
  expect(environment.fingerprint).toBe("1x NVIDIA GeForce RTX 5080; driver 570; client 0");
});

test("a machine without nvidia-smi is known by its CPU, and tells the rest of itself", async () => {
  const environment = await systemHost({ PATH: "/nowhere" }).describe();
  expect(environment.gpus).toBeUndefined();
  expect(environment.fingerprint).toMatch(/, \d+ cores; client 0$/);
  expect(environment).toMatchObject({ node: process.version, cores: expect.any(Number), host: expect.any(String) });
});

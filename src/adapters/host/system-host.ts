import { execFile } from "node:child_process";
import { cpus, hostname, release, type } from "node:os";
import { promisify } from "node:util";
import { CLIENT_VERSION } from "../../core/model/version.ts";
import { fingerprint } from "../../core/plan/fingerprint.ts";
import { GPU_QUERY, type ListedGpu, listedGpus, visibleGpus } from "../../core/plan/gpu-list.ts";
import type { Host } from "../../gate/ports.ts";

/** This machine: its visible GPUs through nvidia-smi (none where it is absent), and what Node knows. */
export function systemHost(environment: NodeJS.ProcessEnv = process.env): Host {
  return {
    async describe() {
      const listed = visibleGpus(await gpusOf(environment), environment["CUDA_VISIBLE_DEVICES"]);
      const driver = listed[0]?.driver;
      const gpus = listed.map(({ name, memoryMiB }) => ({ name, ...(memoryMiB === undefined ? {} : { memoryMiB }) }));
      const cpu = cpus()[0]?.model.trim() || "unknown CPU";
      const cores = cpus().length;
      return {
        fingerprint: fingerprint({ gpus, driver, cpu, cores, clientVersion: CLIENT_VERSION }),
        ...(gpus.length === 0 ? {} : { gpus }),
        ...(driver === undefined ? {} : { driver }),
        host: hostname(),
        cpu,
        cores,
        os: `${type()} ${release()}`,
        node: process.version,
        client: CLIENT_VERSION,
      };
    },
  };
}

const run = promisify(execFile);

async function gpusOf(environment: NodeJS.ProcessEnv): Promise<readonly ListedGpu[]> {
  try {
    const { stdout } = await run("nvidia-smi", GPU_QUERY, { env: environment, timeout: 20_000 });
    return listedGpus(stdout);
  } catch {
    return [];
  }
}

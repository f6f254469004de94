import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { GateError } from "../../core/model/gate-error.ts";
import { GPU_QUERY, type ListedGpu, listedGpus, visibleGpus } from "../../core/plan/gpu-list.ts";
import { secondsText } from "../../core/plan/server-exit.ts";
import type { Clock, LaunchWatch } from "../../gate/ports.ts";

export interface GpuMemoryLimit {
  /** Absent: do not wait. */
  readonly gpuMemoryFreeMiB?: number;
  /** The server's own environment: it says which GPUs it sees. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface GpuMemoryWait extends LaunchWatch {
  readonly clock: Clock;
  readonly onNote: ((text: string) => void) | undefined;
}

/** Drivers give memory back within seconds of a process's end; what takes longer is held by somebody. */
const WAIT_LIMIT_MS = 120_000;
const POLL_MS = 1000;

/** Waits until every GPU that the server will see uses less memory than the limit. */
export async function waitForGpuMemory(limit: GpuMemoryLimit, wait: GpuMemoryWait): Promise<void> {
  const { gpuMemoryFreeMiB: limitMiB, environment } = limit;
  if (limitMiB === undefined) return;
  const startedAtMs = wait.clock.nowMs();
  for (;;) {
    const gpus = await usedMemory(environment, wait.signal);
    if (gpus === undefined) {
      wait.onNote?.("GPU memory is not waited for: nvidia-smi does not answer here");
      return;
    }
    const full = gpus.find(({ usedMiB }) => usedMiB !== undefined && usedMiB >= limitMiB);
    if (full === undefined) return;
    const elapsedMs = wait.clock.nowMs() - startedAtMs;
    if (elapsedMs >= WAIT_LIMIT_MS) throw stillFull(full, limitMiB, elapsedMs);
    const lastLogLine = `waiting for GPU ${full.index}: ${full.usedMiB} MiB in use, to fall under ${limitMiB}`;
    wait.onLoading?.({ elapsedMs, lastLogLine });
    await wait.clock.sleepUntil(wait.clock.nowMs() + POLL_MS, wait.signal);
  }
}

function stillFull(gpu: ListedGpu, limitMiB: number, elapsedMs: number): GateError {
  return new GateError(
    "host",
    `server: GPU ${gpu.index} (${gpu.name}) still uses ${gpu.usedMiB} MiB after ${secondsText(elapsedMs)}; expected ` +
      `less than ${limitMiB}. See with nvidia-smi who holds it and end that, or raise server.gpu-memory-free-mib`,
  );
}

const run = promisify(execFile);

async function usedMemory(
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly ListedGpu[] | undefined> {
  try {
    const { stdout } = await run("nvidia-smi", GPU_QUERY, { env: environment, signal, timeout: 10_000 });
    return visibleGpus(listedGpus(stdout), environment["CUDA_VISIBLE_DEVICES"]);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** The simulated machine that the options describe: scheduler, KV cache and GPU put together. */
import { ContiguousCache } from "./contiguous-cache.ts";
import { simulatedGpu, stepCosts } from "./gpu.ts";
import type { KvCache } from "./kv-cache.ts";
import type { EngineOptions } from "./options.ts";
import { PagedCache } from "./paged-cache.ts";
import { Scheduler } from "./scheduler.ts";

/** What static batching waits for more requests, before --time-scale. */
const BATCH_WAIT_MS = 50;

export function newSimulation(options: EngineOptions): { scheduler: Scheduler; kvCache: KvCache } {
  const kvCache = options.kvCache === "paged" ? new PagedCache(options) : new ContiguousCache(options);
  const stepMs = simulatedGpu({ ...options, costs: stepCosts[options.kvCache] });
  const scheduler = new Scheduler({ ...options, batchWaitMs: BATCH_WAIT_MS * options.timeScale }, { kvCache, stepMs });
  return { scheduler, kvCache };
}

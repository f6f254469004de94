/** The program of a thread that sends loads: nothing else runs in it, so that no token waits for its stamp. */
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../adapters/host/system-clock.ts";
import type { ThreadData } from "../adapters/openai/threads/load-messages.ts";
import { serveLoads } from "../adapters/openai/threads/serve-loads.ts";
import { closedLoop, openLoop } from "../gate/pace.ts";

if (parentPort === null) throw new Error("load-thread.js is started by Serving Gate as a thread of its own");
const { originNs, warmTarget } = workerData as ThreadData;
serveLoads(parentPort, { clock: systemClock(originNs), pace: { openLoop, closedLoop }, warmTarget });

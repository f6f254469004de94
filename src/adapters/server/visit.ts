import { GateError } from "../../core/model/gate-error.ts";
import type { Clock, LaunchRequest, LaunchWatch, RunningServer } from "../../gate/ports.ts";
import { visitedUrl } from "./address.ts";
import { everySecond } from "./loading-ticker.ts";
import { noAnswer } from "./not-ready.ts";
import { probePaths, waitUntilReady } from "./readiness.ts";

/** All trials on a running server are one boot. */
const VISITED_BOOT = "external";
/** Long enough for a server that a step before put into the background; a wrong address shall not cost ready-timeout. */
const SILENCE_LIMIT_MS = 10_000;

/** Makes sure that a server which is not ours is ready. It is never stopped. */
export async function visitServer({ server }: LaunchRequest, watch: LaunchWatch, clock: Clock): Promise<RunningServer> {
  if (server.url === undefined) {
    throw new GateError("config", "config: server has neither command nor url; write one of them");
  }
  const url = visitedUrl(server.url);
  const gone = new AbortController().signal;
  const ticker = everySecond(clock, (elapsedMs) => watch.onLoading?.({ elapsedMs, lastLogLine: undefined }));
  const readiness = await waitUntilReady({
    url,
    paths: probePaths(server.backend, server.healthPath),
    timeoutMs: server.readyTimeoutMs,
    silentLimitMs: SILENCE_LIMIT_MS,
    unknownIsReady: server.healthPath === undefined,
    gone,
    signal: watch.signal,
    clock,
  }).finally(ticker.stop);
  if (readiness.kind === "timeout") throw noAnswer(url, readiness.waitedMs, readiness.last);
  return {
    url,
    boot: VISITED_BOOT,
    owned: false,
    exit: () => undefined,
    gone,
    logTail: () => [],
    stop: async () => undefined,
  };
}

/** Before a workload: nothing of an earlier one runs any more, and the prefix cache is empty where it can be emptied. */
import type { ServerValues } from "../core/plan/server-names.ts";
import { type CanaryRun, sendCanary } from "./canary.ts";
import type { CacheReset, Clock } from "./ports.ts";

export interface Readying extends CanaryRun {
  readonly clock: Clock;
}

export interface Ready {
  readonly warnings: readonly string[];
  /** A canary was found in the cache: there is one, and it is on. */
  readonly hasCache: boolean;
}

/** Rejects only when cancelled. */
export async function readyServer(run: Readying): Promise<Ready> {
  const { told, warnings } = await drained(run);
  // Where the server counts, its counters prove more than a canary, and cost nothing.
  const needsCanary = run.workload.sharedPrefixTokens !== undefined && told["prefix_cache_hits"] === undefined;
  const canary = needsCanary ? await sendCanary(run) : undefined;
  const reset = await resetCache(run);
  const survived = reset.kind === "reset" && (await canary?.survives()) === true;
  return {
    warnings: [
      ...warnings,
      ...(reset.kind === "refused" ? [refusedWarning(reset.reason)] : []),
      ...(survived ? ["the server says that it emptied its prefix cache, and still finds a prompt in it"] : []),
    ],
    hasCache: canary?.hasCache ?? false,
  };
}

function refusedWarning(reason: string): string {
  return `the server's prefix cache could not be emptied (${reason}): only the numbers that prompts begin with keep it cold`;
}

/** What the server still works on ends within this or belongs to somebody else, ms. */
const drainMs = 30_000;
const betweenLooksMs = 250;

/** Waits for a server that tells what it runs; one that does not is taken at its word. */
async function drained({ client, clock, signal }: Readying): Promise<{ told: ServerValues; warnings: string[] }> {
  const endMs = clock.nowMs() + drainMs;
  for (;;) {
    const told = await client.scrape(signal);
    const { requests_running: running = 0, requests_waiting: waiting = 0 } = told;
    if (running + waiting === 0) return { told, warnings: [] };
    if (clock.nowMs() >= endMs) return { told, warnings: [busyWarning(running, waiting)] };
    await clock.sleepUntil(clock.nowMs() + betweenLooksMs, signal);
  }
}

function busyWarning(running: number, waiting: number): string {
  return `the server still had ${running} requests running and ${waiting} waiting ${drainMs / 1000} s after ours had ended: somebody else uses it, and is in the numbers`;
}

const resetAttempts = 3;
const betweenResetsMs = 1000;

/** A server that refuses is asked again: it may not have noticed yet that the last request is over. */
async function resetCache({ client, clock, signal }: Readying): Promise<CacheReset> {
  for (let attempt = 1; ; attempt++) {
    const outcome = (await client.resetCache?.(signal)) ?? { kind: "none" };
    signal.throwIfAborted();
    if (outcome.kind !== "refused" || attempt === resetAttempts) return outcome;
    await clock.sleepUntil(clock.nowMs() + betweenResetsMs, signal);
  }
}

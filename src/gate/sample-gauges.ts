/** Queue and KV cache while a workload runs: gauges say nothing once it is over. */
import { type ServerValues, serverGauges } from "../core/plan/server-names.ts";
import type { Clock, InferenceClient } from "./ports.ts";

/** The first look: most queues are longest soon after a burst. ms. */
const firstAfterMs = 1000;

/**
 * Between two looks, ms. Writing the page costs a server up to a step or two; at this pace that is under one token gap in
 * two hundred, so that P99 does not see it, and it is the same on both sides. Nothing else is asked while it is measured.
 */
const everyMs = 5000;

/** Looks only where `before` shows that the server has such gauges. */
export function sampleGauges(
  client: InferenceClient,
  before: ServerValues,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): { stop(): Promise<readonly ServerValues[]> } {
  const { scrapeUnread } = client;
  if (scrapeUnread === undefined || !serverGauges.some((name) => before[name] !== undefined)) {
    return { stop: async () => [] };
  }
  const stopped = new AbortController();
  const either = AbortSignal.any([stopped.signal, signal]);
  const unread: (() => ServerValues)[] = [];
  const look = async (): Promise<void> => {
    for (let waitMs = firstAfterMs; ; waitMs = everyMs) {
      await clock.sleepUntil(clock.nowMs() + waitMs, either);
      unread.push(await scrapeUnread(either));
    }
  };
  const looking = look().catch(() => undefined); // stopped or cancelled
  return {
    stop: async () => {
      stopped.abort();
      await looking;
      return unread.map((read) => read());
    },
  };
}

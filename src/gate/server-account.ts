/** What the server itself says of a measured workload: its counters, whether they agree with ours, and its cache. */
import type { TokenSource } from "../core/model/trace.ts";
import { cacheFault } from "../core/plan/cache-proof.ts";
import { serverMetrics } from "../core/plan/server-metrics.ts";
import type { ServerValues } from "../core/plan/server-names.ts";
import { tokenDifference } from "../core/plan/token-difference.ts";
import type { Observation, Tally } from "./observe-client.ts";
import type { Clock, InferenceClient } from "./ports.ts";

export interface AccountOf {
  readonly client: InferenceClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly observation: Observation;
  readonly isGone: boolean;
  readonly charsPerToken: number;
  readonly sharedPrefixTokens: number | undefined;
  readonly warmup: number;
  /** A canary was found in the cache. */
  readonly hasCache: boolean;
  readonly tokenSource: TokenSource | undefined;
}

export interface ServerAccount {
  readonly metrics: ServerValues;
  readonly warnings: readonly string[];
  /** Why the trial cannot count: its cache was not as the workload wants it. */
  readonly fault?: string;
}

export async function serverAccount(of: AccountOf): Promise<ServerAccount> {
  const { observation, isGone } = of;
  const before = observation.before() ?? {};
  const samples = await observation.samples();
  const after = isGone ? {} : await settledScrape(of, before, observation.tally());
  const metrics = serverMetrics(before, after, samples);
  const fault = cacheFaultOf(of, metrics, after);
  return { metrics, warnings: tokenWarnings(metrics, of), ...(fault !== undefined && { fault }) };
}

/** A counter may follow the last answer by a step or a tick of the server's; looking again costs nothing now. */
const looks = 5;
const betweenLooksMs = 200;

async function settledScrape(
  { client, clock, signal }: AccountOf,
  before: ServerValues,
  { outputTokens }: Tally,
): Promise<ServerValues> {
  for (let look = 1; ; look++) {
    const after = await client.scrape(signal);
    const { generation_tokens: earlier } = before;
    const { generation_tokens: generated, requests_running: running = 0 } = after;
    const isBehind = earlier !== undefined && generated !== undefined && generated - earlier < outputTokens;
    if (look === looks || !(isBehind || running > 0)) return after;
    await clock.sleepUntil(clock.nowMs() + betweenLooksMs, signal);
  }
}

function tokenWarnings(metrics: ServerValues, { observation, tokenSource }: AccountOf): readonly string[] {
  const { generation_tokens: serverTokens, requests_finished: serverRequests } = metrics;
  if (serverTokens === undefined) return [];
  const { sent, failed, outputTokens } = observation.tally();
  const difference = tokenDifference({
    ...{ serverTokens, clientTokens: outputTokens, sent, failed },
    ...(serverRequests !== undefined && { serverRequests }),
    ...(tokenSource !== undefined && { tokenSource }),
  });
  return difference === undefined ? [] : [difference];
}

function cacheFaultOf(of: AccountOf, metrics: ServerValues, after: ServerValues): string | undefined {
  const { observation, charsPerToken, sharedPrefixTokens, warmup } = of;
  const { prefix_cache_queries: queries, prefix_cache_hits: hits } = metrics;
  const requests = observation.measured().flatMap((request) => {
    const noted = observation.noted(request);
    return noted === undefined ? [] : [{ plannedTokens: request.prompt.length / charsPerToken, ...noted }];
  });
  return cacheFault({
    ...(sharedPrefixTokens !== undefined && { sharedPrefixTokens }),
    ...(queries !== undefined && hits !== undefined && { counted: { queries, hits } }),
    ...{ warmup, requests },
    hasCache: of.hasCache || (after["prefix_cache_hits"] ?? 0) > 0,
  });
}

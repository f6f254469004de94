/** What the server's own counts say of its prefix cache: was a cold workload cold, and a warm one warm? */

export interface CacheEvidence {
  /** Absent: every prompt is new to the server. */
  readonly sharedPrefixTokens?: number;
  /** Warm-up requests: they bring the shared prefix into the cache. */
  readonly warmup: number;
  /** The answered ones. */
  readonly requests: readonly PromptCount[];
  /** Prompt tokens looked up and found by the server's counters, over the measured requests. */
  readonly counted?: { readonly queries: number; readonly hits: number };
  /** Something was found in the cache before, so that there is one and it is on. */
  readonly hasCache: boolean;
}

interface PromptCount {
  /** Without the shared prefix and the chat template. */
  readonly plannedTokens: number;
  /** By the server's usage. */
  readonly promptTokens?: number;
  readonly cachedTokens?: number;
}

/** Of a cold workload's prompt tokens; the chat template's are not counted. */
const mostOfCold = 0.01;

/** Of what a warm workload could find: less is another workload than the one that was asked for. */
const leastOfWarm = 0.5;

/**
 * How far planned lengths may be over the real ones: prompts are calibrated to a few per cent, and what they are longer
 * than planned is taken for the template.
 */
const planAccuracy = 0.95;

/** Why the trial cannot count; undefined where the cache was as it should be, and where nothing tells. */
export function cacheFault(evidence: CacheEvidence): string | undefined {
  const shares = hitShares(evidence);
  const most = shares.reduce<HitShare | undefined>(
    (best, one) => (best && best.hits >= one.hits ? best : one),
    undefined,
  );
  if (most === undefined) return undefined;
  return evidence.sharedPrefixTokens === undefined ? warmFault(most) : coldFault(most, evidence);
}

interface HitShare {
  /** Share of the prompt tokens found in the cache. */
  readonly hits: number;
  /** The same without what every chat template would find. */
  readonly own: number;
  /** Mean length of a prompt. */
  readonly promptTokens: number;
}

/** By the counters and by what each answer tells, as far as either is there. */
function hitShares(evidence: CacheEvidence): readonly HitShare[] {
  return [countedShare(evidence), toldShare(evidence)].filter((share) => share !== undefined);
}

function countedShare({ counted, requests }: CacheEvidence): HitShare | undefined {
  if (counted === undefined || counted.queries <= 0 || requests.length === 0) return undefined;
  const lengths = requests.flatMap(({ promptTokens }) => promptTokens ?? []);
  const promptTokens = lengths.length > 0 ? mean(lengths) : counted.queries / requests.length;
  const hits = Math.min(1, counted.hits / counted.queries);
  return { hits, own: Math.max(0, hits - templateTokens(requests, promptTokens) / promptTokens), promptTokens };
}

function toldShare({ requests }: CacheEvidence): HitShare | undefined {
  const told = requests.flatMap(({ promptTokens, cachedTokens }) =>
    promptTokens === undefined || cachedTokens === undefined ? [] : [{ promptTokens, cachedTokens }],
  );
  const total = sum(told.map(({ promptTokens }) => promptTokens));
  if (total === 0) return undefined;
  const template = templateTokens(requests, total / told.length);
  return {
    hits: sum(told.map(({ cachedTokens }) => cachedTokens)) / total,
    own: sum(told.map(({ cachedTokens }) => Math.max(0, cachedTokens - template))) / total,
    promptTokens: total / told.length,
  };
}

/** What stands before every prompt, so that no nonce keeps it out of the cache; at most, and from the shortest prompt. */
function templateTokens(requests: readonly PromptCount[], meanPromptTokens: number): number {
  const over = requests.map(({ plannedTokens, promptTokens }) =>
    promptTokens === undefined ? Number.POSITIVE_INFINITY : promptTokens - planAccuracy * plannedTokens,
  );
  const least = Math.min(...over);
  if (Number.isFinite(least)) return Math.max(0, least);
  return Math.max(0, meanPromptTokens - planAccuracy * mean(requests.map(({ plannedTokens }) => plannedTokens)));
}

function warmFault({ hits, own }: HitShare): string | undefined {
  if (own <= mostOfCold) return undefined;
  return `was warm: ${percent(hits)} of the prompt tokens were found in the server's prefix cache, although no prompt begins like one before it; somebody sends the same prompts, or its cache counts otherwise`;
}

function coldFault({ hits, promptTokens }: HitShare, evidence: CacheEvidence): string | undefined {
  const { sharedPrefixTokens = 0, warmup, hasCache } = evidence;
  const expected = Math.min(1, sharedPrefixTokens / promptTokens);
  if (!hasCache || warmup === 0 || hits >= leastOfWarm * expected) return undefined;
  return `was cold: ${percent(hits)} of the prompt tokens were found in the server's prefix cache, ${percent(expected)} are the shared prefix that the warm-up had put there; the cache may be too small to keep it`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

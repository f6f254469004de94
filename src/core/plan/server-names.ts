/** What servers tell of themselves under names of their own, and what each is called here: a name without a colon. */

/** Counted since the server's start. */
export const serverCounters = [
  /** Output tokens, as the server itself counts them. */
  "generation_tokens",
  /** Prompt tokens, cached ones included. */
  "prompt_tokens",
  /** Requests that came to an end, however. */
  "requests_finished",
  "preemptions",
  /** Prompt tokens looked up in the prefix cache. */
  "prefix_cache_queries",
  /** Prompt tokens found in it. */
  "prefix_cache_hits",
] as const;

/** As they stand at the moment. */
export const serverGauges = [
  "requests_running",
  "requests_waiting",
  /** Share of the KV cache in use, 1 = all. */
  "kv_cache_use",
] as const;

type ServerCounter = (typeof serverCounters)[number];
type ServerGauge = (typeof serverGauges)[number];

/** A server's own names of each, the newest first: the first that it has is read. */
export type ServerNames = Readonly<Partial<Record<ServerCounter | ServerGauge, readonly string[]>>>;

/** Values by name, a server's own and ours. What a server does not tell is absent, never 0. */
export type ServerValues = Readonly<Record<string, number>>;

/** The values with ours added; a name of ours that the server uses itself is not believed to mean the same. */
export function withOurNames(told: ServerValues, names: ServerNames): ServerValues {
  const ours = [...serverCounters, ...serverGauges].flatMap((name): [string, number][] => {
    const value = names[name]?.map((theirs) => told[theirs]).find((each) => each !== undefined);
    return value === undefined ? [] : [[name, value]];
  });
  const taken = new Set<string>([...serverCounters, ...serverGauges]);
  return Object.fromEntries([...Object.entries(told).filter(([name]) => !taken.has(name)), ...ours]);
}

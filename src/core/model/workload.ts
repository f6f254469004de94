import type { Arrivals, TokenLengths } from "./results.ts";

/** What is asked of the server and when. */
export interface Workload {
  readonly name: string;
  /** "Staggered Arrivals": follows the name in headings. */
  readonly title: string;
  /** What the workload is there to show (the seed's "Measures"). */
  readonly purpose: string;
  readonly requests: number;
  /** Requests sent before the measurement: other prompts of the same shape, never summarised. */
  readonly warmup: number;
  readonly seed: number;
  readonly promptTokens: TokenLengths;
  /** What is asked for as max_tokens. */
  readonly outputTokens: TokenLengths;
  readonly sharedPrefixTokens?: number;
  /** `digits`: number words to digits, judged answer by answer. Absent: prose to go on with, of the lengths given. */
  readonly task?: "digits";
  readonly arrivals: PlannedArrivals;
  /** Sent as they stand in the request body; temperature 0 unless said otherwise. */
  readonly sampling: Readonly<Record<string, number | string | boolean>>;
  readonly slo?: { readonly ttftMs?: number; readonly itlMs?: number; readonly e2eMs?: number };
  /** Metric ids this workload is there to watch (DESIGN §8.7). */
  readonly purposeMetrics: readonly string[];
}

/** The arrival process, and of a replay the send times too: ms from the first, ascending, one a request. */
export type PlannedArrivals =
  | Exclude<Arrivals, { process: "replay" }>
  | (Extract<Arrivals, { process: "replay" }> & { readonly atMs: readonly number[] });

/** One request of a schedule. */
export interface ScheduledRequest {
  /** ms from the workload's start; absent in closed loops (sequential, concurrency), where the reply before sets it. */
  readonly atMs?: number;
  /** Without the shared prefix. */
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Seeds the words of the prompt. */
  readonly promptSeed: number;
}

/** The concrete send times, prompts and lengths drawn from a workload and its seed. */
export interface Schedule {
  readonly requests: readonly ScheduledRequest[];
  readonly warmup: readonly ScheduledRequest[];
  /** Seeds the words of the shared prefix, where there is one. */
  readonly prefixSeed: number;
  /** `sha256:…` over times, prompts (as they read at 4 characters a token), lengths and sampling. */
  readonly hash: string;
}

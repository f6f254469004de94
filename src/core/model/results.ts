import type { RequestTrace, TokenSource } from "./trace.ts";

/** `serving-gate/results@1` (DESIGN §4): the artifact of a run, and the baseline record. */
export interface ResultsFile {
  readonly schema: typeof RESULTS_SCHEMA;
  /** ISO 8601. Orders the history. */
  readonly createdAt: string;
  readonly source?: Source;
  readonly environment: Environment;
  /** Only accepted records feed a baseline. */
  readonly status: RecordStatus;
  readonly epoch?: string;
  readonly method?: "history" | "confirm" | "paired";
  readonly confirmEnded?: "decided" | "time";
  /** Resolved definitions of what was asked, so that reports need nothing else. */
  readonly workloads?: readonly WorkloadInfo[];
  readonly cells: readonly Cell[];
}

export const RESULTS_SCHEMA = "serving-gate/results@1";

export type RecordStatus = "accepted" | "suspect" | "rejected";

/** Where the measured code came from; any of it may be unknown. */
export interface Source {
  readonly repository?: string;
  readonly sha?: string;
  readonly ref?: string;
  readonly runId?: string;
  readonly pullRequest?: number;
}

export interface Environment {
  /** Stored string that must be equal for two results to be comparable; never recomputed on reading. */
  readonly fingerprint: string;
  readonly gpus?: readonly Gpu[];
  readonly driver?: string;
  readonly host?: string;
  readonly cpu?: string;
  readonly cores?: number;
  readonly os?: string;
  readonly node?: string;
  /** Serving Gate's own version. */
  readonly client?: string;
}

export interface Gpu {
  readonly name: string;
  readonly memoryMiB?: number;
}

/** A workload as it was run; the prose columns of the reports' workloads table are drawn from these numbers. */
export interface WorkloadInfo {
  readonly name: string;
  readonly title?: string;
  readonly purpose?: string;
  readonly requests?: number;
  readonly warmup?: number;
  readonly seed?: number;
  readonly promptTokens?: TokenLengths;
  readonly outputTokens?: TokenLengths;
  readonly sharedPrefixTokens?: number;
  /** Answers are judged: `mismatch_rate`. */
  readonly task?: "digits";
  readonly arrivals?: Arrivals;
  /** Limits of one request, ms; give goodput. */
  readonly slo?: ServiceObjectives;
  /** Metric ids this workload is there to watch (DESIGN §8.7). */
  readonly purposeMetrics?: readonly string[];
}

/** A request meets `itlMs` by its TPOT: the mean of its own inter-token latencies. */
export interface ServiceObjectives {
  readonly ttftMs?: number;
  readonly itlMs?: number;
  readonly e2eMs?: number;
}

/** A fixed number, uniform integers with both ends in, a normal draw, exact shares of these, or those of a trace, in its order. */
export type TokenLengths =
  | { readonly kind: "fixed"; readonly tokens: number }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | { readonly kind: "normal"; readonly mean: number; readonly stddev: number }
  | { readonly kind: "mix"; readonly parts: readonly { readonly share: number; readonly tokens: TokenLengths }[] }
  | { readonly kind: "replay"; readonly tokens: readonly number[] };

/** The arrival process. Rates are requests per second. */
export type Arrivals =
  | { readonly process: "sequential" }
  | { readonly process: "concurrency"; readonly concurrency: number }
  | { readonly process: "uniform"; readonly rate: number }
  | { readonly process: "poisson"; readonly rate: number }
  | { readonly process: "gamma"; readonly rate: number; readonly burstiness: number }
  | { readonly process: "burst" }
  | { readonly process: "replay"; readonly file: string };

/** What one number belongs to: phase × model × workload (× point). */
export interface CellKey {
  readonly phase: string;
  readonly model: string;
  readonly workload: string;
  /** Only in sweeps: the value of the swept parameter. */
  readonly point?: Readonly<Record<string, string | number>>;
}

export interface Cell extends CellKey {
  readonly phaseTitle?: string;
  /** What the phase is about, in the user's words (config `description`). */
  readonly phaseDescription?: string;
  readonly modelLabel?: string;
  readonly scheduleHash: string;
  readonly server?: ServerInfo;
  /** The config's own notes for this cell. */
  readonly notes?: readonly string[];
  readonly trials: readonly Trial[];
  /** Arms of the A/B confirmation in the order they ran. */
  readonly confirmation?: readonly ConfirmationArm[];
}

interface ConfirmationArm {
  readonly arm: "base" | "candidate";
  readonly trial: Trial;
}

/** What was started, so that a report can say it. */
export interface ServerInfo {
  readonly command?: string;
  readonly args?: string;
  readonly version?: string;
  readonly url?: string;
  readonly backend?: string;
}

/** One pass over a workload on one boot of the server. */
export interface Trial {
  readonly startedAt?: string;
  /** One start of the server process. Trials that share a boot count as one; absent = a boot of its own. */
  readonly boot?: string;
  /** Server start to readiness; absent where the server was already running. */
  readonly loadMs?: number;
  readonly seed?: number;
  /** Default true; false comes with `invalidReason`. */
  readonly valid?: boolean;
  readonly invalidReason?: string;
  readonly warnings?: readonly string[];
  readonly tokenSource?: TokenSource;
  readonly client?: ClientHealth;
  readonly serverMetrics?: Readonly<Record<string, number>>;
  /** Absent in imports and summary-only records. */
  readonly requests?: readonly RequestTrace[];
  /** Metric id → value; recomputed from `requests` on reading where those are present. */
  readonly summary?: MetricSummary;
  readonly counts?: TrialCounts;
}

export type MetricSummary = Readonly<Partial<Record<string, number>>>;

export interface TrialCounts {
  readonly requests: number;
  readonly failed: number;
  readonly outputTokens: number;
  readonly gaps: number;
}

export interface ClientHealth {
  /** Threads that sent the workload; absent where the program's own did. */
  readonly threads?: number;
  readonly eventLoopDelayP99Ms?: number;
  readonly latenessP99Ms?: number;
  /** From the first to the last send of a burst; absent for other arrivals. */
  readonly burstSpreadMs?: number;
  /** Share of token-bearing chunks that arrived in one read with the chunk before. */
  readonly coalescedShare?: number;
}

import type { Workload } from "./workload.ts";

/** `serving-gate.yml`, checked and with every default filled in (DESIGN §7). */
export interface Config {
  /** Each resolved over `server:`; at least one. */
  readonly phases: readonly [PhaseConfig, ...PhaseConfig[]];
  readonly overrides: readonly Override[];
  /** The resolved definitions, in the order they run. */
  readonly workloads: readonly Workload[];
  readonly trials: number;
  readonly gate: GatePolicy;
  readonly baseline: BaselineConfig;
  readonly report: ReportConfig;
  /** False in a file that only holds `gate:` (allowed for compare and report). */
  readonly runnable: boolean;
}

export interface PhaseConfig {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  readonly server: ServerConfig;
  /** Empty: the first of /v1/models. */
  readonly models: readonly ModelConfig[];
  /** Id of the phase its table compares with; absent for the first. */
  readonly compareWith?: string;
  /** The workload its comparison table leads with. */
  readonly headline?: string;
}

export interface ModelConfig {
  readonly id: string;
  readonly label: string;
  readonly args: readonly string[];
}

export type Backend = "auto" | "vllm" | "sglang" | "llama-cpp" | "ollama" | "openai";

export interface ServerConfig {
  /** Words of the command, placeholders inside; absent where a running server is used by its URL. */
  readonly command?: readonly string[];
  /** Starts the base build, for the A/B confirmation. */
  readonly baseCommand?: readonly string[];
  /** Builds the base in a worktree of its own; `command` is then started there. Absent where `baseCommand` is all it takes. */
  readonly build?: readonly string[];
  /** Absent: http://127.0.0.1:{a free port}. */
  readonly url?: string;
  readonly backend: Backend;
  readonly readyTimeoutMs: number;
  /** SIGTERM to SIGKILL. */
  readonly stopTimeoutMs: number;
  /** A request without an end by then has failed with kind `timeout`. */
  readonly requestTimeoutMs: number;
  /** Threads that send a workload; absent: by its streams and the machine's cores. 0: the program's own. */
  readonly clientThreads?: number;
  /** Path of the health probe, default by backend. */
  readonly healthPath?: string;
  /** Of the phase: the words that {{args}} stands for. */
  readonly args: readonly string[];
  /** Name of the variable of ours that holds the bearer token the server asks for; the token itself is never part of a config. */
  readonly apiKeyEnv?: string;
  /** Names of variables of ours that the server may see. */
  readonly passEnv: readonly string[];
  /** Variables set for the server. */
  readonly setEnv: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Wait until the GPUs use less than this before the next start; absent: do not wait. */
  readonly gpuMemoryFreeMiB?: number;
}

/** Arguments by any of phase, model (id or label), workload; later wins. Own arguments mean a server start of their own. */
export interface Override {
  readonly phase?: string;
  readonly model?: string;
  readonly workload?: string;
  readonly args?: readonly string[];
  readonly note?: string;
}

export type InconclusivePolicy = "warn" | "fail" | "pass";

/** The gate's policy (`gate:`). Ratios are numbers: 0.05 is 5 %. */
export interface GatePolicy {
  /** Metric ids that block; error_rate and completeness always do. */
  readonly blocking: readonly string[];
  readonly minEffect: MinEffect;
  readonly method: "auto" | "history" | "confirm" | "paired";
  readonly onInconclusive: InconclusivePolicy;
  readonly onMissing: "fail" | "warn" | "pass";
  /** The A/B confirmation takes no longer than this, minutes. */
  readonly confirmMaxMinutes: number;
  /** Judge and report, and never fail: for the weeks before the gate is enforced. */
  readonly dryRun: boolean;
  /** Phases that gate; absent: the last phase (in an offline compare without phases: all). */
  readonly phases?: readonly string[];
}

/** An explicit entry takes no metric factor. */
export interface MinEffect {
  readonly default: number;
  readonly byMetric: Readonly<Record<string, number>>;
  readonly byWorkload: Readonly<Record<string, number>>;
}

export interface BaselineConfig {
  readonly store: "dir";
  /** As written; `~` is expanded by the store. */
  readonly path: string;
  readonly keep: number;
}

export type ReportLanguage = "en" | "ru" | "both";
export interface ReportConfig {
  readonly language: ReportLanguage;
}

import type { ModelConfig, PhaseConfig } from "./config.ts";
import type { Schedule, Workload } from "./workload.ts";

/** Everything a run will do, decided before the first server starts. */
export interface Plan {
  readonly trials: number;
  /** In the order they run: trials outside, so that phases and models alternate and drift hits all alike. */
  readonly boots: readonly PlannedBoot[];
  readonly workloads: readonly Workload[];
  readonly estimatedMinutes: number;
}

/** One start of a server (or one visit to a running one) and what is measured on it. */
export interface PlannedBoot {
  /** 0-based. */
  readonly trial: number;
  readonly phase: PhaseConfig;
  /** Absent: the first of /v1/models, known once the server answers. */
  readonly model?: ModelConfig;
  /** The words for {{args}}: phase, model and overrides put together. */
  readonly args: readonly string[];
  readonly workloads: readonly PlannedWorkload[];
}

export interface PlannedWorkload {
  readonly workload: Workload;
  readonly schedule: Schedule;
  readonly notes: readonly string[];
  readonly point?: Readonly<Record<string, string | number>>;
}

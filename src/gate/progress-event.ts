import type { RequestFailure } from "../core/model/trace.ts";

/** What is happening, for people who wait. Renderers decide how it looks on a terminal and in a log. */
export type ProgressEvent =
  | {
      readonly kind: "plan";
      /** Of servers of our own; a server that runs already is visited. */
      readonly starts: number;
      readonly workloads: number;
      readonly trials: number;
      readonly estimatedMinutes: number;
    }
  | {
      readonly kind: "boot";
      readonly index: number;
      readonly of: number;
      readonly trial: number;
      readonly phase: string;
      readonly model?: string;
    }
  /** The A/B confirmation begins a look: so many starts, about so long. */
  | {
      readonly kind: "confirming";
      readonly look: number;
      readonly starts: number;
      readonly workloads: readonly string[];
      /** Nothing was measured before: all of it is, in turns from the start. */
      readonly isFirst: boolean;
      readonly estimatedMinutes: number;
      readonly minutesLeft: number;
    }
  | {
      readonly kind: "arm";
      readonly arm: "base" | "candidate";
      readonly index: number;
      readonly of: number;
      readonly phase: string;
      readonly model?: string;
    }
  | { readonly kind: "loading"; readonly elapsedMs: number; readonly lastLogLine?: string }
  | { readonly kind: "ready"; readonly loadMs?: number; readonly url: string }
  | { readonly kind: "workload"; readonly workload: string; readonly requests: number }
  | { readonly kind: "warmup"; readonly workload: string }
  | {
      readonly kind: "request";
      readonly workload: string;
      readonly done: number;
      readonly of: number;
      readonly failed: number;
      readonly outputTokens: number;
    }
  | {
      readonly kind: "measured";
      readonly workload: string;
      readonly failed: number;
      /** Why the first of them failed. */
      readonly failure?: RequestFailure;
      /** Why the trial cannot count. */
      readonly invalidReason?: string;
      readonly outputTokensPerSecond?: number;
      readonly ttftP50Ms?: number;
      readonly itlP50Ms?: number;
    }
  | { readonly kind: "stopped" }
  | { readonly kind: "note"; readonly text: string };

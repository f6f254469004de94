import type { Comparison } from "../model/comparison.ts";
import type { GatePolicy } from "../model/config.ts";
import type { ResultsFile } from "../model/results.ts";

/** Everything a report may speak of. */
export interface ReportInput {
  /** With summaries. */
  readonly candidate: ResultsFile;
  /** What the candidate was compared with, oldest first. */
  readonly baseline?: readonly ResultsFile[];
  readonly comparison?: Comparison;
  readonly policy?: GatePolicy;
  /** In the config's order. Absent: the phases of the candidate in theirs, each compared with the one before. */
  readonly phaseLinks?: readonly PhaseLink[];
  readonly context: ReportContext;
  /** Set where the job could not be done: verdict `error`. */
  readonly failure?: ReportFailure;
}

export interface PhaseLink {
  readonly id: string;
  readonly title: string;
  readonly compareWith?: string;
  /** The workload its comparison table leads with. */
  readonly headline?: string;
}

export interface ReportContext {
  /** As the user would write it after `-c`. */
  readonly configPath?: string;
  /** What starts the CLI: `npx github:serving-gate/serving-gate#v1`, `node dist/cli.js`. */
  readonly reproduceCommand: string;
  readonly pullRequest?: number;
  /** Wall time of the measurement, minutes. */
  readonly gpuMinutes?: number;
  /** Of these, minutes of the A/B confirmation; absent where none ran. */
  readonly confirmationMinutes?: number;
  /** What the baseline is called: "main", a file name. */
  readonly baselineLabel?: string;
  /** Why nothing could be confirmed, though the config says how the base is built. */
  readonly noConfirmation?: string;
  /** Of a dry run: how many there were so far, this one included, and how many would have blocked. */
  readonly dryRuns?: { readonly runs: number; readonly wouldBlock: number };
  /** By whose rules a pull request was judged; absent where they are the same on both sides. */
  readonly policyNotice?: PolicyNotice;
}

/**
 * `changed`: the pull request changes `gate:` or the waivers, and was judged by the base's; `new`: the base has no config
 * yet, and the pull request's own was used; `unread`: the base's could not be read, and the pull request's own was used.
 */
export type PolicyNotice =
  | { readonly kind: "changed"; readonly what: "gate" | "waivers" | "gate-and-waivers" }
  | { readonly kind: "new" }
  | { readonly kind: "unread"; readonly why: string };

interface ReportFailure {
  /** The GateError's message. */
  readonly message: string;
  /** Files written before it: what was measured. */
  readonly saved: readonly string[];
}

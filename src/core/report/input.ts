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
  /** What the baseline is called: "main", a file name. */
  readonly baselineLabel?: string;
}

interface ReportFailure {
  /** The GateError's message. */
  readonly message: string;
  /** Files written before it: what was measured. */
  readonly saved: readonly string[];
}

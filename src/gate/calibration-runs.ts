/** Runs of one build after another, each stored as it comes: what `baseline calibrate` measures. */
import { withSummaries } from "../core/metrics/with-summaries.ts";
import type { Config } from "../core/model/config.ts";
import { GateError } from "../core/model/gate-error.ts";
import type { ResultsFile, Source } from "../core/model/results.ts";
import { makePlan } from "../core/plan/make-plan.ts";
import { measureCandidate } from "./measure-candidate.ts";
import { hasFailingCell } from "./record-status.ts";
import type { RunPorts } from "./run-plan.ts";

export interface CalibrationOptions {
  readonly signal: AbortSignal;
  readonly source: Source;
  readonly secret: (name: string) => string | undefined;
  /** Digits that no earlier run used; asked for once a run. */
  readonly nonce: () => string;
  /** Puts a run into the store; the path it has there. */
  readonly keep: (results: ResultsFile) => Promise<string>;
}

export interface CalibrationRuns {
  /** In the order they ran, each with the status it was kept with. */
  readonly runs: readonly ResultsFile[];
  /** The last run that could not be carried out; the others may still have been. */
  readonly failure?: GateError;
}

/** A build that fails twice in a row is not tried for ever. */
const MOST_FAILURES = 2;

/**
 * `count` runs of the whole plan, as they would be on the base branch: a results file and fresh server starts each.
 *
 * They are accepted whatever they say of each other, for how far they lie apart is the question; only one whose requests
 * fail is rejected, and what was measured of one that was not carried out. Ends early when it is cancelled, when a run
 * cannot be kept, and after two failures in a row.
 */
export async function calibrationRuns(
  { config, count }: { readonly config: Config; readonly count: number },
  ports: RunPorts,
  options: CalibrationOptions,
): Promise<CalibrationRuns> {
  const tell = (text: string) => ports.progress.report({ kind: "note", text });
  tell(`Calibration: ${count} runs, about ${Math.ceil(makePlan(config).estimatedMinutes * count)} minutes in all.`);
  const runs: ResultsFile[] = [];
  let failure: GateError | undefined;
  let failed = 0;
  for (let run = 1; run <= count && failed < MOST_FAILURES; run += 1) {
    tell(`\nRun ${run} of ${count}`);
    const outcome = await oneRun(config, ports, options);
    if (outcome.results !== undefined) runs.push(outcome.results);
    if (outcome.path !== undefined) tell(`Kept as ${outcome.results.status}: ${outcome.path}`);
    failed = outcome.failure === undefined ? 0 : failed + 1;
    if (outcome.failure === undefined) continue;
    failure = outcome.failure;
    if (options.signal.aborted || outcome.isUnkept) break;
    tell(`Run ${run} of ${count} was not carried out: ${failure.message}`);
  }
  return { runs, ...(failure === undefined ? {} : { failure }) };
}

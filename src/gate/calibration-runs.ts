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
  /** In the order they ran, each with the status it was kept with; those that failed as far as they came. */
  readonly runs: readonly ResultsFile[];
  /** Those whose plan was carried out. */
  readonly whole: number;
  /** The last one, of any run. */
  readonly failure?: GateError;
}

/** A build that fails so often in a row is not tried for ever. */
const MOST_FAILURES = 2;

/**
 * `count` runs of the whole plan, as they would be on the base branch: each a results file of its own, with fresh server
 * starts.
 *
 * They are accepted whatever they say of each other, for how far they lie apart is the question; only one whose requests
 * fail is rejected, and what was measured of one that was not carried out. Ends early when it is cancelled, when a run
 * cannot be kept, when the config is at fault, and after two failures in a row.
 */
export async function calibrationRuns(
  { config, count }: { readonly config: Config; readonly count: number },
  ports: RunPorts,
  options: CalibrationOptions,
): Promise<CalibrationRuns> {
  const tell = (text: string) => ports.progress.report({ kind: "note", text });
  tell(`Calibration: ${count} runs, about ${Math.ceil(makePlan(config).estimatedMinutes * count)} minutes in all`);
  const outcomes: OneRun[] = [];
  for (let run = 1; run <= count && !isHopeless(outcomes, options.signal); run += 1) {
    tell(`\nRun ${run} of ${count}`);
    const outcome = await oneRun(config, ports, options);
    if (outcome.path !== undefined) tell(`Kept as ${outcome.results?.status}: ${outcome.path}`);
    if (outcome.failure !== undefined) tell(`Run ${run} of ${count} was not carried out. ${outcome.failure.message}`);
    outcomes.push(outcome);
  }
  const failure = outcomes.findLast((one) => one.failure !== undefined)?.failure;
  return {
    runs: outcomes.flatMap(({ results }) => results ?? []),
    whole: outcomes.filter((one) => one.failure === undefined).length,
    ...(failure === undefined ? {} : { failure }),
  };
}

interface OneRun {
  /** Absent where nothing was measured. */
  readonly results?: ResultsFile;
  /** Where they are; absent where they could not be kept. */
  readonly path?: string;
  readonly failure?: GateError;
}

async function oneRun(config: Config, ports: RunPorts, options: CalibrationOptions): Promise<OneRun> {
  const { signal, source, secret } = options;
  const measured = await measureCandidate({ config }, ports, { signal, source, secret, nonce: options.nonce() });
  const failed = measured.failure === undefined ? {} : { failure: measured.failure };
  if (measured.results.cells.length === 0) return failed;
  const isRejected = measured.failure !== undefined || hasFailingCell(withSummaries(measured.results));
  const results: ResultsFile = { ...measured.results, status: isRejected ? "rejected" : "accepted" };
  try {
    return { results, path: await options.keep(results), ...failed };
  } catch (error) {
    if (error instanceof GateError) return { results, failure: error };
    throw error;
  }
}

function isHopeless(outcomes: readonly OneRun[], signal: AbortSignal): boolean {
  const last = outcomes.at(-1);
  if (last?.failure === undefined) return false;
  const isUnkept = last.results !== undefined && last.path === undefined;
  if (signal.aborted || isUnkept || last.failure.blame === "config") return true;
  return outcomes.length >= MOST_FAILURES && outcomes.slice(-MOST_FAILURES).every((one) => one.failure !== undefined);
}

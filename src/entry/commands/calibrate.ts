/** `baseline calibrate`: the base branch against itself. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withoutCommands } from "../../adapters/github/command-guard.ts";
import { dirStore } from "../../adapters/storage/dir-store.ts";
import { systemFiles } from "../../adapters/storage/files.ts";
import { readNamedRecords } from "../../adapters/storage/record-files.ts";
import { type Calibration, calibration } from "../../core/compare/calibration.ts";
import type { SettledBy } from "../../core/compare/calibration-settings.ts";
import { filterConfig } from "../../core/config/filter-config.ts";
import type { Config } from "../../core/model/config.ts";
import { GateError, problemLines } from "../../core/model/gate-error.ts";
import type { ResultsFile, Source } from "../../core/model/results.ts";
import { type CalibrationReport, calibrationText } from "../../core/report/calibration-text.ts";
import { namesBaseBuild } from "../../gate/base-side.ts";
import { calibrationRuns } from "../../gate/calibration-runs.ts";
import { gatedPhases, readBaseline } from "../../gate/judge-candidate.ts";
import type { BaselineStore, Files } from "../../gate/ports.ts";
import type { RunPorts } from "../../gate/run-plan.ts";
import { composeWorld } from "../compose.ts";
import { EXIT } from "../exit-codes.ts";
import type { Flags } from "../flags.ts";
import { keepResults } from "../keep-results.ts";
import { DEFAULT_CONFIG, loadConfig, loadOfflineConfig } from "../load-config.ts";
import { stderrProgress } from "../progress/stderr-progress.ts";
import { printable } from "../progress/terminal-progress.ts";
import { freshNonce, localSource } from "../run-identity.ts";
import { userStateFile } from "../state-file.ts";
import { stopSignals } from "../stop-signals.ts";

export const DEFAULT_RUNS = 5;
/** With fewer no run could be judged against the others. */
const LEAST_RUNS = 3;
const FILTERS = ["phase", "model", "workload"] as const;

export async function calibrate(flags: Flags): Promise<number> {
  const count = flags.integer("runs", LEAST_RUNS) ?? DEFAULT_RUNS;
  const trials = flags.integer("trials", 1);
  if (!flags.has("results")) {
    flags.assertNone("baseline");
    return measured(flags, { count, trials });
  }
  for (const flag of ["runs", "store", ...FILTERS]) {
    if (flags.has(flag)) flags.problem(`--${flag} is for measuring, and --results measures nothing; drop one of them`);
  }
  flags.assertNone("baseline");
  return stored(flags, trials);
}

/** On results that are there. */
async function stored(flags: Flags, trials: number | undefined): Promise<number> {
  const files = systemFiles();
  const print = await printer(files, flags.value("output"));
  const { config, path } = await loadOfflineConfig(files, flags.value("config"));
  const runs = (await readNamedRecords(flags.list("results"))).map(({ results }) => results);
  const wanted = trials ?? (path === undefined ? undefined : config.trials);
  const found = calibrated({ runs, config, trials: wanted });
  await print(report(found, { runs }));
  return EXIT.ok;
}

interface Asked {
  readonly count: number;
  readonly trials: number | undefined;
}

async function measured(flags: Flags, { count, trials }: Asked): Promise<number> {
  const world = composeWorld({ progress: stderrProgress(), stateFile: userStateFile() });
  const print = await printer(world.files, flags.value("output"));
  const whole = await loadConfig(world.files, flags.value("config") ?? DEFAULT_CONFIG, "run");
  const config = narrowed(whole, flags, trials);
  const source = await localSource();
  const path = flags.value("store");
  const store = path === undefined ? world.store(config.baseline, source.repository) : dirStore({ path });
  const { signal, release } = stopSignals();
  try {
    const isPartial = FILTERS.some((flag) => flags.has(flag));
    return await measureAndReport(
      { config, count, isPartial },
      { ports: world, files: world.files, store, signal, source, print },
    );
  } finally {
    release();
  }
}

function narrowed(config: Config, flags: Flags, trials: number | undefined): Config {
  const given = {
    phases: list(flags, "phase"),
    models: list(flags, "model"),
    workloads: list(flags, "workload"),
    trials,
  };
  const filters = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const filtered = filterConfig(config, filters);
  if (!filtered.ok) throw new GateError("config", problemLines("baseline calibrate", filtered.problems));
  return filtered.config;
}

function list(flags: Flags, flag: string): readonly string[] | undefined {
  return flags.has(flag) ? flags.list(flag) : undefined;
}

export interface CalibrateParts {
  readonly ports: RunPorts;
  readonly files: Files;
  readonly store: BaselineStore;
  readonly signal: AbortSignal;
  readonly source: Source;
  /** Takes the report. */
  readonly print: (text: string) => Promise<void>;
}

export interface CalibrateJob {
  readonly config: Config;
  readonly count: number;
  /** Filters leave out a part of the plan. */
  readonly isPartial: boolean;
}

/** Reports on whatever was measured; throws afterwards where that is not all that was asked for. */
export async function measureAndReport(
  { config, count, isPartial }: CalibrateJob,
  parts: CalibrateParts,
): Promise<number> {
  const { ports, files, store, signal, source, print } = parts;
  // A broken record, or a store that cannot be written, is better found before the GPU is busy.
  const before = await readBaseline(store);
  if (store.folder !== undefined) await files.assertWritable(join(store.folder, "calibrate"));
  const { runs, whole, failure } = await calibrationRuns({ config, count }, ports, {
    ...{ signal, source, nonce: freshNonce },
    secret: (name) => process.env[name],
    keep: (results) => kept(results, parts),
  });
  const shortfall = failure === undefined ? undefined : unfinished(failure, { whole, count });
  if (!runs.some(({ status }) => status === "accepted")) throw shortfall ?? nothingAccepted(count);
  const found = calibrated({ runs: [...before, ...runs], config, trials: config.trials });
  await print(report(found, { runs, isPartial, measured: true }));
  if (shortfall !== undefined) throw shortfall;
  return EXIT.ok;
}

/** Into the store; what it does not take goes to the temporary folder, and ends the calibration. */
async function kept(results: ResultsFile, { store, files }: CalibrateParts): Promise<string> {
  try {
    return (await store.add(results)).path;
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    const { place } = await keepResults(
      files,
      { wanted: join(tmpdir(), `serving-gate-run-${process.pid}.json`) },
      results,
    );
    const saved = place === undefined ? "" : ` What was measured is in ${place}.`;
    throw new GateError(error.blame, `${error.message}.${saved}`, { cause: error });
  }
}

function unfinished(
  failure: GateError,
  { whole, count }: { readonly whole: number; readonly count: number },
): GateError {
  const message = `baseline calibrate: ${whole} of ${count} runs were carried out; why not all of them is told above`;
  return new GateError(failure.blame, message, { cause: failure });
}

function nothingAccepted(count: number): GateError {
  return new GateError(
    "server",
    `baseline calibrate: none of ${count} runs can feed a baseline, for under 90% of a cell's requests were answered; ` +
      "look at the failures above first",
  );
}

interface Calibrated {
  readonly runs: readonly ResultsFile[];
  readonly config: Config;
  readonly trials: number | undefined;
}

/** Throws where there are not two runs to compare. */
function calibrated({ runs, config, trials }: Calibrated): Calibration {
  const phases = gatedPhases(config);
  const found = calibration({
    ...{ runs, policy: config.gate, settledBy: settledBy(config, phases) },
    ...(phases === undefined ? {} : { gatedPhases: phases }),
    ...(trials === undefined ? {} : { trials }),
  });
  if (found !== undefined && found.runs >= 2) return found;
  const accepted = runs.filter(({ status }) => status === "accepted").length;
  throw new GateError(
    "config",
    `baseline calibrate: the newest of ${accepted} accepted ${accepted === 1 ? "run" : "runs"} has no other of its lane to be compared with ` +
      "(same machine, schedule and arguments, in a phase that gates); measure more, or name more with --results",
  );
}

function settledBy(config: Config, phases: readonly string[] | undefined): SettledBy {
  const { method } = config.gate;
  if (method === "history" || !namesBaseBuild(config, phases)) return "history";
  return method === "paired" ? "paired" : "confirm";
}

/** `runs` are those just measured, or named. */
function report(
  found: Calibration,
  told: { readonly runs: readonly ResultsFile[]; readonly isPartial?: boolean; readonly measured?: boolean },
): string {
  const accepted = told.runs.filter(({ status }) => status === "accepted").length;
  const about: CalibrationReport = {
    calibration: found,
    ...(told.measured === true ? { measured: accepted } : {}),
    leftOut: told.runs.length - accepted,
    isPartial: told.isPartial ?? false,
  };
  return calibrationText(about);
}

/** Names in a report come from outside: they can neither steer a terminal nor give the runner of a workflow orders. */
async function printer(files: Files, output: string | undefined): Promise<(text: string) => Promise<void>> {
  if (output !== undefined) await files.assertWritable(output);
  return async (text) => {
    const safe = withoutCommands(printable(text));
    if (output === undefined) process.stdout.write(safe);
    else await files.write(output, safe);
  };
}

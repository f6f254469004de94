import { readNamedRecords } from "../../adapters/storage/record-files.ts";
import { filterConfig } from "../../core/config/filter-config.ts";
import type { Config } from "../../core/model/config.ts";
import { GateError, problemLines } from "../../core/model/gate-error.ts";
import { serialiseResults } from "../../core/model/result-file.ts";
import type { ResultsFile } from "../../core/model/results.ts";
import { findBaseSide } from "../../gate/find-base-side.ts";
import { hasMeasurements } from "../../gate/has-measurements.ts";
import { gatedPhases } from "../../gate/judge-candidate.ts";
import { type Gating, measureCandidate } from "../../gate/measure-candidate.ts";
import { baseConfig, baseFilesOf } from "../base-files.ts";
import { composeWorld, type World } from "../compose.ts";
import { EXIT } from "../exit-codes.ts";
import { type Flags, readFlags } from "../flags.ts";
import { type KeptResults, keepResults } from "../keep-results.ts";
import { DEFAULT_CONFIG, loadConfig, loadOfflineConfig } from "../load-config.ts";
import { stderrProgress } from "../progress/stderr-progress.ts";
import { freshNonce, localSource } from "../run-identity.ts";
import { userStateFile } from "../state-file.ts";
import { stopSignals } from "../stop-signals.ts";

const help = `serving-gate run -c FILE [-o results.json] [filters]

Starts the server(s) of a config, drives the workloads and writes the results.

  -c, --config FILE     the config (${DEFAULT_CONFIG})
  -o, --output FILE     where the results go (standard output)
      --phase ID        only this phase; may be repeated
      --model ID        only this model, by id or label; may be repeated
      --workload NAME   only this workload; may be repeated
      --trials N        how many passes
      --seed N          the seed of every workload
      --url URL         use the server that runs there instead of starting one; needs no config
      --baseline PATH   results files, or a folder of them; may be repeated: what looks slower than they are is
                        measured again in turns with the base build (server.base-command or server.build)

Failed requests are results. Exit codes: 0 the plan was carried out, 2 it was not.
`;

const flagSpec = {
  flags: {
    help: { kind: "switch", short: "h" },
    config: { kind: "value", short: "c" },
    output: { kind: "value", short: "o" },
    phase: { kind: "list" },
    model: { kind: "list" },
    workload: { kind: "list" },
    trials: { kind: "value" },
    seed: { kind: "value" },
    url: { kind: "value" },
    baseline: { kind: "list" },
  },
} as const;

export async function run(argv: readonly string[]): Promise<number> {
  const flags = readFlags(argv, flagSpec);
  if (flags.has("help")) {
    process.stdout.write(help);
    return EXIT.ok;
  }
  const trials = flags.integer("trials", 1);
  const seed = flags.integer("seed", 0);
  flags.assertNone("run");
  const world = composeWorld({ progress: stderrProgress(), stateFile: userStateFile() });
  const config = narrowed(await chosenConfig(world, flags), flags, { trials, seed });
  const output = flags.value("output");
  if (output !== undefined) await world.files.assertWritable(output);
  const baseline = flags.has("baseline") ? await readNamedRecords(flags.list("baseline")) : undefined;
  const configPath = flags.value("config") ?? DEFAULT_CONFIG;
  return carryOut(world, { config, configPath, output, baseline: baseline?.map(({ results }) => results) });
}

/** With --url the config needs no server, and may be absent altogether. */
async function chosenConfig(world: World, flags: Flags): Promise<Config> {
  if (flags.has("url")) return (await loadOfflineConfig(world.files, flags.value("config"))).config;
  return loadConfig(world.files, flags.value("config") ?? DEFAULT_CONFIG, "run");
}

/** The config with the filters of the command line; unknown names are problems, all at once. */
function narrowed(
  config: Config,
  flags: Flags,
  numbers: { trials: number | undefined; seed: number | undefined },
): Config {
  const list = (flag: string) => (flags.has(flag) ? flags.list(flag) : undefined);
  const given = {
    phases: list("phase"),
    models: list("model"),
    workloads: list("workload"),
    url: flags.value("url"),
    ...numbers,
  };
  const filters = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const filtered = filterConfig(config, filters);
  if (!filtered.ok) throw new GateError("config", problemLines("run", filtered.problems));
  return filtered.config;
}

interface Job {
  readonly config: Config;
  readonly configPath: string;
  readonly output: string | undefined;
  /** Absent: nothing is compared here, and everything is measured. */
  readonly baseline: readonly ResultsFile[] | undefined;
}

async function carryOut(world: World, job: Job): Promise<number> {
  const { config, output } = job;
  const { signal, release } = stopSignals();
  try {
    const save = async (results: ResultsFile) => {
      if (output !== undefined) await world.files.write(output, serialiseResults(results));
    };
    const gating = await gatingOf(world, job, signal);
    const outcome = await measureCandidate({ config, ...(gating === undefined ? {} : { gating }) }, world, {
      signal,
      nonce: freshNonce(),
      save,
      source: await localSource(),
      secret: (name) => process.env[name],
    });
    const { results } = outcome;
    const kept = output === undefined ? printed(results) : await keepResults(world.files, { wanted: output }, results);
    const failure = outcome.failure ?? kept.failure;
    if (failure === undefined) return EXIT.ok;
    const { blame, message, cause } = failure;
    const saved = kept.place === undefined || !hasMeasurements(results) ? [] : [kept.place];
    throw new GateError(blame, message, { cause, saved });
  } finally {
    release();
  }
}

/** With a baseline to look worse than, or where everything is measured in turns, the base build is made ready first. */
async function gatingOf(world: World, job: Job, signal: AbortSignal): Promise<Gating | undefined> {
  const { config, configPath, baseline } = job;
  const policy = config.gate;
  if (baseline === undefined && policy.method !== "paired") {
    const text =
      "gate.method is confirm, and no --baseline says what to compare with: all is measured, nothing confirmed";
    if (policy.method === "confirm") world.progress.report({ kind: "note", text });
    return undefined;
  }
  const phases = gatedPhases(config);
  const repository = world.repository({});
  const found = await repository.base({}, signal);
  const commit = found.kind === "found" ? found.commit : { reason: found.reason };
  const own =
    found.kind === "found" ? await baseConfig(baseFilesOf(repository, found.commit, signal), configPath) : undefined;
  const wanted = { config, policy, phases, ...(own === undefined ? {} : { baseConfig: own }) };
  const { base } = await findBaseSide(wanted, { repository, commit, progress: world.progress, signal });
  return { baseline: baseline ?? [], policy, phases, ...(base === undefined ? {} : { base }) };
}

function printed(results: ResultsFile): KeptResults {
  process.stdout.write(serialiseResults(results));
  return { place: "standard output" };
}

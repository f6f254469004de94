import { filterConfig } from "../../core/config/filter-config.ts";
import type { Config } from "../../core/model/config.ts";
import { GateError, problemLines } from "../../core/model/gate-error.ts";
import { serialiseResults } from "../../core/model/result-file.ts";
import type { ResultsFile } from "../../core/model/results.ts";
import { makePlan } from "../../core/plan/make-plan.ts";
import { runPlan } from "../../gate/run-plan.ts";
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
  return carryOut(world, config, output);
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

async function carryOut(world: World, config: Config, output: string | undefined): Promise<number> {
  const { signal, release } = stopSignals();
  try {
    const save = async (results: ResultsFile) => {
      if (output !== undefined) await world.files.write(output, serialiseResults(results));
    };
    const source = await localSource();
    const outcome = await runPlan(makePlan(config), config, world, {
      signal,
      nonce: freshNonce(),
      save,
      source,
      secret: (name) => process.env[name],
    });
    const { results } = outcome;
    const kept = output === undefined ? printed(results) : await keepResults(world.files, { wanted: output }, results);
    const failure = outcome.failure ?? kept.failure;
    if (failure === undefined) return EXIT.ok;
    const { blame, message, cause } = failure;
    const saved = kept.place === undefined || !measuredSomething(results) ? [] : [kept.place];
    throw new GateError(blame, message, { cause, saved });
  } finally {
    release();
  }
}

function printed(results: ResultsFile): KeptResults {
  process.stdout.write(serialiseResults(results));
  return { place: "standard output" };
}

const measuredSomething = (results: ResultsFile): boolean => results.cells.some((cell) => cell.trials.length > 0);

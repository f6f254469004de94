import { dirStore } from "../../adapters/storage/dir-store.ts";
import { systemFiles } from "../../adapters/storage/files.ts";
import { readNamedRecords } from "../../adapters/storage/record-files.ts";
import { baselineDefaults } from "../../core/config/keeping.ts";
import { withSummaries } from "../../core/metrics/with-summaries.ts";
import type { ResultsFile } from "../../core/model/results.ts";
import type { BaselineStore, Stored } from "../../gate/ports.ts";
import { EXIT } from "../exit-codes.ts";
import { type Flags, readFlags } from "../flags.ts";
import { DEFAULT_CONFIG, loadOfflineConfig } from "../load-config.ts";
import { printable } from "../progress/terminal-progress.ts";
import { localSource } from "../run-identity.ts";
import { say } from "../say.ts";
import { calibrate, DEFAULT_RUNS } from "./calibrate.ts";

const help = `serving-gate baseline list [-c FILE] [--store PATH]
serving-gate baseline add RESULTS... [-c FILE] [--store PATH] [--summary-only]
serving-gate baseline prune [-c FILE] [--store PATH] [--keep N]
serving-gate baseline calibrate [-c FILE] [--runs K] [--trials N] [--store PATH] [filters] [-o FILE]
serving-gate baseline calibrate --results PATH... [-c FILE] [--trials N] [-o FILE]

Looks after the baseline store: one immutable file a run.

  -c, --config FILE     the config that names the store (${DEFAULT_CONFIG} if it is there, else the default store)
      --store PATH      this folder instead

add
      --summary-only    drop the raw requests: small records that still feed a baseline

prune removes what is too old to be looked at, and prints the paths.
      --keep N          accepted runs to keep of each machine (baseline.keep of the config, ${baselineDefaults.keep})

calibrate measures the code we stand in (the base branch, not a change) several times over, stores each run, and reports
how far the runs lie apart, what the gate could see among them, and which settings fit.
      --runs K          how many runs, 3 or more (${DEFAULT_RUNS})
      --trials N        trials of each run (those of the config)
      --phase ID, --model ID, --workload NAME
                        only these; each may be repeated
      --results PATH    measure nothing, report on these stored results, or a folder of them; may be repeated
  -o, --output FILE     where the report goes (standard output)

Exit codes: 0 done, 2 it could not be done; what was measured is in the store all the same.
`;

const flagSpec = {
  help: { kind: "switch", short: "h" },
  config: { kind: "value", short: "c" },
  store: { kind: "value" },
  "summary-only": { kind: "switch" },
  keep: { kind: "value" },
  runs: { kind: "value" },
  trials: { kind: "value" },
  phase: { kind: "list" },
  model: { kind: "list" },
  workload: { kind: "list" },
  results: { kind: "list" },
  output: { kind: "value", short: "o" },
} as const;

const verbs = {
  list: { takes: ["config", "store"], run: list },
  add: { takes: ["config", "store", "summary-only"], run: add },
  prune: { takes: ["config", "store", "keep"], run: prune },
  calibrate: {
    takes: ["config", "store", "runs", "trials", "phase", "model", "workload", "results", "output"],
    run: calibrate,
  },
} as const;
type Verb = keyof typeof verbs;

export async function baseline(argv: readonly string[]): Promise<number> {
  const flags = readFlags(argv, { flags: flagSpec, words: "list, prune or calibrate, or add and results files" });
  if (flags.has("help")) {
    process.stdout.write(help);
    return EXIT.ok;
  }
  const [word = ""] = flags.words;
  const verb = (Object.keys(verbs) as Verb[]).find((name) => name === word);
  if (verb === undefined) {
    flags.problem(`baseline ${word} is not a command; expected list, add, prune or calibrate`);
    flags.assertNone("baseline");
    return EXIT.unable;
  }
  refuseStrays(flags, verb);
  return verbs[verb].run(flags);
}

/** Flags and words that the command has no use for are problems, told together with its own. */
function refuseStrays(flags: Flags, verb: Verb): void {
  const [, ...paths] = flags.words;
  if (verb === "add" && paths.length === 0) flags.problem("baseline add names no results file; expected one or more");
  if (verb !== "add" && paths.length > 0) flags.problem(`baseline ${verb} takes no files; found ${paths.join(", ")}`);
  const taken: readonly string[] = verbs[verb].takes;
  for (const flag of Object.keys(flagSpec)) {
    if (flags.has(flag) && !taken.includes(flag)) flags.problem(`--${flag} is not for baseline ${verb}`);
  }
}

async function openStore(flags: Flags): Promise<BaselineStore> {
  const path = flags.value("store");
  if (path !== undefined) return dirStore({ path });
  const { config } = await loadOfflineConfig(systemFiles(), flags.value("config"));
  return dirStore({ path: config.baseline.path, repository: (await localSource()).repository });
}

async function add(flags: Flags): Promise<number> {
  flags.assertNone("baseline");
  const store = await openStore(flags);
  const [, ...paths] = flags.words;
  const isSummaryOnly = flags.has("summary-only");
  for (const { results } of await readNamedRecords(paths)) {
    const { path } = await store.add(isSummaryOnly ? summaryOnly(results) : results);
    process.stdout.write(`${path}\n`);
  }
  return EXIT.ok;
}

/** Broken records are listed with the rest, and make the exit code 2. */
async function list(flags: Flags): Promise<number> {
  flags.assertNone("baseline");
  const store = await openStore(flags);
  const records = await store.list();
  for (const record of records) process.stdout.write(`${recordLine(record)}\n`);
  if (records.length === 0) say(`No records in ${store.label} yet.`);
  return records.some((record) => record.kind === "unreadable") ? EXIT.unable : EXIT.ok;
}

async function prune(flags: Flags): Promise<number> {
  const keep = flags.integer("keep", 1);
  flags.assertNone("baseline");
  const { config } = await loadOfflineConfig(systemFiles(), flags.value("config"));
  const store = await openStore(flags);
  const removed = await store.prune(keep ?? config.baseline.keep);
  for (const path of removed) process.stdout.write(`${printable(path)}\n`);
  if (removed.length === 0) say(`Nothing to remove from ${store.label}.`);
  return EXIT.ok;
}

function recordLine(record: Stored<ResultsFile>): string {
  if (record.kind === "missing") return "missing";
  if (record.kind === "unreadable") return `BROKEN  ${record.path}\n  ${record.reason}`;
  const { createdAt, status, source, cells, epoch } = record.value;
  const trials = Math.max(0, ...cells.map((cell) => cell.trials.length));
  const sha = source?.sha?.slice(0, 12) ?? "-";
  const size = `${counted(cells.length, "cell")} × ${counted(trials, "trial")}`;
  const begun = epoch === undefined ? "" : `  epoch ${epoch}`;
  return printable(`${createdAt}  ${status.padEnd(8)}  ${sha.padEnd(12)}  ${size}${begun}  ${record.path}`);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function summaryOnly(results: ResultsFile): ResultsFile {
  const { cells, ...rest } = withSummaries(results);
  return {
    ...rest,
    cells: cells.map((cell) => ({ ...cell, trials: cell.trials.map(({ requests: _dropped, ...trial }) => trial) })),
  };
}

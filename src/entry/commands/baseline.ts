import { dirStore } from "../../adapters/storage/dir-store.ts";
import { systemFiles } from "../../adapters/storage/files.ts";
import { readNamedRecords } from "../../adapters/storage/record-files.ts";
import { withSummaries } from "../../core/metrics/with-summaries.ts";
import type { ResultsFile } from "../../core/model/results.ts";
import type { BaselineStore, Stored } from "../../gate/ports.ts";
import { EXIT } from "../exit-codes.ts";
import { type Flags, readFlags } from "../flags.ts";
import { DEFAULT_CONFIG, loadOfflineConfig } from "../load-config.ts";
import { printable } from "../progress/terminal-progress.ts";
import { localSource } from "../run-identity.ts";
import { say } from "../say.ts";

const help = `serving-gate baseline list [-c FILE] [--store PATH]
serving-gate baseline add RESULTS... [-c FILE] [--store PATH] [--summary-only]

Looks after the baseline store: one immutable file a run.

  -c, --config FILE     the config that names the store (${DEFAULT_CONFIG} if it is there, else the default store)
      --store PATH      this folder instead
      --summary-only    drop the raw requests: small records that still feed a baseline
`;

export async function baseline(argv: readonly string[]): Promise<number> {
  const flags = readFlags(argv, {
    flags: {
      help: { kind: "switch", short: "h" },
      config: { kind: "value", short: "c" },
      store: { kind: "value" },
      "summary-only": { kind: "switch" },
    },
    words: "list, or add and results files",
  });
  if (flags.has("help")) {
    process.stdout.write(help);
    return EXIT.ok;
  }
  const [verb, ...paths] = flags.words;
  if (verb !== "list" && verb !== "add") flags.problem(`baseline ${verb ?? ""} is not a command; expected list or add`);
  if (verb === "add" && paths.length === 0) flags.problem("baseline add names no results file; expected one or more");
  if (verb === "list" && paths.length > 0) flags.problem(`baseline list takes no files; found ${paths.join(", ")}`);
  flags.assertNone("baseline");
  const store = await openStore(flags);
  return verb === "add" ? add(store, paths, flags.has("summary-only")) : list(store);
}

async function openStore(flags: Flags): Promise<BaselineStore> {
  const path = flags.value("store");
  if (path !== undefined) return dirStore({ path });
  const { config } = await loadOfflineConfig(systemFiles(), flags.value("config"));
  return dirStore({ path: config.baseline.path, repository: (await localSource()).repository });
}

async function add(store: BaselineStore, paths: readonly string[], isSummaryOnly: boolean): Promise<number> {
  for (const { results } of await readNamedRecords(paths)) {
    const { path } = await store.add(isSummaryOnly ? summaryOnly(results) : results);
    process.stdout.write(`${path}\n`);
  }
  return EXIT.ok;
}

/** Broken records are listed with the rest, and make the exit code 2. */
async function list(store: BaselineStore): Promise<number> {
  const records = await store.list();
  for (const record of records) process.stdout.write(`${recordLine(record)}\n`);
  if (records.length === 0) say(`No records in ${store.label} yet.`);
  return records.some((record) => record.kind === "unreadable") ? EXIT.unable : EXIT.ok;
}

function recordLine(record: Stored<ResultsFile>): string {
  if (record.kind === "missing") return "missing";
  if (record.kind === "unreadable") return `BROKEN  ${record.path}\n  ${record.reason}`;
  const { createdAt, status, source, cells } = record.value;
  const trials = Math.max(0, ...cells.map((cell) => cell.trials.length));
  const sha = source?.sha?.slice(0, 12) ?? "-";
  const size = `${counted(cells.length, "cell")} × ${counted(trials, "trial")}`;
  return printable(`${createdAt}  ${status.padEnd(8)}  ${sha.padEnd(12)}  ${size}  ${record.path}`);
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

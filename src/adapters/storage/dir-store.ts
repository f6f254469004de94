import { randomBytes } from "node:crypto";
import { link, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { GateError } from "../../core/model/gate-error.ts";
import { serialiseResults } from "../../core/model/result-file.ts";
import type { ResultsFile } from "../../core/model/results.ts";
import type { BaselineStore } from "../../gate/ports.ts";
import { noteDryRun } from "./dry-run-log.ts";
import { makeFolder } from "./make-folder.ts";
import { readRecordFolder } from "./record-files.ts";

const zip = promisify(gzip);

/** Records of runs whose repository is not known. */
const LOCAL = "local";

/**
 * Baselines in a folder of the runner: `PATH/owner/repo/CREATED-RUN.json.gz`, one immutable file a run.
 *
 * Runners serve many repositories from one home, so each has a folder of its own; with an unknown repository every folder is read.
 */
export function dirStore(options: { readonly path: string; readonly repository?: string | undefined }): BaselineStore {
  const root = expandHome(options.path);
  const { repository } = options;
  const folder = repository === undefined ? root : join(root, repositoryFolder(repository));
  return {
    label: folder,
    folder,
    list: async () => {
      if (repository === undefined) return readRecordFolder(root);
      const [own, local] = [
        await readRecordFolder(join(root, repositoryFolder(repository))),
        await readRecordFolder(join(root, LOCAL)),
      ];
      return [...local, ...own];
    },
    add: (results) => addRecord(join(root, repositoryFolder(results.source?.repository ?? repository)), results),
    noteDryRun: (run) => noteDryRun(folder, run),
    prune: (keep) => prune(folder, keep),
  };
}

function expandHome(path: string): string {
  return resolve(path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(2)) : path);
}

/** `owner/repo` as a path below the store; anything that could lead elsewhere becomes one harmless name. */
function repositoryFolder(repository: string | undefined): string {
  if (repository === undefined) return LOCAL;
  return repository
    .split("/")
    .map((part) => part.replace(/[^A-Za-z0-9._-]/g, "_").replace(/^\.+$/, "_"))
    .slice(0, 2)
    .join("/");
}

async function addRecord(folder: string, results: ResultsFile): Promise<{ readonly path: string }> {
  const stamp = new Date(results.createdAt).toISOString().replace(/[-:]|\.\d+/g, "");
  const run = (results.source?.runId ?? results.source?.sha?.slice(0, 12) ?? "run").replace(/[^A-Za-z0-9._-]/g, "_");
  const draft = join(folder, `.${randomBytes(8).toString("hex")}.draft`);
  try {
    await makeFolder(folder);
    await writeFile(draft, await zip(serialiseResults(results)), { flag: "wx" });
    return { path: await publish(draft, join(folder, `${stamp}-${run}`)) };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown";
    throw new GateError(
      "host",
      `baseline: the record cannot be written to ${folder} (${code}); check that the folder is writable and the disk is not full`,
      { cause },
    );
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

/** A hard link appears whole or not at all, and never replaces a file: two jobs of one second get two names. */
async function publish(draft: string, stem: string): Promise<string> {
  for (let copy = 1; ; copy += 1) {
    const path = `${stem}${copy === 1 ? "" : `-${copy}`}.json.gz`;
    try {
      await link(draft, path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

interface FoundRecord {
  readonly path: string;
  readonly value: ResultsFile;
}

/** Unreadable records are left for a person to look at. */
async function prune(folder: string, keep: number): Promise<readonly string[]> {
  const records = (await readRecordFolder(folder)).flatMap((record) => (record.kind === "found" ? [record] : []));
  const removed = [...byMachine(records)].flatMap((ofMachine) => outdated(ofMachine, keep)).map(({ path }) => path);
  // Another job of this runner may have been quicker.
  for (const path of removed) await rm(path, { force: true });
  return removed;
}

/** A store may serve several machines, and several repositories where none is named: none of them is to push out another. */
function byMachine(records: readonly FoundRecord[]): Iterable<readonly FoundRecord[]> {
  const groups = new Map<string, FoundRecord[]>();
  for (const record of records) {
    const key = JSON.stringify([dirname(record.path), record.value.environment.fingerprint]);
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return groups.values();
}

/** Beyond `keep` of its status, or older than every accepted record that stays: nothing will be compared with it. */
function outdated(records: readonly FoundRecord[], keep: number): readonly FoundRecord[] {
  const kept = (["accepted", "suspect", "rejected"] as const).map((status) =>
    records.filter(({ value }) => value.status === status).slice(-keep),
  );
  const [oldest] = kept[0] ?? [];
  const staying = new Set(kept.flat());
  return records.filter((record) => !staying.has(record) || (oldest !== undefined && isOlder(record, oldest)));
}

function isOlder(a: FoundRecord, b: FoundRecord): boolean {
  return Date.parse(a.value.createdAt) < Date.parse(b.value.createdAt);
}

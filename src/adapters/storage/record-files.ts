import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { GateError, problemLines } from "../../core/model/gate-error.ts";
import { parseResults } from "../../core/model/result-file.ts";
import type { ResultsFile } from "../../core/model/results.ts";
import type { Stored } from "../../gate/ports.ts";

const unzip = promisify(gunzip);

/** One results file, `.json` or `.json.gz`. */
async function readRecord(path: string): Promise<Stored<ResultsFile>> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    return codeOf(error) === "ENOENT"
      ? { kind: "missing" }
      : { kind: "unreadable", path, reason: `cannot be read (${codeOf(error)})` };
  }
  try {
    if (path.endsWith(".gz")) bytes = await unzip(bytes);
  } catch {
    return { kind: "unreadable", path, reason: `results: is not a whole gzip file; restore it or delete it (${path})` };
  }
  const parsed = parseResults(bytes.toString("utf8"), path);
  if (!parsed.ok) return { kind: "unreadable", path, reason: problemLines("results", parsed.problems) };
  return { kind: "found", value: parsed.results, path };
}

/** Every record below a folder, oldest first; no such folder is an empty list. Entries that are not results are unreadable ones. */
export async function readRecordFolder(folder: string): Promise<readonly Stored<ResultsFile>[]> {
  const records: Stored<ResultsFile>[] = [];
  for (const path of await recordPaths(folder)) records.push(await readRecord(path));
  return records.sort((a, b) => createdAtMs(a) - createdAtMs(b) || (pathOf(a) < pathOf(b) ? -1 : 1));
}

/**
 * The records that a user named: files, or folders of them, any number.
 *
 * A file that is named twice, by itself and in its folder, counts once. An existing empty folder gives none ("first baseline"). Throws one GateError that names everything missing or unreadable.
 */
export async function readNamedRecords(
  paths: readonly string[],
): Promise<readonly { path: string; results: ResultsFile }[]> {
  const records: Stored<ResultsFile>[] = [];
  const faults: string[] = [];
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined)
      faults.push(`results: ${path} does not exist; expected a results file or a folder of them`);
    else if (found.isDirectory()) records.push(...(await readRecordFolder(path)));
    else records.push(await readRecord(path));
  }
  faults.push(...records.flatMap((record) => (record.kind === "unreadable" ? [record.reason] : [])));
  if (faults.length > 0) throw new GateError("config", faults.join("\n"));
  const found = records.flatMap((record) =>
    record.kind === "found" ? [[resolve(record.path), { path: record.path, results: record.value }] as const] : [],
  );
  return [...new Map(found).values()];
}

async function recordPaths(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    return entries
      .filter((entry) => entry.isFile() && /\.json(\.gz)?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return [];
    throw new GateError(
      "host",
      `baseline: the folder ${folder} cannot be read (${codeOf(cause)}); check its permissions`,
      { cause },
    );
  }
}

const createdAtMs = (record: Stored<ResultsFile>): number =>
  record.kind === "found" ? Date.parse(record.value.createdAt) : 0;
const pathOf = (record: Stored<ResultsFile>): string => (record.kind === "missing" ? "" : record.path);
const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "unknown";

import type { Dirent } from "node:fs";
import { lstat, readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
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
    if (codeOf(error) !== "ENOENT")
      return { kind: "unreadable", path, reason: `results: cannot be read (${codeOf(error)}): ${path}` };
    return (await isLink(path))
      ? { kind: "unreadable", path, reason: `results: is a link to nothing; restore its target or delete it (${path})` }
      : { kind: "missing" };
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
  const found = new Map<string, { path: string; results: ResultsFile }>();
  for (const record of records) {
    if (record.kind === "found") found.set(await realpath(record.path), { path: record.path, results: record.value });
  }
  return [...found.values()];
}

async function recordPaths(folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  const visited = new Set<string>();
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { real, entries } = await entriesOf(next);
    if (visited.has(real)) continue;
    visited.add(real);
    for (const entry of entries) {
      const path = join(next, entry.name);
      const kind = await kindOf(entry, path);
      if (kind === "folder") waiting.push(path);
      if (kind === "file" && /\.json(\.gz)?$/.test(entry.name)) paths.push(path);
    }
  }
  return paths.sort();
}

/** With the folder's own place, by which a link back to it is known. A folder that is not there is empty. */
async function entriesOf(folder: string): Promise<{ readonly real: string; readonly entries: readonly Dirent[] }> {
  try {
    return { real: await realpath(folder), entries: await readdir(folder, { withFileTypes: true }) };
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return { real: folder, entries: [] };
    throw new GateError(
      "host",
      `baseline: the folder ${folder} cannot be read (${codeOf(cause)}); check its permissions`,
      { cause },
    );
  }
}

/** A link is what it leads to; one that leads nowhere stays a file, so that reading it says so. */
async function kindOf(entry: Dirent, path: string): Promise<"file" | "folder" | "other"> {
  const target = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
  if (target === undefined || target.isFile()) return "file";
  return target.isDirectory() ? "folder" : "other";
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}

const createdAtMs = (record: Stored<ResultsFile>): number =>
  record.kind === "found" ? Date.parse(record.value.createdAt) : 0;
const pathOf = (record: Stored<ResultsFile>): string => (record.kind === "missing" ? "" : record.path);
const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "unknown";

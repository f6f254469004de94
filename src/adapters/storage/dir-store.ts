import { randomBytes } from "node:crypto";
import { link, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { GateError } from "../../core/model/gate-error.ts";
import { serialiseResults } from "../../core/model/result-file.ts";
import type { ResultsFile } from "../../core/model/results.ts";
import type { BaselineStore } from "../../gate/ports.ts";
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

/** Only accepted records count and go; unreadable ones are left for a person to look at. */
async function prune(folder: string, keep: number): Promise<readonly string[]> {
  const accepted = (await readRecordFolder(folder)).filter(
    (record) => record.kind === "found" && record.value.status === "accepted",
  );
  const old = accepted.slice(0, Math.max(0, accepted.length - keep));
  const removed: string[] = [];
  for (const record of old) {
    if (record.kind !== "found") continue;
    // Another job of this runner may have been quicker.
    await rm(record.path, { force: true });
    removed.push(record.path);
  }
  return removed;
}

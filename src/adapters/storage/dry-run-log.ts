import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DryRunTally } from "../../gate/ports.ts";
import { makeFolder } from "./make-folder.ts";

/** One line a run, beside the records: appended whole, so that two jobs of one runner do not cut each other's. */
const FILE = "dry-runs.log";

/** Adds one dry run and counts them all; undefined where the place cannot be written: a tally is no reason to fail. */
export async function noteDryRun(
  folder: string,
  { runId, wouldBlock }: { readonly runId: string; readonly wouldBlock: boolean },
): Promise<DryRunTally | undefined> {
  const path = join(folder, FILE);
  try {
    await makeFolder(folder);
    await appendFile(path, `${runId.replace(/\s/g, "_") || "-"} ${wouldBlock ? "block" : "pass"}\n`);
    const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
    return { runs: lines.length, wouldBlock: lines.filter((line) => line.endsWith(" block")).length };
  } catch {
    return undefined;
  }
}

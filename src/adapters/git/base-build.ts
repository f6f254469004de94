import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { joinWords } from "../../core/config/words.ts";
import { GateError } from "../../core/model/gate-error.ts";
import { exitText, lastLinesBlock } from "../../core/plan/server-exit.ts";
import type { BaseBuild, ServerExit } from "../../gate/ports.ts";
import { type BuildPlace, buildPlace, isBuilt, makeRoom, markBuilt, markUsed } from "./build-cache.ts";
import { lockBuild } from "./build-lock.ts";
import type { Checkout } from "./checkout.ts";
import { ensureCommit, shortId } from "./fetch.ts";
import { createWorktree } from "./worktree.ts";

/** Runs a command to its end; when the signal fires first, ends all of it and rejects with the signal's reason. */
export type RunBuild = (
  build: { readonly command: readonly string[]; readonly folder: string; readonly server: BaseBuild["server"] },
  signal: AbortSignal,
) => Promise<{ readonly exit: ServerExit; readonly lines: readonly string[] }>;

export interface Workshop {
  readonly cacheFolder: string;
  readonly run: RunBuild;
  /** Folders that this process was given: kept, however many builds follow. */
  readonly inUse: Set<string>;
  /** Where each of them has its marker. */
  readonly markers: Map<string, string>;
  readonly onNote: (text: string) => void;
}

/** The folder of a base build that stands for the one we are in, and whether it was there already. */
export async function builtBase(
  checkout: Checkout,
  build: BaseBuild,
  workshop: Workshop,
): Promise<{ readonly folder: string; readonly cached: boolean }> {
  await ensureCommit(checkout, build.sha);
  const place = buildPlace(workshop.cacheFolder, checkout, build);
  try {
    return await builtUnderLock(checkout, build, { ...workshop, place });
  } catch (error) {
    throw isOfFiles(error) ? cannotKeep(place, error) : error;
  }
}

type Bench = Workshop & { readonly place: BuildPlace };

async function builtUnderLock(checkout: Checkout, build: BaseBuild, bench: Bench) {
  const { place, inUse, onNote } = bench;
  await mkdir(place.shelf, { recursive: true });
  const release = await lockBuild(place.lock, {
    signal: checkout.signal,
    onWait: ({ pid }) => onNote(`waiting for process ${pid}, which builds the base ${shortId(build.sha)}`),
  });
  try {
    const cached = await isBuilt(checkout, place, build.sha);
    if (cached) await markUsed(place);
    else await buildAnew(checkout, build, bench);
    inUse.add(place.folder);
    const folder = join(place.folder, checkout.prefix);
    bench.markers.set(folder, place.marker);
    return { folder, cached };
  } finally {
    await release();
  }
}

async function buildAnew(checkout: Checkout, build: BaseBuild, { place, inUse, run }: Bench): Promise<void> {
  const { sha, command, server } = build;
  await rm(place.marker, { force: true });
  await makeRoom(checkout, place, inUse);
  await createWorktree(checkout, { folder: place.folder, sha });
  const folder = join(place.folder, checkout.prefix);
  if (!existsSync(folder)) {
    const where = `${checkout.prefix}, where we stand and server.build is run`;
    throw new GateError("config", `config: the base ${shortId(sha)} has no folder ${where}; start from the root`);
  }
  const { exit, lines } = await run({ command, folder, server }, checkout.signal);
  if (exit.code !== 0) throw failedBuild(build, { folder, exit, lines });
  await markBuilt(place, build);
}

interface FailedBuild {
  readonly folder: string;
  readonly exit: ServerExit;
  readonly lines: readonly string[];
}

function failedBuild({ sha, command }: BaseBuild, { folder, exit, lines }: FailedBuild): GateError {
  return new GateError(
    "config",
    `config: server.build (${joinWords(command)}) ${exitText(exit)} in the base ${shortId(sha)}. ` +
      `${lastLinesBlock(lines)}\nPut right what these lines say; the base is checked out in ${folder}, ` +
      "where the command can be run by hand.",
  );
}

function isOfFiles(error: unknown): error is NodeJS.ErrnoException {
  return typeof (error as NodeJS.ErrnoException).syscall === "string";
}

function cannotKeep({ shelf }: BuildPlace, cause: NodeJS.ErrnoException): GateError {
  const advice = "see that it is writable and the disk not full, or name another folder in SERVING_GATE_CACHE";
  const what = `${cause.syscall} failed with ${cause.code} for ${cause.path ?? "a file in it"}`;
  return new GateError("host", `git: ${shelf} cannot keep a build of the base: ${what}; ${advice}`, { cause });
}

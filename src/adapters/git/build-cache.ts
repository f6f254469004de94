/** Where builds of bases are kept: a folder for each clone, and in it for each build a tree, its marker and its lock. */
import { createHash } from "node:crypto";
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { BaseBuild } from "../../gate/ports.ts";
import { isLocked } from "./build-lock.ts";
import type { Checkout } from "./checkout.ts";
import { removeWorktree, worktreeCommit } from "./worktree.ts";

export interface BuildPlace {
  readonly folder: string;
  /** Written when a build is done; its time tells when it was last used. */
  readonly marker: string;
  readonly lock: string;
  /** Folder of all builds of this clone. */
  readonly shelf: string;
}

const KEPT_BUILDS = 3;

export function buildPlace(cacheFolder: string, checkout: Checkout, build: BaseBuild): BuildPlace {
  const { root, gitFolder, prefix } = checkout;
  const clone = basename(root).replace(/[^A-Za-z0-9._-]/g, "_");
  const shelf = join(cacheFolder, `${clone}-${hashed(gitFolder, 12)}`);
  const { command, server } = build;
  // What the build is told decides what it makes; values that are passed from outside do not stand in the config.
  // And so does the folder it is run in: several of one repository may have builds that read alike.
  const recipe = JSON.stringify([command, server.passEnv, Object.entries(server.setEnv), prefix]);
  return placeOf(shelf, `${build.sha.slice(0, 16)}-${hashed(recipe, 8)}`);
}

/** Whether a build is done and its tree still stands at the commit. */
export async function isBuilt(checkout: Checkout, { folder, marker }: BuildPlace, sha: string): Promise<boolean> {
  const written = await readFile(marker, "utf8").catch(() => undefined);
  return written !== undefined && (await worktreeCommit(checkout, folder)) === sha;
}

/** Last of all, and whole or not at all. */
export async function markBuilt({ marker }: BuildPlace, { sha, command }: BaseBuild): Promise<void> {
  const draft = `${marker}.draft`;
  await writeFile(draft, `${JSON.stringify({ sha, command })}\n`);
  await rename(draft, marker);
}

export async function markUsed({ marker }: BuildPlace): Promise<void> {
  const now = new Date();
  await utimes(marker, now, now);
}

/** Removes the builds of this clone that were not used for longest, and those that never came to an end. */
export async function makeRoom(checkout: Checkout, mine: BuildPlace, inUse: ReadonlySet<string>): Promise<void> {
  const others = (await places(mine.shelf)).filter(({ folder }) => folder !== mine.folder && !inUse.has(folder));
  const used = await Promise.all(others.map(async (place) => ({ place, atMs: await usedAtMs(place) })));
  const old = used.sort((a, b) => b.atMs - a.atMs).slice(Math.max(0, KEPT_BUILDS - 1 - inUse.size));
  const unfinished = used.filter(({ atMs }) => atMs === NEVER);
  for (const { place } of new Set([...old, ...unfinished])) {
    if (await isLocked(place.lock)) continue;
    await rm(place.marker, { force: true });
    await removeWorktree(checkout, place.folder);
  }
}

function placeOf(shelf: string, name: string): BuildPlace {
  const folder = join(shelf, name);
  return { folder, shelf, marker: `${folder}.built`, lock: `${folder}.lock` };
}

async function places(shelf: string): Promise<readonly BuildPlace[]> {
  const names = (await readdir(shelf)).map((name) => name.split(".")[0] ?? "");
  return [...new Set(names)]
    .filter((name) => /^[0-9a-f]{16}-[0-9a-f]{8}$/.test(name))
    .map((name) => placeOf(shelf, name));
}

const NEVER = 0;

async function usedAtMs({ marker }: BuildPlace): Promise<number> {
  return (await stat(marker).catch(() => undefined))?.mtimeMs ?? NEVER;
}

function hashed(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}

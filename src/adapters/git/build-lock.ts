import { randomBytes } from "node:crypto";
import { link, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

interface Holder {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
}

export interface LockWait {
  readonly signal: AbortSignal;
  /** Once, when somebody else holds it. */
  readonly onWait: (holder: { readonly pid: number }) => void;
}

const POLL_MS = 250;
/** A holder says so often that it lives; one that was silent four times over is gone, with its machine or its container. */
const SIGN_OF_LIFE_MS = 15_000;
const SILENCE_LIMIT_MS = 4 * SIGN_OF_LIFE_MS;

/** Waits until nobody else builds there; the function it returns lets the next one in. Rejects with the signal's reason. */
export async function lockBuild(path: string, { signal, onWait }: LockWait): Promise<() => Promise<void>> {
  const mine: Holder = { id: randomBytes(8).toString("hex"), pid: process.pid, host: hostname() };
  for (let hasTold = false; ; ) {
    signal.throwIfAborted();
    if (await taken(path, mine)) return keptAlive(path, mine);
    const holder = await readHolder(path);
    if (holder === undefined) continue;
    if (await isGone(path, holder)) {
      await removeOf(path, holder);
      continue;
    }
    if (!hasTold) onWait(holder);
    hasTold = true;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Whether somebody holds it now. */
export async function isLocked(path: string): Promise<boolean> {
  const holder = await readHolder(path);
  return holder !== undefined && !(await isGone(path, holder));
}

/** A hard link appears with all that is written in it, or not at all. */
async function taken(path: string, mine: Holder): Promise<boolean> {
  const draft = `${path}.${mine.id}`;
  await writeFile(draft, JSON.stringify(mine));
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    await rm(draft, { force: true });
  }
}

function keptAlive(path: string, mine: Holder): () => Promise<void> {
  const signs = setInterval(() => {
    const now = new Date();
    // Where it fails, the lock was taken over: nothing to be done about it in the middle of a build.
    utimes(path, now, now).catch(() => undefined);
  }, SIGN_OF_LIFE_MS);
  signs.unref();
  return async () => {
    clearInterval(signs);
    await removeOf(path, mine);
  };
}

/** Undefined where nobody holds it. */
async function readHolder(path: string): Promise<Holder | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as Holder;
  } catch {
    // What a full disk or a crash of the machine left: nobody's, and gone when it is old enough.
    return { id: "", pid: 0, host: "" };
  }
}

async function isGone(path: string, { pid, host }: Holder): Promise<boolean> {
  if (host === hostname() && !lives(pid)) return true;
  const touched = await stat(path).catch(() => undefined);
  return touched !== undefined && Date.now() - touched.mtimeMs > SILENCE_LIMIT_MS;
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Never another's: what is moved aside and turns out to be a newer lock is put back. */
async function removeOf(path: string, holder: Holder): Promise<void> {
  const aside = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    await rename(path, aside);
    if ((await readHolder(aside))?.id !== holder.id) await link(aside, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "EEXIST") throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

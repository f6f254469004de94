import { randomBytes } from "node:crypto";
import { access, constants, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { GateError } from "../../core/model/gate-error.ts";
import type { Files } from "../../gate/ports.ts";
import { makeFolder } from "./make-folder.ts";

/** Files of this machine; every write is whole or not there. */
export function systemFiles(): Files {
  return {
    write: (path, text) => told("written", path, () => write(path, text)),
    assertWritable: (path) => told("written", path, () => probe(path)),
    read: (path) => told("read", path, () => readFile(path, "utf8")),
  };
}

async function write(path: string, text: string): Promise<void> {
  if (await isSpecial(path)) return writeFile(path, text);
  await makeFolder(dirname(path));
  const target = await realpath(path).catch(() => path);
  const draft = join(dirname(target), `.${randomBytes(6).toString("hex")}.draft`);
  try {
    await writeFile(draft, text);
    await rename(draft, target);
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

async function probe(path: string): Promise<void> {
  if (await isSpecial(path)) return access(path, constants.W_OK);
  await makeFolder(dirname(path));
  const draft = join(dirname(await realpath(path).catch(() => path)), `.${randomBytes(6).toString("hex")}.draft`);
  try {
    await writeFile(draft, "");
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

/** A pipe or a device, such as /dev/stdout: written to as it stands, where a draft renamed onto it would replace it. */
async function isSpecial(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
  return found !== undefined && !found.isFile();
}

async function told<T>(done: "read" | "written", path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown";
    const reason = code === "ENOENT" ? missing[done] : (advice[code] ?? code);
    throw new GateError("config", `${path} cannot be ${done}: ${reason}`, { cause });
  }
}

const missing = {
  read: "no such file or folder; check the path",
  written: "no folder can be made there; choose another place",
};

const advice: Readonly<Record<string, string>> = {
  EACCES: "permission denied; choose a place this user may use",
  EISDIR: "it is a folder; name a file in it",
  EEXIST: "a part of the path is a file, not a folder; choose another place",
  ENOTDIR: "a part of the path is a file, not a folder; choose another place",
  EROFS: "the file system is read-only; choose another place",
  ENOSPC: "the disk is full; free some room",
};

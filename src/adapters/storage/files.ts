import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { GateError } from "../../core/model/gate-error.ts";
import type { Files } from "../../gate/ports.ts";
import { makeFolder } from "./make-folder.ts";

/** Files of this machine; every write is whole or not there. */
export function systemFiles(): Files {
  return {
    write: async (path, text) => {
      const draft = join(dirname(path), `.${process.pid}-${Date.now().toString(36)}.draft`);
      try {
        await makeFolder(dirname(path));
        await writeFile(draft, text);
        await rename(draft, path);
      } catch (cause) {
        throw cannot("written", path, cause);
      } finally {
        await rm(draft, { force: true }).catch(() => undefined);
      }
    },
    assertWritable: async (path) => {
      const probe = join(dirname(path), `.${process.pid}-probe.draft`);
      try {
        await makeFolder(dirname(path));
        await writeFile(probe, "");
        if ((await stat(path).catch(() => undefined))?.isDirectory())
          throw Object.assign(new Error(), { code: "EISDIR" });
      } catch (cause) {
        throw cannot("written", path, cause);
      } finally {
        await rm(probe, { force: true }).catch(() => undefined);
      }
    },
    read: async (path) => {
      try {
        return await readFile(path, "utf8");
      } catch (cause) {
        throw cannot("read", path, cause);
      }
    },
  };
}

const advice: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder, and none can be made there; check the path",
  EACCES: "permission denied; choose a place this user may use",
  EISDIR: "it is a folder; name a file in it",
  EEXIST: "a part of the path is a file, not a folder; choose another place",
  ENOTDIR: "a part of the path is a file, not a folder; choose another place",
  EROFS: "the file system is read-only; choose another place",
  ENOSPC: "the disk is full; free some room",
};

function cannot(done: "read" | "written", path: string, cause: unknown): GateError {
  const code = (cause as NodeJS.ErrnoException).code ?? "unknown";
  return new GateError("config", `${path} cannot be ${done}: ${advice[code] ?? code}`, { cause });
}

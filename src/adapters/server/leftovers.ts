import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { GateError } from "../../core/model/gate-error.ts";
import { livingProcesses, type ServerProcesses, stopProcesses } from "./process-group.ts";
import { machineBoot, readProcess } from "./process-table.ts";

/** A server that was started and not yet seen to end: what is written down, so that somebody else can end it. */
interface OpenServer {
  readonly boot: string;
  /** Absent in the moment between writing and starting. */
  readonly leader?: number;
  readonly leaderStartTicks?: number;
  readonly command: string;
  readonly stopTimeoutMs: number;
  readonly machineBoot?: string;
  /** The process that started it and will end it itself as long as it lives. */
  readonly owner: { readonly pid: number; readonly startTicks?: number };
}

/** The note a launcher keeps of what it has running. */
export interface StateFile {
  put(server: Omit<OpenServer, "owner" | "machineBoot">): void;
  remove(boot: string): void;
}

export function openStateFile(path: string | undefined): StateFile {
  if (path === undefined) return { put: () => undefined, remove: () => undefined };
  return {
    put(server) {
      const owner = { pid: process.pid, ...optional("startTicks", readProcess(process.pid)?.startTicks) };
      const entry = { ...server, owner, ...optional("machineBoot", machineBoot()) };
      writeServers(path, [...readServers(path).filter(({ boot }) => boot !== server.boot), entry]);
    },
    remove(boot) {
      writeServers(
        path,
        readServers(path).filter((server) => server.boot !== boot),
      );
    },
  };
}

/**
 * Ends the servers that an earlier run left behind and returns their commands.
 *
 * A server whose own run still lives is left alone unless `force` says that run is over (a step after it). A pid that
 * now belongs to another process is never touched.
 */
export async function stopLeftovers(
  stateFile: string,
  options: { readonly force?: boolean } = {},
): Promise<readonly string[]> {
  const servers = readServers(stateFile);
  const left = servers.filter((server) => options.force === true || !ownerLives(server));
  const stopped: string[] = [];
  for (const server of left) {
    const processes = knownProcesses(server);
    if (livingProcesses(processes).length === 0) continue;
    const survivors = await stopProcesses(processes, server.stopTimeoutMs);
    if (survivors.length > 0) throw unstoppable(server.command, survivors);
    stopped.push(server.command);
  }
  if (servers.length > 0) writeServers(stateFile, without(readServers(stateFile), left));
  return stopped;
}

export function unstoppable(command: string, survivors: readonly number[]): GateError {
  return new GateError(
    "host",
    `server: ${command} could not be stopped: process ${survivors.join(", ")} outlives SIGKILL, as one does that waits ` +
      "for a device driver; look at it with ps, and restart the machine if it stays",
  );
}

function without(servers: readonly OpenServer[], gone: readonly OpenServer[]): readonly OpenServer[] {
  const boots = new Set(gone.map(({ boot }) => boot));
  return servers.filter(({ boot }) => !boots.has(boot));
}

function ownerLives({ owner, machineBoot: boot }: OpenServer): boolean {
  if (boot !== machineBoot()) return false;
  const row = readProcess(owner.pid);
  return row !== undefined && !row.isZombie && row.startTicks === owner.startTicks;
}

/** The group is trusted only while its leader is provably the process that was started; else only the marker is. */
function knownProcesses({ boot, leader, leaderStartTicks, machineBoot: started }: OpenServer): ServerProcesses {
  const row = leader === undefined || started !== machineBoot() ? undefined : readProcess(leader);
  if (leader === undefined || leaderStartTicks === undefined || row?.startTicks !== leaderStartTicks) return { boot };
  return { boot, leader, leaderStartTicks };
}

function readServers(path: string): readonly OpenServer[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new GateError("host", `server: cannot read ${path}, the note of running servers: ${error}`, { cause: error });
  }
  try {
    return (JSON.parse(text) as { readonly servers: readonly OpenServer[] }).servers;
  } catch (error) {
    const advice = "see with ps whether a server of an earlier run still lives, end it, and delete the file";
    throw new GateError("host", `server: ${path}, the note of running servers, is not JSON; ${advice}`, {
      cause: error,
    });
  }
}

/** Whole or not at all: a reader never sees half a file. Each write has a draft of its own: runs side by side share the note. */
function writeServers(path: string, servers: readonly OpenServer[]): void {
  const draft = `${path}.${randomBytes(6).toString("hex")}.draft`;
  try {
    if (servers.length === 0) {
      rmSync(path, { force: true });
      return;
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(draft, `${JSON.stringify({ servers }, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    const advice = "it is there to end servers after a crash; make its folder writable";
    throw new GateError("host", `server: cannot write ${path}: ${error}; ${advice}`, { cause: error });
  }
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [k in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [k in K]: V });
}

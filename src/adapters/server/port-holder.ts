import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { printableLine } from "./log-tail.ts";

/** "process 4711 (python -m server)": who listens on a port of this machine; absent where Linux does not tell us. */
export function portHolder(port: number): string | undefined {
  const sockets = new Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => listeningSockets(table, port)));
  if (sockets.size === 0) return undefined;
  const pid = attempt(() => readdirSync("/proc"))?.find((name) => /^\d+$/.test(name) && holdsAny(name, sockets));
  if (pid === undefined) return undefined;
  const command = attempt(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")) ?? "";
  return `process ${pid} (${printableLine(command.replaceAll("\0", " "))})`;
}

/** State of a listening socket in /proc/net/tcp (proc_pid_net(5)). */
const LISTENING = "0A";

/** As the links in /proc/PID/fd name them: `socket:[inode]`. */
function listeningSockets(table: string, port: number): readonly string[] {
  const rows = (attempt(() => readFileSync(table, "utf8")) ?? "").split("\n").slice(1);
  return rows.flatMap((row) => {
    const [, local = "", , state, , , , , , inode] = row.trim().split(/\s+/);
    return state === LISTENING && Number.parseInt(local.split(":")[1] ?? "", 16) === port ? [`socket:[${inode}]`] : [];
  });
}

function holdsAny(pid: string, sockets: ReadonlySet<string>): boolean {
  const descriptors = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
  return descriptors.some((fd) => sockets.has(attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? ""));
}

/** Processes end while they are looked at, and those of others are closed to us: both are no answer. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

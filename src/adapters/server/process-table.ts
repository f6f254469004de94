import { readdirSync, readFileSync } from "node:fs";

/** One process of this machine, as Linux shows it in /proc/PID/stat (see proc_pid_stat(5)). */
export interface ProcessRow {
  readonly pid: number;
  readonly group: number;
  readonly session: number;
  /** Clock ticks from the machine's boot to the start of the process: with the pid, its identity. */
  readonly startTicks: number;
  /** Dead, its exit code not yet collected: it holds no memory, no GPU and no port. */
  readonly isZombie: boolean;
}

/** Absent where there is no such process, or no /proc. */
export function readProcess(pid: number): ProcessRow | undefined {
  const stat = readOrNothing(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the name in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const field = (number: number) => fields[number - 3] ?? "";
  return {
    pid,
    group: Number(field(5)),
    session: Number(field(6)),
    startTicks: Number(field(22)),
    isZombie: field(3) === "Z" || field(3) === "X",
  };
}

/** Every process but the dead ones; absent where there is no /proc. */
export function livingRows(): readonly ProcessRow[] | undefined {
  if (readProcess(process.pid) === undefined) return undefined;
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids
    .map((pid) => readProcess(Number(pid)))
    .filter((row) => row !== undefined)
    .filter((row) => !row.isZombie);
}

/** Whether the process was started with this variable, or inherited it. False where we may not look. */
export function hasVariable(pid: number, name: string, value: string): boolean {
  const environment = readOrNothing(`/proc/${pid}/environ`);
  return environment?.split("\0").includes(`${name}=${value}`) ?? false;
}

/** Differs after each start of the machine, when pids begin anew; absent where there is no /proc. */
export function machineBoot(): string | undefined {
  return readOrNothing("/proc/sys/kernel/random/boot_id")?.trim();
}

/** A process may end between being listed and being read, and may belong to somebody else: both are no answer. */
function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

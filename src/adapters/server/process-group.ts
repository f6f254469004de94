import { setTimeout as sleep } from "node:timers/promises";
import { hasVariable, livingRows, type ProcessRow, readProcess } from "./process-table.ts";

/**
 * Variable in the environment of a server and of everything it starts: by it a helper that left the process group and
 * the session (`setsid`, a daemon) is still known as ours.
 */
export const BOOT_VARIABLE = "SERVING_GATE_BOOT";

/** One start of a server: its first process leads a group and a session of its own. */
export interface ServerProcesses {
  readonly boot: string;
  /** Pid of the first process; absent where it is not known to be still the same process. */
  readonly leader?: number;
  /** Start time of the leader, absent where there is no /proc: another process under its pid is not ours. */
  readonly leaderStartTicks?: number;
}

const POLL_MS = 25;
/** SIGKILL takes effect at once, but for a process inside the kernel, such as one waiting for a GPU driver. */
const KILL_LIMIT_MS = 10_000;

/** Ends them: SIGTERM, and after the grace SIGKILL until nothing lives. Returns the pids that even that did not end. */
export async function stopProcesses(processes: ServerProcesses, graceMs: number): Promise<readonly number[]> {
  // A process that is ending has lost its environment, and so its mark, before it lets go of its files and its GPU:
  // who was signalled once is watched to the end by pid and start time.
  const signalled = [...signalAll(processes, "SIGTERM")];
  const left = () => [...new Set([...livingProcesses(processes), ...stillLiving(signalled)])];
  if (await emptied(left, graceMs)) return [];
  const deadlineMs = performance.now() + KILL_LIMIT_MS;
  do {
    signalled.push(...signalAll(processes, "SIGKILL"));
    if (await emptied(left, 4 * POLL_MS)) return [];
  } while (performance.now() < deadlineMs);
  return left();
}

/** Last resort, while our own process ends: no waiting is possible any more. */
export function killAtOnce(processes: ServerProcesses): void {
  signalAll(processes, "SIGKILL");
}

/** Pids of what lives of a server, dead and uncollected processes left out. */
export function livingProcesses(processes: ServerProcesses): readonly number[] {
  const rows = livingRows();
  if (rows === undefined) return groupWithoutProc(processes);
  const kin = rows.filter((row) => isKin(row, processes, rows));
  return (kin.length > 0 ? kin : rows.filter((row) => isMarked(row, processes))).map(({ pid }) => pid);
}

function stillLiving(rows: readonly ProcessRow[]): readonly number[] {
  return rows
    .filter(({ pid, startTicks }) => {
      const now = readProcess(pid);
      return now !== undefined && !now.isZombie && now.startTicks === startTicks;
    })
    .map(({ pid }) => pid);
}

async function emptied(left: () => readonly number[], withinMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + withinMs;
  while (left().length > 0) {
    if (performance.now() >= deadlineMs) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** Returns who was there to be signalled; nobody where there is no /proc to tell. */
function signalAll(processes: ServerProcesses, signal: "SIGTERM" | "SIGKILL"): readonly ProcessRow[] {
  const rows = livingRows();
  if (rows === undefined) {
    if (processes.leader !== undefined) send(-processes.leader, signal);
    return [];
  }
  const mine = rows.filter((row) => isKin(row, processes, rows) || isMarked(row, processes));
  const inGroup = mine.filter(({ group }) => group === processes.leader);
  // The group as one, so that nothing it starts meanwhile is missed; then who left it.
  if (inGroup.length > 0 && processes.leader !== undefined) send(-processes.leader, signal);
  for (const row of mine) if (!inGroup.includes(row)) send(row.pid, signal);
  return mine;
}

/** In the leader's group or session. The kernel gives its pid to nobody else while either has a member. */
function isKin(row: ProcessRow, { leader, leaderStartTicks }: ServerProcesses, rows: readonly ProcessRow[]): boolean {
  if (leader === undefined || (row.group !== leader && row.session !== leader)) return false;
  const first = rows.find(({ pid }) => pid === leader);
  return first === undefined || leaderStartTicks === undefined || first.startTicks === leaderStartTicks;
}

function isMarked(row: ProcessRow, { boot }: ServerProcesses): boolean {
  return row.pid !== process.pid && hasVariable(row.pid, BOOT_VARIABLE, boot);
}

function groupWithoutProc({ leader }: ServerProcesses): readonly number[] {
  return leader !== undefined && send(-leader, 0) ? [leader] : [];
}

/** False where there is nobody to receive it. */
function send(target: number, signal: "SIGTERM" | "SIGKILL" | 0): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

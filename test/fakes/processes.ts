import { readdirSync, readFileSync } from "node:fs";
import { setInterval as ticks } from "node:timers/promises";

/** Pids of all living processes that were started with this text in their environment, by Linux's /proc. */
export function processesWith(text: string): readonly number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => environmentOf(pid).includes(text)).map(Number);
}

/** Empty for a dead process, and for another user's. */
function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return "";
  }
}

/** Ends them at once, and those that they start meanwhile. */
export async function killProcessesWith(text: string): Promise<void> {
  await until("they are gone", () => {
    const pids = processesWith(text);
    for (const pid of pids) kill(pid);
    return pids.length === 0;
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone by itself.
  }
}

/** Asks until it holds, for a minute at most; `what` is said when it never does. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const minute = AbortSignal.timeout(60_000);
  for await (const _ of ticks(50)) {
    if (await holds()) return;
    if (minute.aborted) throw new Error(`waited for a minute, but not until ${what}`);
  }
}

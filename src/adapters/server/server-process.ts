import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { GateError } from "../../core/model/gate-error.ts";
import type { ServerExit } from "../../gate/ports.ts";
import type { LogTail } from "./log-tail.ts";
import { BOOT_VARIABLE, killAtOnce, type ServerProcesses, stopProcesses } from "./process-group.ts";
import { readProcess } from "./process-table.ts";

export interface ProcessRequest {
  readonly boot: string;
  /** Where the words stand in the config, for messages: `server.command`. */
  readonly key: string;
  readonly words: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  readonly log: LogTail;
}

/** A process of ours, with everything it starts. */
export interface ServerProcess {
  readonly processes: ServerProcesses & { readonly leader: number };
  readonly exit: () => ServerExit | undefined;
  readonly gone: AbortSignal;
  /** Ends the whole of it; the pids that even SIGKILL did not end. */
  stop(graceMs: number): Promise<readonly number[]>;
}

/** Starts the words as they are, without a shell, as the leader of a new process group and session. */
export async function startProcess(request: ProcessRequest): Promise<ServerProcess> {
  const child = await spawned(request);
  const closed = once(child, "close");
  const leader = child.pid;
  if (leader === undefined) throw new GateError("bug", "server: a process was started without a pid");
  const startTicks = readProcess(leader)?.startTicks;
  const processes = {
    boot: request.boot,
    leader,
    ...(startTicks === undefined ? {} : { leaderStartTicks: startTicks }),
  };
  const killWithUs = () => killAtOnce(processes);
  process.once("exit", killWithUs);

  const gone = new AbortController();
  let exit: ServerExit | undefined;
  child.once("exit", (code, signal) => {
    exit = { code, signal };
    gone.abort(new Error("the server process is gone"));
  });
  child.stdout?.on("data", (bytes: Buffer) => request.log.write("stdout", bytes));
  child.stderr?.on("data", (bytes: Buffer) => request.log.write("stderr", bytes));

  return {
    processes,
    exit: () => exit,
    gone: gone.signal,
    async stop(graceMs) {
      const survivors = await stopProcesses(processes, graceMs);
      if (survivors.length === 0 && exit === undefined) await once(child, "exit");
      // Its last words may still be in the pipe; whoever else holds the other end does not keep us.
      await Promise.race([closed, sleep(LAST_WORDS_LIMIT_MS, undefined, { ref: false })]);
      process.removeListener("exit", killWithUs);
      child.stdout?.destroy();
      child.stderr?.destroy();
      return survivors;
    },
  };
}

const LAST_WORDS_LIMIT_MS = 1000;

async function spawned({ boot, key, words, environment, cwd }: ProcessRequest): Promise<ChildProcess> {
  const [program, ...args] = words;
  try {
    const child = spawn(program, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...environment, [BOOT_VARIABLE]: boot },
      detached: true,
      shell: false,
      stdio: ["ignore", "pipe", "pipe"],
    });
    // The pid is there at once when the start worked; "spawn" or "error" follows on the next turn.
    await once(child, "spawn");
    return child;
  } catch (error) {
    throw cannotStart({ key, program, cwd }, error);
  }
}

interface Attempt {
  readonly key: string;
  readonly program: string;
  readonly cwd: string | undefined;
}

function cannotStart({ key, program, cwd }: Attempt, cause: unknown): GateError {
  const name = JSON.stringify(program);
  if (cwd !== undefined && !existsSync(cwd)) {
    return new GateError("config", `config: server.cwd is ${JSON.stringify(cwd)}, which does not exist`, { cause });
  }
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "ENOENT") {
    const where = cwd !== undefined && /^[^/]+\//.test(program) ? ` in ${cwd}` : "";
    const advice = `install it, correct ${key}, or write its full path`;
    return new GateError("config", `config: ${key} starts ${name}, which was not found${where}; ${advice}`, { cause });
  }
  if (code === "EACCES") {
    const advice = "make it executable (chmod +x), or start it through its interpreter";
    return new GateError("config", `config: ${key} starts ${name}, which may not be run; ${advice}`, { cause });
  }
  return new GateError("config", `config: ${key} could not be started (${name}): ${cause}`, { cause });
}

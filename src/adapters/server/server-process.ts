import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { GateError } from "../../core/model/gate-error.ts";
import type { ServerExit } from "../../gate/ports.ts";
import type { LogTail } from "./log-tail.ts";
import { BOOT_VARIABLE, killAtOnce, type ServerProcesses, stopProcesses } from "./process-group.ts";
import { readProcess } from "./process-table.ts";

export interface ProcessRequest {
  readonly boot: string;
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
      process.removeListener("exit", killWithUs);
      child.stdout?.destroy();
      child.stderr?.destroy();
      return survivors;
    },
  };
}

async function spawned({ boot, words, environment, cwd }: ProcessRequest): Promise<ChildProcess> {
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
    throw cannotStart(program, cwd, error);
  }
}

function cannotStart(program: string, cwd: string | undefined, cause: unknown): GateError {
  const name = JSON.stringify(program);
  if (cwd !== undefined && !existsSync(cwd)) {
    return new GateError("config", `config: server.cwd is ${JSON.stringify(cwd)}, which does not exist`, { cause });
  }
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "ENOENT") {
    const advice = "install it, correct server.command, or write its full path";
    return new GateError("config", `config: server.command starts ${name}, which was not found; ${advice}`, { cause });
  }
  if (code === "EACCES") {
    const advice = "make it executable (chmod +x), or start it through its interpreter";
    return new GateError("config", `config: server.command starts ${name}, which may not be run; ${advice}`, { cause });
  }
  return new GateError("config", `config: server.command could not be started (${name}): ${cause}`, { cause });
}

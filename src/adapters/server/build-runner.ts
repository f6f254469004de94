import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { joinWords } from "../../core/config/words.ts";
import type { ServerConfig } from "../../core/model/config.ts";
import type { ServerExit } from "../../gate/ports.ts";
import { openStateFile, stopLeftovers, unstoppable } from "./leftovers.ts";
import { createLogTail } from "./log-tail.ts";
import { serverEnvironment, type Variables } from "./server-environment.ts";
import { type ServerProcess, startProcess } from "./server-process.ts";

/** A build command, the folder it is run in, and what it may see of our environment. */
interface Build {
  readonly command: readonly string[];
  readonly folder: string;
  readonly server: Pick<ServerConfig, "passEnv" | "setEnv">;
}

/** How a build ended, and the last lines of what it printed, safe to print. */
interface BuildEnd {
  readonly exit: ServerExit;
  readonly lines: readonly string[];
}

export interface BuildRunnerOptions {
  /** As the launcher's: a later step ends what a killed job left of a build. */
  readonly stateFile?: string;
  /** Default process.env. */
  readonly environment?: Variables;
}

/**
 * Runs builds as servers are run: without a shell, in a process group of their own, in the environment that a server
 * gets. Nothing of a build outlives it. Rejects with the signal's reason where that fires first.
 */
export function createBuildRunner(options: BuildRunnerOptions = {}) {
  const { stateFile, environment: ours = process.env } = options;
  const notes = openStateFile(stateFile);
  return async ({ command, folder, server }: Build, signal: AbortSignal): Promise<BuildEnd> => {
    const [program = "", ...rest] = command;
    const log = createLogTail(server.passEnv.map((name) => ours[name] ?? ""));
    const environment = serverEnvironment(ours, { pass: server.passEnv, set: server.setEnv });
    // A build that a killed job left would write into the very folder that this one builds in.
    if (stateFile !== undefined) await stopLeftovers(stateFile);
    const boot = randomUUID();
    const note = { boot, command: joinWords(command), stopTimeoutMs: STOP_LIMIT_MS };
    signal.throwIfAborted();
    notes.put(note);
    const request = { boot, key: "server.build", words: [program, ...rest] as const, environment, cwd: folder, log };
    const child = await startProcess(request).catch((error: unknown) => {
      notes.remove(boot);
      throw error;
    });
    notes.put({ ...note, ...child.processes });
    const exit = await ended(child, signal);
    const survivors = await child.stop(STOP_LIMIT_MS);
    if (survivors.length > 0) throw unstoppable(note.command, survivors);
    notes.remove(boot);
    if (exit === undefined) signal.throwIfAborted();
    return { exit: exit ?? { code: null, signal: null }, lines: log.lines() };
  };
}

/** A runner that cancels a job ends it by force some 10 s later. */
const STOP_LIMIT_MS = 4000;

/** Undefined where the signal was first. */
async function ended(child: ServerProcess, signal: AbortSignal): Promise<ServerExit | undefined> {
  const either = AbortSignal.any([signal, child.gone]);
  if (!either.aborted) await once(either, "abort");
  return child.exit();
}

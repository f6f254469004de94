import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { joinWords } from "../../core/config/words.ts";
import { GateError } from "../../core/model/gate-error.ts";
import type { Clock, LaunchRequest, LaunchWatch, RunningServer, ServerLauncher } from "../../gate/ports.ts";
import { type Address, ownAddress } from "./address.ts";
import { type CommandTemplate, commandWords } from "./command-words.ts";
import { waitForGpuMemory } from "./gpu-memory.ts";
import { openStateFile, type StateFile, stopLeftovers, unstoppable } from "./leftovers.ts";
import { everySecond } from "./loading-ticker.ts";
import { createLogTail, type LogTail } from "./log-tail.ts";
import { exitedWhileLoading, neverReady } from "./not-ready.ts";
import { probePaths, waitUntilReady } from "./readiness.ts";
import { serverEnvironment, type Variables } from "./server-environment.ts";
import { type ServerProcess, startProcess } from "./server-process.ts";
import { visitServer } from "./visit.ts";

export interface LauncherOptions {
  readonly clock: Clock;
  /** Where to note what runs, so that a later step can end it (`stopLeftovers`); absent: nowhere. */
  readonly stateFile?: string;
  /** Our environment, of which a server sees a part; default process.env. */
  readonly environment?: Variables;
  readonly onStarted?: (server: { readonly pid: number; readonly command: string }) => void;
  readonly onStopped?: (server: { readonly pid: number }) => void;
  /** Things a user would want to know and that do not stop the run. */
  readonly onNote?: (text: string) => void;
}

/** Starts servers as processes of this machine, each the leader of its own process group. */
export function createServerLauncher(options: LauncherOptions): ServerLauncher {
  const { clock, stateFile, onNote } = options;
  const notes = openStateFile(stateFile);
  let isFirst = true;
  return {
    async start(request, watch) {
      const chosen = chosenCommand(request);
      if (chosen === undefined) return visitServer(request, watch, clock);
      if (isFirst && stateFile !== undefined) await endEarlierRuns(stateFile, onNote);
      isFirst = false;
      const launch = await prepared(request, chosen, options);
      await waitForGpuMemory({ ...request.server, environment: launch.environment }, { clock, onNote, ...watch });
      return runningServer(await startedAndReady(launch, request, { options, notes, watch }));
    },
  };
}

async function endEarlierRuns(stateFile: string, onNote: LauncherOptions["onNote"]): Promise<void> {
  for (const command of await stopLeftovers(stateFile))
    onNote?.(`stopped a server that an earlier run left: ${command}`);
}

interface ChosenCommand extends CommandTemplate {
  readonly cwd: string | undefined;
}

/** Undefined for a candidate that runs already. A base that was built is started where it was built, by the same command. */
function chosenCommand({ server, build, folder }: LaunchRequest): ChosenCommand | undefined {
  const { command, baseCommand, cwd } = server;
  if (build === "candidate") return command && { key: "server.command", words: command, cwd };
  if (baseCommand !== undefined) return { key: "server.base-command", words: baseCommand, cwd };
  if (command !== undefined && folder !== undefined) {
    return { key: "server.command", words: command, cwd: resolve(folder, cwd ?? "") };
  }
  throw new GateError(
    "config",
    "config: server.base-command is not set, and no base was built by server.build; write how the base is started or built",
  );
}

/** Everything decided before a process exists: a fault of the config is found here. */
interface Launch {
  readonly boot: string;
  readonly key: CommandTemplate["key"];
  readonly words: readonly [string, ...string[]];
  readonly cwd: string | undefined;
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly address: Address;
  readonly log: LogTail;
}

async function prepared(request: LaunchRequest, chosen: ChosenCommand, options: LauncherOptions): Promise<Launch> {
  const { server, model, args } = request;
  const ours = options.environment ?? process.env;
  const address = await ownAddress(server.url);
  const words = commandWords(chosen, { model, args, port: address.port, portIsGiven: address.portIsGiven });
  for (const name of server.passEnv.filter((passed) => ours[passed] === undefined)) {
    options.onNote?.(`server.env passes ${name}, which is not set here; the server starts without it`);
  }
  return {
    boot: randomUUID(),
    key: chosen.key,
    words,
    cwd: chosen.cwd,
    command: joinWords(words),
    environment: serverEnvironment(ours, { pass: server.passEnv, set: server.setEnv }),
    address,
    log: createLogTail(server.passEnv.map((name) => ours[name] ?? "")),
  };
}

interface Surroundings {
  readonly options: LauncherOptions;
  readonly notes: StateFile;
  readonly watch: LaunchWatch;
}

interface Ready {
  readonly launch: Launch;
  readonly child: ServerProcess;
  readonly loadMs: number;
  readonly stop: () => Promise<void>;
}

/** Whatever is thrown here, the process is stopped first. */
async function startedAndReady(launch: Launch, request: LaunchRequest, around: Surroundings): Promise<Ready> {
  const { options, notes, watch } = around;
  const { boot, key, words, cwd, command, environment, log, address } = launch;
  const { stopTimeoutMs, backend, healthPath, readyTimeoutMs: timeoutMs } = request.server;
  watch.signal.throwIfAborted();
  notes.put({ boot, command, stopTimeoutMs });
  const startedAtMs = options.clock.nowMs();
  const child = await startProcess({ boot, key, words, environment, cwd, log }).catch((error: unknown) => {
    notes.remove(boot);
    throw error;
  });
  const stop = stopOnce(launch, child, { stopTimeoutMs, notes, onStopped: options.onStopped, signal: watch.signal });
  try {
    notes.put({ ...child.processes, command, stopTimeoutMs });
    options.onStarted?.({ pid: child.processes.leader, command });
    const ticker = everySecond(options.clock, (elapsedMs) =>
      watch.onLoading?.({ elapsedMs, lastLogLine: log.lines().at(-1) }),
    );
    const readiness = await waitUntilReady({
      url: address.url,
      paths: probePaths(backend, healthPath),
      timeoutMs,
      gone: child.gone,
      signal: watch.signal,
      clock: options.clock,
    }).finally(ticker.stop);
    if (readiness.kind === "ready") return { launch, child, loadMs: readiness.atMs - startedAtMs, stop };
    const elapsedMs = options.clock.nowMs() - startedAtMs;
    const story = { command, url: address.url, elapsedMs, lines: log.lines() };
    throw readiness.kind === "gone" ? exitedWhileLoading(story, child.exit()) : neverReady(story, readiness.last);
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A runner that cancels a job sends SIGINT and 7.5 s later SIGTERM: until then results must be written, too. */
const CANCELLED_STOP_LIMIT_MS = 4000;

interface StopDetails {
  readonly stopTimeoutMs: number;
  /** Of the run. */
  readonly signal: AbortSignal;
  readonly notes: StateFile;
  readonly onStopped: LauncherOptions["onStopped"];
}

/** Every call waits for the same end. */
function stopOnce(launch: Launch, child: ServerProcess, details: StopDetails): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const { stopTimeoutMs, signal } = details;
    const graceMs = signal.aborted ? Math.min(stopTimeoutMs, CANCELLED_STOP_LIMIT_MS) : stopTimeoutMs;
    const survivors = await child.stop(graceMs);
    if (survivors.length > 0) throw unstoppable(launch.command, survivors);
    details.notes.remove(launch.boot);
    details.onStopped?.({ pid: child.processes.leader });
  };
  return () => {
    stopping ??= stop();
    return stopping;
  };
}

function runningServer({ launch, child, loadMs, stop }: Ready): RunningServer {
  return {
    url: launch.address.url,
    boot: launch.boot,
    owned: true,
    loadMs,
    command: launch.command,
    exit: child.exit,
    gone: child.gone,
    logTail: launch.log.lines,
    stop,
  };
}

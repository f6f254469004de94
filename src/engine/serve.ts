/** Starts the embedded engine as an HTTP server, and stops it. */
import { createServer, type Server } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";
import { GateError } from "../core/model/gate-error.ts";
import { Engine } from "./engine.ts";
import type { EngineOptions } from "./options.ts";
import { route } from "./routes.ts";

export interface RunningEngine {
  /** For clients on this machine, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Ends every connection; answers in progress are cut. */
  close(): Promise<void>;
}

export interface EngineSurroundings {
  /** Closes the engine. */
  readonly signal?: AbortSignal;
  /** Takes the engine's log lines. By default they go to stderr. */
  readonly log?: (line: string) => void;
  /** Ends the process for --crash-after. By default with exit code 1. */
  readonly crash?: () => void;
}

/** Idle connections are kept longer than any client keeps them, so that no request meets a connection being closed. */
const KEEP_ALIVE_MS = 120_000;

/** Log lines while the model loads, as real servers write them. */
const LOAD_LOG_LINES = 4;

/** Binds at once; until the load time is over every request is answered with 503. */
export async function startEngine(
  options: EngineOptions,
  surroundings: EngineSurroundings = {},
): Promise<RunningEngine> {
  const { signal, log = writeLine, crash = () => process.exit(1) } = surroundings;
  signal?.throwIfAborted();
  const engine = new Engine(options, () => {
    log(`fatal: simulated crash in request ${options.crashAfter} (--crash-after ${options.crashAfter})`);
    crash();
  });
  const loading = load(options.loadTimeMs, log);
  const served = { engine, options, startedAt: Math.floor(Date.now() / 1000), isLoading: loading.isLoading };
  const server = createServer({ noDelay: true, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) =>
    route(request, response, served),
  );
  const close = async (): Promise<void> => {
    loading.stop();
    engine.stop();
    await closeServer(server);
  };
  try {
    await listen(server, options);
  } catch (cause) {
    await close();
    throw new GateError(
      "config",
      `serve: cannot listen on ${options.host} port ${options.port}: ${reason(cause)}; choose another --port, or 0 for a free one`,
      { cause },
    );
  }
  signal?.addEventListener("abort", () => void close(), { once: true });
  const { port } = server.address() as AddressInfo;
  return { url: `http://${urlHost(options.host)}:${port}`, port, close };
}

function listen(server: Server, { host, port }: EngineOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** The loading phase: a log line now and then, and the answer to whether it still lasts. */
function load(loadTimeMs: number, log: (line: string) => void): { isLoading: () => boolean; stop: () => void } {
  if (loadTimeMs === 0) return { isLoading: () => false, stop: () => {} };
  let done = 0;
  const timer = setInterval(() => {
    done += 1;
    log(`loading weights: ${done} of ${LOAD_LOG_LINES} shards`);
    if (done === LOAD_LOG_LINES) clearInterval(timer);
  }, loadTimeMs / LOAD_LOG_LINES);
  return { isLoading: () => done < LOAD_LOG_LINES, stop: () => clearInterval(timer) };
}

/** A wildcard address is reached through loopback. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return isIPv6(host) ? `[${host}]` : host;
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function writeLine(line: string): void {
  process.stderr.write(`${line}\n`);
}

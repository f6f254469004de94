/** A launcher whose servers are objects: each start is answered as the test says. */
import type { GateError } from "../../src/core/model/gate-error.ts";
import type { LaunchRequest, RunningServer, ServerExit, ServerLauncher } from "../../src/gate/ports.ts";

interface FakeServer extends RunningServer {
  /** Ends the process from outside. */
  die(exit: ServerExit, lastLines?: readonly string[]): void;
  readonly isStopped: () => boolean;
}

export interface FakeLauncher extends ServerLauncher {
  readonly requests: readonly LaunchRequest[];
  /** Indices of requests that did not become a server. */
  readonly refused: readonly number[];
  readonly servers: readonly FakeServer[];
}

/** `refusal` may name an error for a start, by its index. */
export function fakeLauncher(
  refusal: (index: number) => GateError | undefined = () => undefined,
  change: Partial<RunningServer> = {},
): FakeLauncher {
  const requests: LaunchRequest[] = [];
  const refused: number[] = [];
  const servers: FakeServer[] = [];
  return {
    requests,
    refused,
    servers,
    start: async (request, watch) => {
      watch.signal.throwIfAborted();
      requests.push(request);
      watch.onLoading?.({ elapsedMs: 1000, lastLogLine: "loading weights" });
      const error = refusal(requests.length - 1);
      if (error !== undefined) {
        refused.push(requests.length - 1);
        throw error;
      }
      const server = fakeServer(servers.length, change);
      servers.push(server);
      return server;
    },
  };
}

function fakeServer(index: number, change: Partial<RunningServer>): FakeServer {
  const gone = new AbortController();
  let exit: ServerExit | undefined;
  let lines: readonly string[] = [];
  let isStopped = false;
  return {
    url: `http://127.0.0.1:${9000 + index}`,
    boot: `boot-${index}`,
    owned: true,
    // A visited server has neither.
    ...(change.owned === false ? {} : { loadMs: 2000, command: "serve --port 9000" }),
    exit: () => exit,
    gone: gone.signal,
    logTail: () => lines,
    stop: async () => {
      isStopped = true;
    },
    ...change,
    die: (end, lastLines = []) => {
      exit = end;
      lines = lastLines;
      gone.abort(new Error("the server process is gone"));
    },
    isStopped: () => isStopped,
  };
}

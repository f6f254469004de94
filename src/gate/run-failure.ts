import { GateError } from "../core/model/gate-error.ts";
import type { RequestTrace } from "../core/model/trace.ts";
import { exitText, lastLinesBlock } from "../core/plan/server-exit.ts";
import type { MeasuredWorkload } from "./measure-workload.ts";
import type { RunningServer } from "./ports.ts";

/** Why a run could not be carried out to its end, whatever was thrown on the way. */
export function runFailure(
  error: unknown,
  known: { readonly signal: AbortSignal; readonly server: RunningServer | undefined },
): GateError {
  if (known.signal.aborted) {
    const message = "run: cancelled before its plan was carried out; what was measured until then is kept";
    return new GateError("host", message, { cause: error });
  }
  if (known.server?.gone.aborted === true && !(error instanceof ServerLost)) return serverDied(known.server, error);
  if (error instanceof GateError) return error;
  return new GateError("bug", `run: ${error instanceof Error ? error.message : error}; please report this`, {
    cause: error,
  });
}

/** Marks an error that tells of the server's end already. */
class ServerLost extends GateError {}

function serverDied(server: RunningServer, cause?: unknown): GateError {
  const { code, signal } = server.exit() ?? { code: null, signal: null };
  return new ServerLost(
    "server",
    `server: ${server.command ?? server.url} ${exitText({ code, signal })} while it was measured; the trials after that ` +
      `were not started. ${lastLinesBlock(server.logTail())}`,
    { cause },
  );
}

/** So many requests without a connection or an answer, at the end of a workload, are no chance. */
const LOST_AFTER = 5;

/** Throws when the server died, or answers no more, whoever started it. */
export function assertStillServing(server: RunningServer, workload: string, measured: MeasuredWorkload): void {
  const loss = lossOf(server, workload, measured);
  if (loss !== undefined) throw loss;
}

/** What was lost in a workload; undefined where the server serves on. */
export function lossOf(server: RunningServer, workload: string, measured: MeasuredWorkload): GateError | undefined {
  if (server.gone.aborted) return serverDied(server);
  const last = measured.trial.requests?.slice(-LOST_AFTER) ?? [];
  const isSilent = last.length > 0 && last.every(isUnanswered);
  if (!(isSilent || measured.isDeaf)) return undefined;
  const sign = measured.isDeaf
    ? "it takes no connections any more"
    : `the last ${last.length} requests got no connection or no answer`;
  const ending = server.owned ? ` ${lastLinesBlock(server.logTail())}` : " See whether it still runs.";
  return new ServerLost(
    "server",
    `server: ${server.url} stopped answering while ${workload} was measured (${sign}); the trials after that ` +
      `were not started.${ending}`,
  );
}

function isUnanswered(trace: RequestTrace): boolean {
  return trace.outcome === "error" && (trace.error.kind === "connect" || trace.error.kind === "timeout");
}

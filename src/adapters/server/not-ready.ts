import { GateError } from "../../core/model/gate-error.ts";
import { exitText, lastLinesBlock, secondsText } from "../../core/plan/server-exit.ts";
import type { ServerExit } from "../../gate/ports.ts";
import type { ProbeAnswer } from "./readiness.ts";

/** What is known of a start that failed. */
export interface FailedStart {
  readonly command: string;
  readonly url: string;
  readonly elapsedMs: number;
  readonly lines: readonly string[];
}

export function exitedWhileLoading(start: FailedStart, exit: ServerExit | undefined): GateError {
  const end = exitText(exit ?? { code: null, signal: null });
  return new GateError(
    "server",
    `server: ${start.command} ${end} ${secondsText(start.elapsedMs)} after its start, before it was ready. ` +
      `${lastLinesBlock(start.lines)}\n${adviceForExit(start.lines, exit)}`,
  );
}

export function neverReady(start: FailedStart, last: ProbeAnswer): GateError {
  return new GateError(
    "server",
    `server: ${start.command} was not ready after ${secondsText(start.elapsedMs)}: ${answerText(start.url, last)}. ` +
      `${lastLinesBlock(start.lines)}\n${adviceFor(last)}`,
  );
}

export function noAnswer(url: string, waitedMs: number, last: ProbeAnswer): GateError {
  return new GateError(
    "server",
    `server: ${answerText(url, last)} for ${secondsText(waitedMs)}; start the server that server.url names, or set ` +
      "server.command so that it is started for you",
  );
}

function answerText(url: string, last: ProbeAnswer): string {
  if (last.kind === "ready") return `${url} answered`;
  if (last.kind === "status") return `${url} answered ${last.status} to ${last.path}`;
  return `no answer from ${url} (${last.reason})`;
}

function adviceForExit(lines: readonly string[], exit: ServerExit | undefined): string {
  if (exit?.code === 0)
    return "Keep it in the foreground: the process that server.command starts has to be the server.";
  if (lines.length === 0) return "Run the command by hand to see why.";
  return "Put right what these lines say; the command can be run by hand.";
}

function adviceFor(last: ProbeAnswer): string {
  if (last.kind === "status" && last.status === 404) {
    return "Name the path that answers 200 once the server is ready in server.health-path.";
  }
  return "Raise server.ready-timeout if the model is large; see that the server listens on the port it is given.";
}

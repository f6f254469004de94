import type { RequestFailure } from "../../core/model/trace.ts";
import type { ProgressEvent } from "../../gate/progress-event.ts";

/** One event as a line of a log; undefined for what only a live display needs. */
export function progressLine(event: ProgressEvent): string | undefined {
  switch (event.kind) {
    case "plan":
      return planLine(event);
    case "boot":
      return `[${event.index + 1}/${event.of}] trial ${event.trial + 1}, ${event.phase}${event.model === undefined ? "" : `, ${event.model}`}`;
    case "confirming":
      return confirmingLine(event);
    case "arm":
      return `[${event.index + 1}/${event.of}] ${event.arm === "base" ? "base build" : "candidate"}, ${event.phase}${event.model === undefined ? "" : `, ${event.model}`}`;
    case "loading":
      return undefined;
    case "ready":
      return event.loadMs === undefined
        ? `  server at ${event.url}`
        : `  server ready after ${seconds(event.loadMs)} at ${event.url}`;
    case "workload":
    case "warmup":
    case "request":
      return undefined;
    case "measured":
      return `  ${event.workload.padEnd(20)} ${measured(event)}`;
    case "stopped":
      return undefined;
    case "note":
      return event.text;
  }
}

/** What is going on right now, for a line that is overwritten; undefined where the line goes away. */
export function liveLine(event: ProgressEvent): string | undefined {
  switch (event.kind) {
    case "loading":
      return `  loading ${seconds(event.elapsedMs)}${event.lastLogLine === undefined ? "" : `: ${event.lastLogLine}`}`;
    case "warmup":
      return `  ${event.workload.padEnd(20)} warming up`;
    case "workload":
      return `  ${event.workload.padEnd(20)} 0/${event.requests}`;
    case "request":
      return `  ${event.workload.padEnd(20)} ${event.done}/${event.of}, ${event.outputTokens} tokens${event.failed === 0 ? "" : `, ${event.failed} failed`}`;
    case "plan":
    case "boot":
    case "confirming":
    case "arm":
    case "ready":
    case "measured":
    case "stopped":
    case "note":
      return undefined;
  }
}

function planLine({ trials, starts, workloads, estimatedMinutes }: Extract<ProgressEvent, { kind: "plan" }>): string {
  const on = starts === 0 ? "on a running server" : `with ${count(starts, "server start")}`;
  return `Plan: ${count(trials, "trial")} of ${count(workloads, "workload")} ${on}; about ${minutes(estimatedMinutes)}.`;
}

function confirmingLine(event: Extract<ProgressEvent, { kind: "confirming" }>): string {
  const { look, starts, workloads, isFirst, estimatedMinutes, minutesLeft } = event;
  const again = look === 1 ? "looks worse and is measured again" : "is still undecided and is measured once more";
  const what = `${workloads.join(", ")} ${isFirst ? "is measured" : again}`;
  const left = estimatedMinutes > minutesLeft ? "only " : "";
  return (
    `${isFirst ? "In turns" : "Confirmation"}, look ${look}: ${what}, base build and candidate in turns: ` +
    `${count(starts, "server start")}, about ${minutes(estimatedMinutes)} (${left}${minutes(minutesLeft)} left)`
  );
}

function measured(event: Extract<ProgressEvent, { kind: "measured" }>): string {
  const { outputTokensPerSecond, ttftP50Ms, itlP50Ms, failed, failure, invalidReason } = event;
  const parts = [
    outputTokensPerSecond === undefined ? undefined : `${outputTokensPerSecond.toFixed(1)} tok/s`,
    ttftP50Ms === undefined ? undefined : `TTFT P50 ${ttftP50Ms.toFixed(0)} ms`,
    itlP50Ms === undefined ? undefined : `ITL P50 ${itlP50Ms.toFixed(1)} ms`,
    failed === 0 ? undefined : `${failed} failed${failure === undefined ? "" : ` (${failureText(failure)})`}`,
    invalidReason === undefined ? undefined : `does not count: ${invalidReason}`,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

/** Longest excerpt of the server's own words in a line, characters. */
const longestReason = 120;

function failureText({ kind, status, message = "" }: RequestFailure): string {
  const head = kind === "http" ? `HTTP ${status ?? "error"}` : kind;
  if (message === "") return head;
  return `${head}: ${message.length <= longestReason ? message : `${message.slice(0, longestReason - 1)}…`}`;
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;
const minutes = (n: number): string => (n < 1 ? "a minute" : count(Math.ceil(n), "minute"));
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

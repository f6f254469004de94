import { request } from "undici";
import type { Backend } from "../../core/model/config.ts";
import type { Clock } from "../../gate/ports.ts";

/** How the wait for a server ended. */
export type Readiness =
  | { readonly kind: "ready"; readonly atMs: number }
  /** The process ended first. */
  | { readonly kind: "gone" }
  | { readonly kind: "timeout"; readonly waitedMs: number; readonly last: ProbeAnswer };

/** What a server said to the last round of probes. */
export type ProbeAnswer =
  | { readonly kind: "ready" }
  | { readonly kind: "status"; readonly path: string; readonly status: number }
  | { readonly kind: "silent"; readonly path: string; readonly reason: string };

export interface ReadinessWait {
  readonly url: string;
  readonly paths: readonly string[];
  readonly timeoutMs: number;
  /** Give up earlier while nothing at all has answered; absent: as late as `timeoutMs`. */
  readonly silentLimitMs?: number;
  /** Take a server that knows none of the paths for ready: it answers, and has no page that says more. */
  readonly unknownIsReady?: boolean;
  /** Fires when the process is gone. */
  readonly gone: AbortSignal;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Paths to ask, in order; one that the server does not know (404) leads to the next. */
export function probePaths(backend: Backend, healthPath: string | undefined): readonly string[] {
  if (healthPath !== undefined) return [healthPath];
  if (backend === "ollama") return ["/api/version"];
  return ["/health", "/v1/models"];
}

/** Asks until the server is ready. Rejects only with the signal's reason. */
export async function waitUntilReady(wait: ReadinessWait): Promise<Readiness> {
  const { clock, gone, signal, timeoutMs, silentLimitMs = timeoutMs } = wait;
  const startedAtMs = clock.nowMs();
  const both = AbortSignal.any([signal, gone]);
  let hasAnswered = false;
  for (;;) {
    const answer = await probe(wait, both);
    signal.throwIfAborted();
    if (gone.aborted) return { kind: "gone" };
    if (answer.kind === "ready") return { kind: "ready", atMs: clock.nowMs() };
    hasAnswered ||= answer.kind === "status";
    const waitedMs = clock.nowMs() - startedAtMs;
    const limitMs = hasAnswered ? timeoutMs : Math.min(timeoutMs, silentLimitMs);
    if (waitedMs >= limitMs) return { kind: "timeout", waitedMs, last: answer };
    await pause(clock, Math.min(startedAtMs + limitMs, clock.nowMs() + gapMs(waitedMs)), both);
  }
}

/** 5 % of the time waited so far: short loads are timed well, long ones are not disturbed. */
function gapMs(waitedMs: number): number {
  return Math.min(500, Math.max(50, waitedMs / 20));
}

async function pause(clock: Clock, untilMs: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleepUntil(untilMs, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Some servers (SGLang) generate a token for a health probe, which takes them a second or more. */
const PROBE_LIMIT_MS = 10_000;

async function probe({ url, paths, unknownIsReady }: ReadinessWait, signal: AbortSignal): Promise<ProbeAnswer> {
  let last: ProbeAnswer = { kind: "silent", path: "", reason: "nothing was asked" };
  for (const path of paths) {
    last = await ask(url, path, signal);
    if (last.kind !== "status" || !isUnknownPath(last.status)) return last;
  }
  return unknownIsReady === true ? { kind: "ready" } : last;
}

async function ask(url: string, path: string, signal: AbortSignal): Promise<ProbeAnswer> {
  try {
    const { statusCode, body } = await request(probeUrl(url, path), {
      signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_LIMIT_MS)]),
      // No idle connection stays behind: some servers wait for those when they are told to stop.
      reset: true,
    });
    await body.dump();
    if (statusCode === 200 || isLocked(statusCode)) return { kind: "ready" };
    return { kind: "status", path, status: statusCode };
  } catch (error) {
    return { kind: "silent", path, reason: error instanceof Error ? error.message || error.name : `${error}` };
  }
}

/** A server that wants an API key is up, whatever it says to us. */
function isLocked(status: number): boolean {
  return status === 401 || status === 403;
}

function isUnknownPath(status: number): boolean {
  return status === 404 || status === 405 || status === 501;
}

/** An url may end in /v1, as OpenAI clients write it; the probes stand beside it. */
function probeUrl(url: string, path: string): string {
  return `${url.replace(/\/+$/, "").replace(/\/v1$/, "")}${path.startsWith("/") ? "" : "/"}${path}`;
}

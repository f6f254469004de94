import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";

/** Variables by name, as `process.env` holds them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** How one call of git ended. */
export type GitEnd =
  | { readonly ok: true; readonly text: string }
  /** `reason` is one line, safe to print. */
  | { readonly ok: false; readonly reason: string };

interface GitOptions {
  /** Rejects with its reason when it fires; git and what it started are ended. */
  readonly signal: AbortSignal;
  /** Where to run; default the folder we stand in. */
  readonly folder?: string;
  /** Talks to a remote or writes a whole tree. */
  readonly isLong?: boolean;
  /** Laid over the environment. */
  readonly variables?: Readonly<Record<string, string>>;
}
export type Git = (words: readonly string[], options: GitOptions) => Promise<GitEnd>;

export interface GitSurroundings {
  readonly folder: string;
  readonly environment: Variables;
  /** Never printed, whatever git says. */
  readonly secrets: readonly string[];
}

const LOCAL_LIMIT_MS = 60_000;
/** A transfer that stands still is ended sooner, by git itself. */
const LONG_LIMIT_MS = 3_600_000;
const STOP_LIMIT_MS = 3000;
const LARGEST_OUTPUT_BYTES = 16 * 1024 * 1024;

/** No hook and no monitor of the repository runs, nothing is tidied up behind our back, and a dead connection is left. */
const SETTINGS = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "http.lowSpeedLimit=1",
  "http.lowSpeedTime=300",
].flatMap((setting) => ["-c", setting]);

/** Git in a folder, without a shell and without questions. */
export function gitIn(around: GitSurroundings): Git {
  return async (words, options) => {
    const { signal, isLong = false, folder = around.folder } = options;
    signal.throwIfAborted();
    const limit = AbortSignal.timeout(isLong ? LONG_LIMIT_MS : LOCAL_LIMIT_MS);
    const child = spawn("git", [...SETTINGS, ...words], {
      cwd: folder,
      env: { ...ownEnvironment(around.environment), ...options.variables },
      // A group of its own: git's helpers are ended with it.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { code, out, complaint } = await collected(child, AbortSignal.any([signal, limit]));
    signal.throwIfAborted();
    if (code === 0) return { ok: true, text: out };
    if (limit.aborted) return { ok: false, reason: `git ${words[0]} came to no end and was stopped` };
    if (complaint.includes("ENOENT") && code === undefined) return { ok: false, reason: cannotStart(folder) };
    return { ok: false, reason: oneLine(complaint, around.secrets) || `git ${words[0]} exited with code ${code}` };
  };
}

/** Which repository is ours follows from the folder alone. What a workflow gives to us is nobody else's business. */
function ownEnvironment(ours: Variables): Variables {
  const kept = Object.entries(ours).filter(
    ([name]) => !/^((INPUT|ACTIONS|STATE)_.*|GITHUB_TOKEN|GH_TOKEN)$/i.test(name) && !OF_A_CHECKOUT.has(name),
  );
  return { ...Object.fromEntries(kept), GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" };
}

const OF_A_CHECKOUT: ReadonlySet<string> = new Set([
  ...["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"],
  ...["GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_SHALLOW_FILE"],
]);

interface Collected {
  /** Undefined where it was not started, or was killed. */
  readonly code: number | undefined;
  readonly out: string;
  readonly complaint: string;
}

function collected(child: ChildProcess, signal: AbortSignal): Promise<Collected> {
  const out: Buffer[] = [];
  let outBytes = 0;
  let complaint = "";
  child.stdout?.on("data", (bytes: Buffer) => {
    outBytes += bytes.length;
    if (outBytes <= LARGEST_OUTPUT_BYTES) out.push(bytes);
    else child.stdout?.destroy();
  });
  child.stderr?.on("data", (bytes: Buffer) => {
    complaint = (complaint + bytes.toString("utf8")).slice(-16_384);
  });
  return new Promise((resolve) => {
    const stop = () => void endGroup(child);
    const settle = (code: number | undefined, last = "") => {
      signal.removeEventListener("abort", stop);
      const isWhole = outBytes <= LARGEST_OUTPUT_BYTES;
      const text = isWhole ? complaint + last : "more than 16 MiB came out of it";
      resolve({ code: isWhole ? code : undefined, out: Buffer.concat(out).toString("utf8"), complaint: text });
    };
    child.once("error", (error) => settle(undefined, String(error)));
    child.once("close", (code) => settle(code ?? undefined));
    // A helper of git's that outlives it (ssh's master, a credential daemon) may keep its pipes open for hours.
    child.once("exit", () => setTimeout(() => letGo(child), PIPES_LIMIT_MS).unref());
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

const PIPES_LIMIT_MS = 1000;

function letGo({ stdout, stderr }: ChildProcess): void {
  stdout?.destroy();
  stderr?.destroy();
}

function endGroup(child: ChildProcess): void {
  sendToGroup(child, "SIGTERM");
  const timer = setTimeout(() => sendToGroup(child, "SIGKILL"), STOP_LIMIT_MS);
  child.once("close", () => clearTimeout(timer));
}

function sendToGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // Gone by itself.
  }
}

function cannotStart(folder: string): string {
  return existsSync(folder) ? "git was not found; install it" : `the folder ${folder} does not exist`;
}

/** What git complains of, its last such line; without secrets, control characters and passwords in addresses. */
function oneLine(complaint: string, secrets: readonly string[]): string {
  const lines = complaint.split("\n").filter((line) => line.trim() !== "");
  const chosen = lines.findLast((line) => /^(fatal|error|remote: error):/i.test(line)) ?? lines.at(-1) ?? "";
  const masked = secrets
    .filter((secret) => secret !== "")
    .reduce((text, secret) => text.replaceAll(secret, "***"), chosen);
  const plain = masked.replace(/\/\/[^/\s@]*@/g, "//***@").replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, " ");
  return plain.trim().slice(0, 400);
}

/** Every effect the gate has on the world, as an interface. Adapters implement them; entry/compose.ts picks. */
import type { ServerConfig } from "../core/model/config.ts";
import type { Environment, ResultsFile } from "../core/model/results.ts";
import type { Dictionary } from "../core/report/text.ts";
import type { Exchange, LoadSent } from "./client-port.ts";
import type { ProgressEvent } from "./progress-event.ts";

export type * from "./client-port.ts";

/** One monotonic clock for everything that is timed, and the wall clock for dates. */
export interface Clock {
  /** Monotonic ms with sub-millisecond resolution, from an arbitrary origin. */
  nowMs(): number;
  /** Resolves at `atMs` of `nowMs()` or just after, never before; rejects with the signal's reason. */
  sleepUntil(atMs: number, signal?: AbortSignal): Promise<void>;
  /** ISO 8601. */
  wallTime(): string;
  /** Starts watching how late the event loop runs; the function it returns stops that and gives the p99 in ms. */
  watchEventLoop?(): () => number | undefined;
}

/** What a load is sent by, in whatever thread. */
export interface Pacing {
  readonly clock: Clock;
  /** The load's start, of Clock.nowMs(). */
  readonly originMs: number;
  /** Fires when nothing more is to be sent. */
  readonly sending: AbortSignal;
  readonly send: (index: number, onFree: () => void) => Promise<Exchange>;
  readonly onSent: (index: number, sent: LoadSent) => void;
}

/** One request of an open loop, ms since the load's start. */
export interface Turn {
  readonly index: number;
  readonly atMs: number;
}

/** Starts servers, or visits one that runs already. */
export interface ServerLauncher {
  /** Resolves when the server is ready. Rejects with a GateError (blame server or config) that holds the last log lines. */
  start(request: LaunchRequest, watch: LaunchWatch): Promise<RunningServer>;
}

export interface LaunchRequest {
  readonly server: ServerConfig;
  /** Which of the two commands: the candidate's, or the base build's. */
  readonly build: "candidate" | "base";
  /** Where the base was built; the server is started in it. Absent where `baseCommand` starts it, or it is the candidate. */
  readonly folder?: string;
  readonly model: string | undefined;
  /** The words of {{args}}. */
  readonly args: readonly string[];
}

export interface LaunchWatch {
  readonly signal: AbortSignal;
  /** While loading, about every second. */
  readonly onLoading?: (state: { readonly elapsedMs: number; readonly lastLogLine: string | undefined }) => void;
}

export interface RunningServer {
  readonly url: string;
  /** Names this start of the process, unique in the run. */
  readonly boot: string;
  /** False for a server that was already running: its trials are one boot, and stop() leaves it alone. */
  readonly owned: boolean;
  /** Start to readiness; absent where not owned. */
  readonly loadMs?: number;
  /** The command as it was started, for reports; absent where not owned. */
  readonly command?: string;
  /** Set once the process is gone; what is in flight then fails with kind connect or stream. */
  readonly exit: () => ServerExit | undefined;
  /** Fires when the process is gone. */
  readonly gone: AbortSignal;
  /** The last lines of its output, oldest first. */
  readonly logTail: () => readonly string[];
  /** SIGTERM to the whole group, SIGKILL after the stop timeout; resolves when nothing of it lives. Safe to call twice. */
  stop(): Promise<void>;
}

export interface ServerExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** The machine we are on. */
export interface Host {
  describe(): Promise<Environment>;
}

/** Missing is not unreadable. */
export type Stored<T> =
  | { readonly kind: "found"; readonly value: T; readonly path: string }
  | { readonly kind: "missing" }
  | { readonly kind: "unreadable"; readonly path: string; readonly reason: string };

/** The commit a pull request is compared with, and why it is that one. */
export interface BaseCommit {
  readonly sha: string;
  readonly how: "first-parent" | "merge-base";
}

/** What is known of the change under test; outside GitHub nothing is, and HEAD is compared with the default branch. */
export interface ChangeUnderTest {
  /** `main`: the branch it will be merged into. */
  readonly baseRef?: string;
  readonly baseSha?: string;
  /** The pull request's own head: tells GitHub's merge commit from one that somebody made by hand. */
  readonly headSha?: string;
}

/** The git repository we stand in. Nothing it does changes the checkout. */
export interface Repository {
  /** The base of the change, fetched where the checkout is shallow; undefined with the reason where there is none. */
  base(
    change: ChangeUnderTest,
    signal: AbortSignal,
  ): Promise<
    { readonly kind: "found"; readonly commit: BaseCommit } | { readonly kind: "missing"; readonly reason: string }
  >;
  /** A file as it stands in a commit; `path` as in the checkout: from the folder we stand in, or absolute. */
  fileAt(sha: string, path: string, signal?: AbortSignal): Promise<Stored<string>>;
  /**
   * A worktree of the commit, submodules included, in which `command` has been run once; kept by commit and command.
   * `folder` is in it what the folder we stand in is in the checkout. Rejects with a GateError that holds the last
   * lines of a build that failed.
   */
  built(request: BaseBuild, signal: AbortSignal): Promise<{ readonly folder: string; readonly cached: boolean }>;
  /** Told of a folder that `built` gave and that does not serve: it is built anew the next time. Never fails. */
  distrust(folder: string): Promise<void>;
}

export interface BaseBuild {
  readonly sha: string;
  /** Words, as they are; run in the folder that `built` gives. */
  readonly command: readonly string[];
  /** What the build may see of our environment: as the server's. */
  readonly server: Pick<ServerConfig, "passEnv" | "setEnv">;
}

/** Where baseline records are kept: one immutable file a run. */
export interface BaselineStore {
  /** For messages: `/home/runner/.serving-gate/owner/name`. */
  readonly label: string;
  /** Where it is on this machine; absent where it is not a folder here. */
  readonly folder?: string;
  /** Every record, by createdAt; unreadable files are entries of their own. */
  list(): Promise<readonly Stored<ResultsFile>[]>;
  /** Never overwrites. Rejects with a GateError when the place cannot be written. */
  add(results: ResultsFile): Promise<{ readonly path: string }>;
  /**
   * Keeps the newest `keep` accepted records of each environment, and the suspect and rejected ones since the oldest of
   * them, as many of either at most. Removes the rest, but for unreadable ones; returns the paths.
   */
  prune(keep: number): Promise<readonly string[]>;
  /** Counts a run of a gate that blocks nobody yet; undefined where that cannot be kept. */
  noteDryRun(run: { readonly runId: string; readonly wouldBlock: boolean }): Promise<DryRunTally | undefined>;
}

/** What a gate that blocks nobody yet would have done. */
export interface DryRunTally {
  readonly runs: number;
  readonly wouldBlock: number;
}

/** Writes what a run leaves behind. */
export interface Files {
  /** Throws a GateError when the place cannot be written. */
  write(path: string, text: string): Promise<void>;
  /** Fails early, before anything is measured, when the place could not be written later. */
  assertWritable(path: string): Promise<void>;
  read(path: string): Promise<string>;
}

/** What is happening, for people who wait. */
export interface Progress {
  report(event: ProgressEvent): void;
}

/** Renders a view of core/report through templates/. */
export interface Renderer {
  render(template: string, view: object): string;
  /** The words of a language: key → text, nested. */
  dictionary(language: "en" | "ru"): Dictionary;
}

/** What publishing came to, surface by surface. */
export type Published =
  | {
      readonly kind: "published";
      readonly url?: string;
      /** What will go wrong next time. */
      readonly warning?: string;
    }
  | {
      readonly kind: "declined" | "failed";
      /** For the log, in English. */
      readonly reason: string;
      readonly obstacle?: PublishObstacle;
    };

/** What reports say in the reader's language: `publish.<obstacle>` of the dictionaries. */
export type PublishObstacle =
  | "bad-token"
  | "no-permission"
  | "not-found"
  | "comments-off"
  | "later-run"
  | "too-long"
  | "unavailable";

/** The pull request's comment. */
export interface CommentBoard {
  /** Edits our comment with this key or writes a new one; `body` starts with the marker. */
  upsert(comment: { readonly key: string; readonly body: string }): Promise<Published>;
}

/** The runner's own surfaces. */
export interface RunnerSurface {
  summary(markdown: string): Promise<Published>;
  /** An annotation on the run: at most ten of a kind are shown. */
  annotate(level: "error" | "warning" | "notice", message: string, title?: string): void;
  output(name: string, value: string): void;
}

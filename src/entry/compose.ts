import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { gitRepository } from "../adapters/git/repository.ts";
import { systemClock } from "../adapters/host/system-clock.ts";
import { systemHost } from "../adapters/host/system-host.ts";
import { connectWith } from "../adapters/openai/connect.ts";
import { loadThreads } from "../adapters/openai/threads/load-threads.ts";
import { createRenderer } from "../adapters/render/renderer.ts";
import { createBuildRunner } from "../adapters/server/build-runner.ts";
import { createServerLauncher } from "../adapters/server/launcher.ts";
import { dirStore } from "../adapters/storage/dir-store.ts";
import { systemFiles } from "../adapters/storage/files.ts";
import type { BaselineConfig } from "../core/model/config.ts";
import type {
  BaselineStore,
  Clock,
  ConnectClient,
  Files,
  Host,
  Progress,
  Renderer,
  Repository,
  ServerLauncher,
} from "../gate/ports.ts";
import { packageRoot } from "./package-root.ts";

/** Every effect, picked in this one place. */
export interface World {
  readonly clock: Clock;
  readonly launcher: ServerLauncher;
  readonly connect: ConnectClient;
  readonly host: Host;
  readonly files: Files;
  readonly renderer: Renderer;
  readonly progress: Progress;
  store(baseline: BaselineConfig, repository: string | undefined): BaselineStore;
  /** The checkout in the working directory. The token is for fetches from below `serverUrl` (default https://github.com). */
  repository(options: { readonly token?: string | undefined; readonly serverUrl?: string | undefined }): Repository;
}

export function composeWorld(options: { readonly progress: Progress; readonly stateFile: string | undefined }): World {
  const clock = systemClock();
  const { progress, stateFile } = options;
  const noting = stateFile === undefined ? {} : { stateFile };
  const onNote = (text: string) => progress.report({ kind: "note", text });
  return {
    clock,
    launcher: createServerLauncher({ clock, ...noting, onNote }),
    connect: connectWith(clock, loadThreads({ program: loadThreadProgram, originNs: clock.originNs })),
    host: systemHost(),
    files: systemFiles(),
    renderer: createRenderer({ templatesDir: join(packageRoot, "templates") }),
    progress,
    store: ({ path }, repository) => dirStore({ path, repository }),
    repository: ({ token, serverUrl }) =>
      gitRepository({
        ...{ token, serverUrl, onNote },
        folder: process.cwd(),
        cacheFolder: join(cacheRoot(), "serving-gate", "builds"),
        runBuild: createBuildRunner(noting),
      }),
  };
}

/** Bundled from entry/load-thread.ts. */
const loadThreadProgram = join(packageRoot, "dist", "load-thread.js");

/** Of this user, outside the workspace, which a checkout cleans. A relative XDG_CACHE_HOME is to be ignored (XDG's own rule). */
function cacheRoot({ SERVING_GATE_CACHE: ours, XDG_CACHE_HOME: theirs }: NodeJS.ProcessEnv = process.env): string {
  if (ours !== undefined && ours !== "") return resolve(ours);
  return theirs !== undefined && isAbsolute(theirs) ? theirs : join(homedir(), ".cache");
}

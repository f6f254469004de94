import { join } from "node:path";
import { systemClock } from "../adapters/host/system-clock.ts";
import { systemHost } from "../adapters/host/system-host.ts";
import { connectWith } from "../adapters/openai/connect.ts";
import { createRenderer } from "../adapters/render/renderer.ts";
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
}

export function composeWorld(options: { readonly progress: Progress; readonly stateFile: string | undefined }): World {
  const clock = systemClock();
  const { progress, stateFile } = options;
  return {
    clock,
    launcher: createServerLauncher({
      clock,
      ...(stateFile === undefined ? {} : { stateFile }),
      onNote: (text) => progress.report({ kind: "note", text }),
    }),
    connect: connectWith(clock),
    host: systemHost(),
    files: systemFiles(),
    renderer: createRenderer({ templatesDir: join(packageRoot, "templates") }),
    progress,
    store: ({ path }, repository) => dirStore({ path, repository }),
  };
}

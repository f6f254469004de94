import { isAbsolute, join, relative } from "node:path";
import { type RunContext, readRunContext } from "../adapters/github/event-context.ts";
import type { Config, ReportLanguage } from "../core/model/config.ts";
import { GateError, problemLines } from "../core/model/gate-error.ts";
import { readBaseline } from "../gate/judge-candidate.ts";
import type { BaselineStore, RunnerSurface } from "../gate/ports.ts";
import { actionFolder, type Variables } from "./action-folder.ts";
import { type ActionInputs, readActionInputs } from "./action-inputs.ts";
import { type ActionTask, taskOf } from "./action-task.ts";
import type { World } from "./compose.ts";
import { DEFAULT_CONFIG, loadConfig, loadOfflineConfig } from "./load-config.ts";

/** Everything the action touches. */
export interface ActionParts {
  readonly env: Variables;
  readonly world: World;
  readonly surface: RunnerSurface;
  readonly signal: AbortSignal;
  /** Takes whole lines; what they hold may come from outside. */
  readonly log: (text: string) => void;
  /** Tells the runner what it must not show. */
  readonly hide: (secret: string) => void;
}

/** What this run is for and by which rules, all of it checked before anything is measured. */
export interface ActionRun {
  readonly inputs: ActionInputs;
  readonly context: RunContext;
  readonly task: ActionTask;
  readonly config: Config;
  /** Absent where the defaults serve. */
  readonly configPath?: string;
  readonly store: BaselineStore;
  readonly language: ReportLanguage;
  /** Where everything is written. */
  readonly dir: string;
}

export async function prepareRun({ env, world, surface, hide }: ActionParts): Promise<ActionRun> {
  const read = readActionInputs(env);
  if (!read.ok) throw new GateError("config", problemLines("action", read.problems));
  const { inputs } = read;
  hide(inputs.githubToken);
  const eventPath = env["GITHUB_EVENT_PATH"];
  const context = readRunContext(env, eventPath ? await world.files.read(eventPath) : "");
  const task = taskOf(inputs.mode, context);
  const { config, path } = await configOf(inputs, world);
  for (const { server } of config.phases) hide(env[server.apiKeyEnv ?? ""] ?? "");
  const dir = actionFolder(env);
  await world.files.assertWritable(join(dir, "results.json"));
  const store = world.store(config.baseline, `${context.owner}/${context.repo}`);
  const warning = cleanedStore(store, env["GITHUB_WORKSPACE"]);
  if (warning !== undefined) surface.annotate("warning", warning, "Serving Gate");
  // A broken record is better found before the GPU is busy.
  await readBaseline(store);
  return {
    inputs,
    context,
    task,
    config,
    ...(path === undefined ? {} : { configPath: path }),
    store,
    language: inputs.language ?? config.report.language,
    dir,
  };
}

/** A checkout deletes what git does not know: records there are gone before the next run looks for them. */
function cleanedStore({ folder }: BaselineStore, workspace: string | undefined): string | undefined {
  if (folder === undefined || !workspace) return undefined;
  const below = relative(workspace, folder);
  if (below.startsWith("..") || isAbsolute(below)) return undefined;
  return (
    `baseline.path leads to ${folder}, inside the workspace, which the next checkout cleans: the baseline would be ` +
    "empty every time. Name a folder of the runner outside it, such as ~/.serving-gate."
  );
}

async function configOf({ results, config }: ActionInputs, { files }: World) {
  if (results === undefined) return { config: await loadConfig(files, config, "run"), path: config };
  return loadOfflineConfig(files, config === DEFAULT_CONFIG ? undefined : config);
}

import { isAbsolute, join, relative } from "node:path";
import { type RunContext, readRunContext } from "../adapters/github/event-context.ts";
import type { Config, ReportLanguage } from "../core/model/config.ts";
import { GateError, problemLines } from "../core/model/gate-error.ts";
import type { ResultsFile } from "../core/model/results.ts";
import { readBaseline } from "../gate/judge-candidate.ts";
import type { BaselineStore } from "../gate/ports.ts";
import { recordsOf } from "../gate/records-of-branch.ts";
import { type Base, findBase } from "./action-base.ts";
import { actionFolder } from "./action-folder.ts";
import { type ActionInputs, readActionInputs } from "./action-inputs.ts";
import type { ActionParts } from "./action-parts.ts";
import { type ActionTask, taskOf } from "./action-task.ts";
import type { World } from "./compose.ts";
import { DEFAULT_CONFIG, loadConfig, loadOfflineConfig } from "./load-config.ts";
import { type OwnConfig, ownRules, type Rules, rulesOfBase } from "./rules.ts";

/** What this run is for and by which rules, all of it checked before anything is measured. */
export interface ActionRun {
  readonly inputs: ActionInputs;
  readonly context: RunContext;
  readonly task: ActionTask;
  readonly config: Config;
  /** Absent where the defaults serve. */
  readonly configPath?: string;
  readonly store: BaselineStore;
  /** Its records of the branch that this run belongs to, oldest first. */
  readonly baseline: readonly ResultsFile[];
  /** The base's on a pull request. */
  readonly rules: Rules;
  /** Only on a pull request, and where the code of a branch is gated. */
  readonly base?: Base;
  readonly language: ReportLanguage;
  /** Where everything is written. */
  readonly dir: string;
}

export async function prepareRun(parts: ActionParts): Promise<ActionRun> {
  const { env, world, surface, hide } = parts;
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
  const baseline = recordsOf(await readBaseline(store), branchOf(task, context));
  const own: OwnConfig = { config, files: world.files, ...(path === undefined ? {} : { configPath: path }) };
  return {
    inputs,
    context,
    task,
    config,
    ...(path === undefined ? {} : { configPath: path }),
    store,
    baseline,
    ...(await rulesFor(parts, own, { inputs, context, task })),
    language: inputs.language ?? config.report.language,
    dir,
  };
}

/** A pull request is judged by the rules of the branch it wants to change. */
async function rulesFor(
  parts: ActionParts,
  own: OwnConfig,
  known: Pick<ActionRun, "inputs" | "context" | "task">,
): Promise<Pick<ActionRun, "rules" | "base">> {
  const { task } = known;
  if (task.kind === "record") return { rules: await ownRules(own.config, own.files) };
  const base = await findBase(parts, known);
  const rules = task.pullRequest === undefined ? ownRules(own.config, own.files) : rulesOfBase(own, base);
  return { rules: await rules, base };
}

/** `main`: whose runs this one is compared with; undefined where the event does not tell. */
function branchOf(task: ActionTask, { defaultBranch }: RunContext): string | undefined {
  return (task.kind === "gate" ? task.pullRequest?.baseRef : undefined) ?? defaultBranch;
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

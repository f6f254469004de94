import { GateError } from "../core/model/gate-error.ts";
import type { PlannedBoot } from "../core/model/plan.ts";
import type { RequestFailure } from "../core/model/trace.ts";
import { secondPassNonce, trialNonce } from "../core/plan/trial-nonce.ts";
import { type Calibrated, calibratePrompts } from "./calibrate-prompts.ts";
import { checkFit } from "./check-fit.ts";
import { cellOf, type MeasuredTrial } from "./collect-cells.ts";
import { measureInTime } from "./measure-in-time.ts";
import type {
  Clock,
  ConnectClient,
  ConnectOptions,
  InferenceClient,
  Progress,
  RunningServer,
  ServerLauncher,
} from "./ports.ts";
import { assertStillServing, runFailure } from "./run-failure.ts";
import { verifyPrompts } from "./verify-prompts.ts";

/** What one boot needs of the world and of the run it is part of. */
export interface BootRun {
  readonly boot: PlannedBoot;
  /** Default: the candidate's. */
  readonly build?: "candidate" | "base";
  /** Where the base was built. */
  readonly folder?: string;
  readonly index: number;
  readonly launcher: ServerLauncher;
  readonly connect: ConnectClient;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** The run's. */
  readonly nonce: string;
  readonly secret?: (name: string) => string | undefined;
  /** Prompt calibration by model, and by model and schedule: once in a run, so that all trials ask the same. */
  readonly calibrations: Map<string, Calibrated>;
}

/** Never rejects: what was measured before a failure comes back with it. */
export interface BootOutcome {
  readonly trials: readonly MeasuredTrial[];
  readonly failure?: GateError;
}

/** One start of a server, or one visit to a running one: started, measured, and stopped on every path. */
export async function runBoot(run: BootRun): Promise<BootOutcome> {
  const { progress, signal } = run;
  const trials: MeasuredTrial[] = [];
  const failures: GateError[] = [];
  let server: RunningServer | undefined;
  try {
    server = await startServer(run);
    await measureBoot(run, server, (trial) => trials.push(trial));
  } catch (error) {
    if (server !== undefined) await newsOfEnd(server, run);
    failures.push(runFailure(error, { signal, server }));
  }
  try {
    await server?.stop();
    if (server?.owned === true) progress.report({ kind: "stopped" });
  } catch (error) {
    failures.push(error instanceof GateError ? error : runFailure(error, { signal, server: undefined }));
  }
  const [failure] = failures;
  return failure === undefined ? { trials } : { trials, failure };
}

/** A connection that breaks is seen before the exit of the process that held it. */
const NEWS_MS = 500;

async function newsOfEnd(server: RunningServer, { clock, signal }: BootRun): Promise<void> {
  if (!server.owned || server.gone.aborted || signal.aborted) return;
  const either = AbortSignal.any([server.gone, signal]);
  await clock.sleepUntil(clock.nowMs() + NEWS_MS, either).catch(() => undefined);
}

async function startServer(run: BootRun): Promise<RunningServer> {
  const { boot, build = "candidate", folder, launcher, progress, signal } = run;
  const { phase, model, args } = boot;
  signal.throwIfAborted();
  const server = await launcher.start(
    { server: phase.server, build, model: model?.id, args, ...(folder === undefined ? {} : { folder }) },
    {
      signal,
      onLoading: ({ elapsedMs, lastLogLine }) =>
        progress.report({ kind: "loading", elapsedMs, ...(lastLogLine === undefined ? {} : { lastLogLine }) }),
    },
  );
  const { loadMs, url } = server;
  progress.report({ kind: "ready", url, ...(loadMs === undefined ? {} : { loadMs }) });
  return server;
}

type Keep = (trial: MeasuredTrial) => void;

async function measureBoot(run: BootRun, server: RunningServer, keep: Keep): Promise<void> {
  const { backend, requestTimeoutMs, clientThreads } = run.boot.phase.server;
  const apiKey = apiKeyOf(run);
  const options: ConnectOptions = {
    ...{ url: server.url, backend, requestTimeoutMs },
    ...(apiKey !== undefined && { apiKey }),
    ...(clientThreads !== undefined && { clientThreads }),
  };
  const client = run.connect(options);
  try {
    await measureWith(client, run, { server, keep });
  } finally {
    await client.close();
  }
}

function apiKeyOf({ boot, secret }: BootRun): string | undefined {
  const { apiKeyEnv } = boot.phase.server;
  if (apiKeyEnv === undefined) return undefined;
  const apiKey = secret?.(apiKeyEnv);
  if (apiKey) return apiKey;
  throw new GateError(
    "config",
    `config: server.api-key-env names ${apiKeyEnv}, which is not set; put the token that the server asks for in it`,
  );
}

async function measureWith(
  client: InferenceClient,
  run: BootRun,
  { server, keep }: { readonly server: RunningServer; readonly keep: Keep },
): Promise<void> {
  const { boot, index } = run;
  const serving = AbortSignal.any([run.signal, server.gone]);
  const facts = await client.inspect(serving);
  serving.throwIfAborted();
  const model = modelToAsk(run, facts.models);
  checkFit(boot.workloads, facts, model);
  const calibration = { client, model, signal: serving };
  const ofModel = await once(run, [model], () => calibratePrompts(calibration));
  if (ofModel.failure !== undefined) assertNameTaken(run, facts.models, ofModel.failure);
  for (const [workloadIndex, planned] of boot.workloads.entries()) {
    // A server that does not count its prompts cannot be asked how long they are; a task's prompts are what it says.
    const { charsPerToken, overheadTokens, warnings } =
      ofModel.warnings.length > 0 || planned.workload.task !== undefined
        ? ofModel
        : await once(run, [model, planned.schedule.hash], () => verifyPrompts(planned, ofModel, calibration));
    const prompts = { charsPerToken, overheadTokens, warnings };
    const place = [run.nonce, index, workloadIndex] as const;
    const measured = await measureInTime({ ...run, planned, model, server, client, ...prompts }, [
      trialNonce(...place),
      secondPassNonce(...place),
    ]);
    keep({ cell: cellOf({ boot, planned, model, server, facts }), trial: measured.trial });
    assertStillServing(server, planned.workload.name, measured);
  }
}

/** Asked for where no model is named and the server lists none: servers of one model seldom look at it. */
const UNNAMED_MODEL = "default";

function modelToAsk({ boot, progress }: BootRun, listed: readonly { readonly id: string }[]): string {
  const wanted = boot.model?.id;
  const [first] = listed;
  if (wanted === undefined) {
    if (first !== undefined) return first.id;
    const text = `the server lists no model under /v1/models and none is named under models: "${UNNAMED_MODEL}" is asked for`;
    progress.report({ kind: "note", text });
    return UNNAMED_MODEL;
  }
  if (first !== undefined && !listed.some(({ id }) => id === wanted)) {
    const known = listed.map(({ id }) => JSON.stringify(id)).join(", ");
    progress.report({
      kind: "note",
      text: `the server lists ${known}, not ${JSON.stringify(wanted)}, which is asked for`,
    });
  }
  return wanted;
}

/** Statuses of a server that does not know the model. */
const UNKNOWN_MODEL = new Set([400, 404, 422]);

/** A name of our own that the server refuses is the config's to give. */
function assertNameTaken({ boot }: BootRun, listed: readonly unknown[], { status = 0, message }: RequestFailure): void {
  if (boot.model !== undefined || listed.length > 0 || !UNKNOWN_MODEL.has(status)) return;
  throw new GateError(
    "config",
    `config: no model is named, the server lists none under /v1/models, and it refuses "${UNNAMED_MODEL}" ` +
      `(HTTP ${status}${message === undefined ? "" : `: ${message}`}); list the model under models:`,
  );
}

/** What was found before in this run, so that all its trials and arms are asked the same. */
async function once(
  { calibrations }: BootRun,
  what: readonly string[],
  find: () => Promise<Calibrated>,
): Promise<Calibrated> {
  const key = what.join(" ");
  const known = calibrations.get(key) ?? (await find());
  calibrations.set(key, known);
  return known;
}

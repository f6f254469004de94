import { join } from "node:path";
import { readNamedRecords } from "../adapters/storage/record-files.ts";
import { withSummaries } from "../core/metrics/with-summaries.ts";
import { GateError } from "../core/model/gate-error.ts";
import { serialiseResults } from "../core/model/result-file.ts";
import type { ResultsFile, Source } from "../core/model/results.ts";
import { findBaseSide } from "../gate/find-base-side.ts";
import { hasMeasurements } from "../gate/has-measurements.ts";
import { type Gating, measureCandidate } from "../gate/measure-candidate.ts";
import type { Variables } from "./action-folder.ts";
import type { ActionParts } from "./action-parts.ts";
import type { ActionRun } from "./action-prepare.ts";
import { baseConfig } from "./base-files.ts";
import { keepResults } from "./keep-results.ts";
import { freshNonce } from "./run-identity.ts";

/** What was measured or handed in; with a failure it is what was measured before it. */
export interface Measured {
  readonly candidate: ResultsFile;
  readonly failure?: GateError;
  /** Wall time; absent where nothing was measured here. */
  readonly minutes?: number;
  /** Of these, of the A/B confirmation. */
  readonly confirmationMinutes?: number;
  /** Why nothing could be confirmed, though the config says how the base is built. */
  readonly obstacle?: string;
}

/** The results file handed in, or a run of the plan. What is measured is on disk after every step of it. */
export async function measure(parts: ActionParts, run: ActionRun): Promise<Measured> {
  const { env, world, signal } = parts;
  if (run.inputs.results !== undefined) return { candidate: await handedIn(run.inputs.results, run) };
  const { config, dir } = run;
  const path = join(dir, "results.json");
  const save = (results: ResultsFile) => world.files.write(path, serialiseResults(results));
  const gating = run.task.kind === "gate" ? await gatingOf(parts, run) : undefined;
  const startedMs = world.clock.nowMs();
  const measurement = { config, ...(gating === undefined ? {} : { gating }) };
  const { results, failure, confirmationMinutes } = await measureCandidate(measurement, world, {
    signal,
    nonce: freshNonce(),
    save,
    source: sourceOf(env, run),
    secret: (name) => env[name],
  });
  const candidate = withSummaries(results);
  const minutes = (world.clock.nowMs() - startedMs) / 60_000;
  const times = {
    minutes,
    ...(confirmationMinutes === undefined ? {} : { confirmationMinutes }),
    ...(gating?.obstacle === undefined ? {} : { obstacle: gating.obstacle }),
  };
  if (failure === undefined) return { candidate, ...times };
  const { place } = await keepResults(world.files, { wanted: path }, results);
  const { blame, message, cause } = failure;
  const saved = hasMeasurements(results) && place !== undefined ? [place] : [];
  return { candidate, ...times, failure: new GateError(blame, message, { cause, saved }) };
}

/** What the run will be judged by; the base is built here, before a server holds the GPU. */
async function gatingOf({ world, signal }: ActionParts, run: ActionRun): Promise<Gating & Pick<Measured, "obstacle">> {
  const { config, configPath, rules, baseline, base } = run;
  const { policy, phases } = rules;
  const own = base === undefined ? undefined : await baseConfig(base, configPath);
  const wanted = { config, policy, phases, ...(own === undefined ? {} : { baseConfig: own }) };
  const found = base === undefined ? {} : await findBaseSide(wanted, { ...base, progress: world.progress, signal });
  return { baseline, policy, phases, ...found };
}

async function handedIn(path: string, { task }: ActionRun): Promise<ResultsFile> {
  const [record, ...more] = await readNamedRecords([path]);
  if (record === undefined || more.length > 0) {
    const found = record === undefined ? "no" : more.length + 1;
    throw new GateError("config", `action: results "${path}" holds ${found} results files; expected one file`);
  }
  const pullRequest = record.results.source?.pullRequest;
  if (task.kind === "record" && pullRequest !== undefined) {
    throw new GateError(
      "config",
      `action: results "${path}" were measured for pull request #${pullRequest}; a pull request never becomes a baseline. ` +
        "Record results of the default branch.",
    );
  }
  return withSummaries(record.results);
}

function sourceOf(env: Variables, { context, task }: ActionRun): Source {
  const { owner, repo, runId } = context;
  const pullRequest = task.kind === "gate" ? task.pullRequest : undefined;
  const sha = pullRequest?.headSha ?? env["GITHUB_SHA"];
  const ref = env["GITHUB_REF"];
  return {
    repository: `${owner}/${repo}`,
    ...(sha ? { sha } : {}),
    ...(ref ? { ref } : {}),
    ...(runId === "" ? {} : { runId }),
    ...(pullRequest === undefined ? {} : { pullRequest: pullRequest.number }),
  };
}

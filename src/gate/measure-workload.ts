import { summariseTrial } from "../core/metrics/summarise.ts";
import type { PlannedWorkload } from "../core/model/plan.ts";
import type { Trial } from "../core/model/results.ts";
import type { RequestFailure, RequestTrace } from "../core/model/trace.ts";
import { isRightAnswer } from "../core/workload/digits-task.ts";
import { driveWorkload } from "./drive-workload.ts";
import { type Observation, observeClient } from "./observe-client.ts";
import type { Clock, InferenceClient, Progress, RunningServer } from "./ports.ts";
import { readyServer } from "./ready-server.ts";
import { serverAccount } from "./server-account.ts";

export interface WorkloadRun {
  readonly planned: PlannedWorkload;
  readonly model: string;
  readonly server: RunningServer;
  readonly client: InferenceClient;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly nonce: string;
  readonly charsPerToken: number;
  /** What the server counts beside a prompt's text; absent: nothing. */
  readonly overheadTokens?: number;
  /** Of the prompts' calibration: they weaken every trial that it served. */
  readonly warnings: readonly string[];
}

export interface MeasuredWorkload {
  readonly trial: Trial;
  /** Why the trial is invalid, where it is because the client was late: another pass may not be. */
  readonly lateReason?: string;
  /** At the end nothing took connections any more. */
  readonly isDeaf: boolean;
}

/** One workload on one boot: driven, summarised, told. */
export async function measureWorkload(run: WorkloadRun): Promise<MeasuredWorkload> {
  const { planned, client, server, progress } = run;
  const { workload } = planned;
  const { name } = workload;
  progress.report({ kind: "workload", workload: name, requests: planned.schedule.requests.length });
  if (planned.schedule.warmup.length > 0) progress.report({ kind: "warmup", workload: name });
  const ready = await readyServer({ ...run, workload });
  const observation = observeClient(client, run.clock);
  const measured = await driveWorkload({
    ...run,
    client: observation.client,
    gone: server.gone,
    onRequest: (state) => progress.report({ kind: "request", workload: name, ...state }),
  });
  const requests = judgedAnswers(measured.requests, planned, observation);
  const account = await serverAccount({
    ...run,
    ...{ observation, isGone: server.gone.aborted, hasCache: ready.hasCache },
    ...{ sharedPrefixTokens: workload.sharedPrefixTokens, warmup: workload.warmup, tokenSource: measured.tokenSource },
  });
  const invalidReason = measured.invalidReason ?? account.fault;
  const { summary, counts } = summariseTrial(requests, workload.slo === undefined ? {} : { slo: workload.slo });
  progress.report({
    kind: "measured",
    workload: name,
    failed: counts.failed,
    ...firstFailure(requests),
    ...(invalidReason === undefined ? {} : { invalidReason }),
    ...figure("outputTokensPerSecond", summary["output_throughput"]),
    ...figure("ttftP50Ms", summary["ttft_p50"]),
    ...figure("itlP50Ms", summary["itl_p50"]),
  });
  const trial: Trial = {
    startedAt: measured.startedAt,
    boot: server.boot,
    ...figure("loadMs", server.loadMs),
    seed: workload.seed,
    valid: invalidReason === undefined,
    ...(invalidReason === undefined ? {} : { invalidReason }),
    warnings: [...run.warnings, ...ready.warnings, ...measured.warnings, ...account.warnings],
    ...(measured.tokenSource === undefined ? {} : { tokenSource: measured.tokenSource }),
    client: measured.client,
    ...(Object.keys(account.metrics).length === 0 ? {} : { serverMetrics: account.metrics }),
    requests,
    summary,
    counts,
  };
  const { isDeaf, invalidReason: lateReason } = measured;
  return { trial, isDeaf, ...(lateReason === undefined ? {} : { lateReason }) };
}

/** Where the answers are known each is judged, and its text forgotten with the observation. */
function judgedAnswers(
  traces: readonly RequestTrace[],
  { workload, schedule }: PlannedWorkload,
  observation: Observation,
): readonly RequestTrace[] {
  if (workload.task === undefined) return traces;
  const asked = observation.measured();
  return traces.map((trace, index) => {
    const scheduled = schedule.requests[index];
    const request = asked[index];
    if (trace.outcome === "error" || scheduled === undefined || request === undefined) return trace;
    return { ...trace, correct: isRightAnswer(observation.noted(request)?.answerText ?? "", scheduled) };
  });
}

function firstFailure(requests: readonly RequestTrace[]): { readonly failure?: RequestFailure } {
  for (const trace of requests) if (trace.outcome === "error") return { failure: trace.error };
  return {};
}

function figure<K extends string>(key: K, value: number | undefined): { readonly [k in K]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [k in K]: number });
}

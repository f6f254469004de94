import { summariseTrial } from "../core/metrics/summarise.ts";
import type { PlannedWorkload } from "../core/model/plan.ts";
import type { Trial } from "../core/model/results.ts";
import type { RequestFailure, RequestTrace } from "../core/model/trace.ts";
import { serverMetrics } from "../core/plan/server-metrics.ts";
import { driveWorkload } from "./drive-workload.ts";
import type { Clock, InferenceClient, Progress, RunningServer } from "./ports.ts";

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
  const { planned, client, server, progress, signal } = run;
  const { workload } = planned;
  const { name } = workload;
  progress.report({ kind: "workload", workload: name, requests: planned.schedule.requests.length });
  if (planned.schedule.warmup.length > 0) progress.report({ kind: "warmup", workload: name });
  const before = await client.scrape(signal);
  const measured = await driveWorkload({
    ...run,
    gone: server.gone,
    onRequest: (state) => progress.report({ kind: "request", workload: name, ...state }),
  });
  const after = server.gone.aborted ? {} : await client.scrape(signal);
  const { summary, counts } = summariseTrial(
    measured.requests,
    workload.slo === undefined ? {} : { slo: workload.slo },
  );
  progress.report({
    kind: "measured",
    workload: name,
    failed: counts.failed,
    ...firstFailure(measured.requests),
    ...(measured.invalidReason === undefined ? {} : { invalidReason: measured.invalidReason }),
    ...figure("outputTokensPerSecond", summary["output_throughput"]),
    ...figure("ttftP50Ms", summary["ttft_p50"]),
    ...figure("itlP50Ms", summary["itl_p50"]),
  });
  const counted = serverMetrics(before, after);
  const trial: Trial = {
    startedAt: measured.startedAt,
    boot: server.boot,
    ...figure("loadMs", server.loadMs),
    seed: workload.seed,
    valid: measured.invalidReason === undefined,
    ...(measured.invalidReason === undefined ? {} : { invalidReason: measured.invalidReason }),
    warnings: [...run.warnings, ...measured.warnings],
    ...(measured.tokenSource === undefined ? {} : { tokenSource: measured.tokenSource }),
    client: measured.client,
    ...(Object.keys(counted).length === 0 ? {} : { serverMetrics: counted }),
    requests: measured.requests,
    summary,
    counts,
  };
  const { isDeaf, invalidReason } = measured;
  return { trial, isDeaf, ...(invalidReason === undefined ? {} : { lateReason: invalidReason }) };
}

function firstFailure(requests: readonly RequestTrace[]): { readonly failure?: RequestFailure } {
  for (const trace of requests) if (trace.outcome === "error") return { failure: trace.error };
  return {};
}

function figure<K extends string>(key: K, value: number | undefined): { readonly [k in K]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [k in K]: number });
}

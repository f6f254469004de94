import type { WorkloadInfo } from "../model/results.ts";
import type { Workload } from "../model/workload.ts";

/** What a results file keeps of a workload, so that reports need no config. */
export function workloadInfo(workload: Workload): WorkloadInfo {
  const { name, title, purpose, requests, warmup, seed, promptTokens, outputTokens, arrivals, purposeMetrics } =
    workload;
  return {
    ...{ name, title, purpose, requests, warmup, seed, promptTokens, outputTokens, purposeMetrics },
    arrivals: arrivals.process === "replay" ? { process: arrivals.process, file: arrivals.file } : arrivals,
    ...(workload.sharedPrefixTokens === undefined ? {} : { sharedPrefixTokens: workload.sharedPrefixTokens }),
    ...(workload.task === undefined ? {} : { task: workload.task }),
    ...(workload.slo === undefined ? {} : { slo: workload.slo }),
  };
}

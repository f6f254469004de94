import type { ResultsFile, ServiceObjectives, Trial } from "../model/results.ts";
import type { RequestTrace } from "../model/trace.ts";
import { summariseTrial, type TrialSummary } from "./summarise.ts";

/**
 * The same results with every trial's summary and counts computed anew from its requests, whatever stood there.
 * Trials without requests (imports, summary-only records) keep theirs.
 */
export function withSummaries(results: ResultsFile): ResultsFile {
  const objectives = new Map(results.workloads?.map(({ name, slo }) => [name, slo]));
  const cells = results.cells.map((cell) => {
    const slo = objectives.get(cell.workload);
    return {
      ...cell,
      trials: cell.trials.map((trial) => summarised(trial, slo)),
      ...(cell.confirmation === undefined
        ? {}
        : { confirmation: cell.confirmation.map((arm) => ({ ...arm, trial: summarised(arm.trial, slo) })) }),
    };
  });
  return { ...results, cells };
}

function summarised(trial: Trial, slo: ServiceObjectives | undefined): Trial {
  if (trial.requests === undefined) return withErrorRate(trial);
  return { ...trial, ...summaryOf(trial.requests, slo) };
}

/** Counts tell how many requests failed, whether or not the summary that came with them says so. */
function withErrorRate(trial: Trial): Trial {
  const { counts, summary } = trial;
  if (counts === undefined || counts.requests === 0) return trial;
  return { ...trial, summary: { ...summary, error_rate: counts.failed / counts.requests } };
}

/** Summaries already computed, by the list of requests: gating and reporting read the same history in turn. */
const known = new WeakMap<readonly RequestTrace[], { readonly slo: string; readonly summary: TrialSummary }>();

function summaryOf(requests: readonly RequestTrace[], slo: ServiceObjectives | undefined): TrialSummary {
  const key = JSON.stringify(slo ?? {});
  const before = known.get(requests);
  if (before?.slo === key) return before.summary;
  const summary = summariseTrial(requests, slo === undefined ? {} : { slo });
  known.set(requests, { slo: key, summary });
  return summary;
}

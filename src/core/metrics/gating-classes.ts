import type { Gating, SampleFloor, TimingGating } from "./metric.ts";

/**
 * Factor and priors of each class. The priors are what runs of a well-kept machine, and trials within one of its runs, were
 * seen to spread; they weigh as much as three runs, so a history soon outweighs them.
 */
const classes = {
  location: { factor: 1, priorSd: 0.02, priorTrialSd: 0.015, location: true },
  itlP95: { factor: 2, priorSd: 0.04, priorTrialSd: 0.03, location: false },
  itlP99: { factor: 4, priorSd: 0.1, priorTrialSd: 0.08, location: false },
  ttftP50: { factor: 2, priorSd: 0.06, priorTrialSd: 0.05, location: false },
  ttftP95: { factor: 4, priorSd: 0.1, priorTrialSd: 0.08, location: false },
  ttftP99: { factor: 4, priorSd: 0.12, priorTrialSd: 0.1, location: false },
} as const;

const overRequests = (percent?: number): SampleFloor => ({
  over: "requests",
  ...(percent === undefined ? {} : { percent }),
});
const overTokens = (percent?: number): SampleFloor => ({
  over: "tokens",
  ...(percent === undefined ? {} : { percent }),
});

interface Needs {
  readonly work?: boolean;
  readonly chunking?: boolean;
}

function timing(name: keyof typeof classes, floor: SampleFloor, needs: Needs = {}): TimingGating {
  const { work = false, chunking = false } = needs;
  return { kind: "timing", ...classes[name], floor, needsSameWork: work, needsSameChunking: chunking };
}

/** Metric id → how it is judged. A metric that is not here is reported only. */
export const gatingOf: Readonly<Record<string, Gating>> = {
  output_throughput: timing("location", overRequests(), { work: true }),
  request_throughput: timing("location", overRequests(), { work: true }),
  ttft_p50: timing("ttftP50", overRequests(50)),
  ttft_mean: timing("ttftP50", overRequests()),
  ttft_p90: timing("ttftP95", overRequests(90)),
  ttft_p95: timing("ttftP95", overRequests(95)),
  ttft_p99: timing("ttftP99", overRequests(99)),
  itl_p50: timing("location", overTokens(50), { chunking: true }),
  // The mean, unlike the median, holds the pauses, and how many there are depends on how much is generated.
  itl_mean: timing("location", overTokens(), { work: true, chunking: true }),
  itl_p95: timing("itlP95", overTokens(95), { work: true, chunking: true }),
  itl_p99: timing("itlP99", overTokens(99), { work: true, chunking: true }),
  tpot_p50: timing("location", overRequests(50)),
  tpot_mean: timing("location", overRequests()),
  tpot_p99: timing("ttftP99", overRequests(99), { work: true }),
  e2e_p50: timing("location", overRequests(50), { work: true }),
  e2e_mean: timing("location", overRequests(), { work: true }),
  e2e_p95: timing("ttftP95", overRequests(95), { work: true }),
  e2e_p99: timing("ttftP99", overRequests(99), { work: true }),
  // Its factor is given, its prior is not: as the other metrics of factor 4 it is a share of requests near a limit.
  goodput: timing("ttftP95", overRequests(), { work: true }),
  error_rate: { kind: "failures" },
  mismatch_rate: { kind: "failures" },
};

/** One row of the metric catalogue. */
export interface Metric {
  /** `itl_p99`: the family, and the statistic where there is one. */
  readonly id: string;
  readonly unit: MetricUnit;
  /** `neither`: says how the work was done, not how well. */
  readonly better: "higher" | "lower" | "neither";
  /** Of the dictionaries: the family's name. */
  readonly labelKey: string;
  /** As docs/metrics.md has it. */
  readonly formula: string;
  /** Whose definition it is. */
  readonly source: string;
  /** Absent: reported only, can never block. */
  readonly gating?: Gating;
}

export type MetricUnit = "tok/s" | "req/s" | "ms" | "s" | "tok" | "ratio";

/** How the gate judges a metric: by its timings from trial to trial, or by counting failures. */
export type Gating = TimingGating | { readonly kind: "failures" };

export interface TimingGating {
  readonly kind: "timing";
  /** Times the default min-effect; an explicit one takes none. */
  readonly factor: 1 | 2 | 4;
  /** What the spread from run to run (a standard deviation of logarithms) is thought to be before any was seen. */
  readonly priorSd: number;
  /** The same of two trials of one run: what the pairs of a confirmation are thought to differ by. */
  readonly priorTrialSd: number;
  /** A middle or a total, not a tail: can be judged from one trial, and decides whether the gate had power. */
  readonly location: boolean;
  readonly floor: SampleFloor;
  /** Judged only where both sides produced about as many tokens. */
  readonly needsSameWork: boolean;
  /** Judged only where both sides' chunks bear about as many tokens. */
  readonly needsSameChunking: boolean;
}

/** Samples a trial must have before the gate believes its percentile; tables show it all the same. */
export interface SampleFloor {
  readonly over: "requests" | "tokens";
  /** Absent for totals and means: five answered requests are enough. */
  readonly percent?: number;
}

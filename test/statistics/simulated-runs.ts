/** Runs of a serving machine as trial summaries, with the noise real machines have: shared by what is shared. */
import type { Cell, ResultsFile } from "../../src/core/model/results.ts";
import type { Random } from "../../src/core/stats/random.ts";
import { cellOf, resultsOf, trialOf } from "../fakes/gate-data.ts";

const WORKLOADS = ["baseline", "continuous_batching", "paged_attention", "chunked_prefill", "prefix_caching"];

/** Usual values, and the noise a metric has of its own beside the machine's (standard deviation of logarithms). */
const METRICS = [
  { id: "output_throughput", usual: 320, own: 0, sign: -1 },
  { id: "itl_p50", usual: 11, own: 0, sign: 1 },
  { id: "itl_p95", usual: 30, own: 0.01, sign: 1 },
  { id: "itl_p99", usual: 60, own: 0.04, sign: 1 },
] as const;

/** Share of each effect that hits all workloads and metrics alike. */
const SHARED = 0.7;

export interface Machine {
  readonly random: Random;
  /** Of a location metric of one workload in one trial, all in all. */
  readonly sd: number;
}

/** A slow-down of one metric of one workload, as a ratio. */
export interface Loss {
  readonly workload: string;
  readonly metric: string;
  readonly by: number;
}

/**
 * One run. The variance is split 50 : 30 : 20 between the run (the machine that hour), the server start and the workload.
 */
export function simulatedRun(day: number, trials: number, machine: Machine, loss?: Loss): ResultsFile {
  const run = effect(machine, 0.5);
  const boots = Array.from({ length: trials }, () => effect(machine, 0.3));
  const cells = WORKLOADS.map((workload): Cell => {
    const ofRun = METRICS.map(() => run());
    const summaries = boots.map((boot) => {
      const own = effect(machine, 0.2);
      const values = METRICS.map(({ id, usual, own: noise, sign }, index) => {
        const badness = (ofRun[index] ?? 0) + boot() + own() + noise * machine.random.normal();
        const lost = loss?.workload === workload && loss.metric === id ? Math.log(1 + loss.by) : 0;
        return [id, usual * Math.exp(sign * (badness + lost))] as const;
      });
      return trialOf(Object.fromEntries(values));
    });
    return cellOf(summaries, { workload });
  });
  return resultsOf(day, cells);
}

/** Draws of one effect: a part that all share, and one of each draw's own. */
function effect({ random, sd }: Machine, share: number): () => number {
  const shared = Math.sqrt(share * SHARED) * sd * random.normal();
  return () => shared + Math.sqrt(share * (1 - SHARED)) * sd * random.normal();
}

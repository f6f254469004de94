/**
 * Runs of a serving machine as trial summaries, with the noise real machines have: shared by what is shared.
 *
 * The variance of a location metric of one workload in one trial is split 50 : 30 : 20 between the run (the machine that
 * hour), the server start and the workload; 70 % of each part hits all workloads and metrics alike. Tails have noise of
 * their own besides, skewed to the right as stalls are.
 */
import type { Cell, ResultsFile, Trial } from "../../src/core/model/results.ts";
import type { Random } from "../../src/core/stats/random.ts";
import { cellOf, resultsOf, trialOf } from "../fakes/gate-data.ts";

export const WORKLOADS = ["baseline", "continuous_batching", "paged_attention", "chunked_prefill", "prefix_caching"];

/** Usual values, and the noise a metric has of its own (standard deviation of logarithms). */
const METRICS = [
  { id: "output_throughput", usual: 320, own: 0, sign: -1 },
  { id: "itl_p50", usual: 11, own: 0, sign: 1 },
  { id: "itl_p95", usual: 30, own: 0.015, sign: 1 },
  { id: "itl_p99", usual: 60, own: 0.06, sign: 1 },
] as const;

const SHARED = 0.7;
const OF_RUN = 0.5;
const OF_BOOT = 0.3;
const OF_WORKLOAD = 0.2;

export interface Machine {
  readonly random: Random;
  /** Of a location metric of one workload in one trial, all in all. */
  readonly sd: number;
  /** Server configurations (phases) that gate together; one by default. */
  readonly groups?: number;
}

/** A slow-down of one workload of the first group, as a ratio. */
export interface Loss {
  readonly workload: string;
  /** Throughput takes the whole of it as well, as where nothing but decoding takes time. */
  readonly metric: string;
  readonly by: number;
}

export interface RunKind {
  readonly day: number;
  readonly trials: number;
  readonly loss?: Loss;
  /** The whole job is slower by this ratio: another card, a hot room. */
  readonly slowMachine?: number;
}

/** Draws of one effect: a part that all share, and one of each draw's own. */
type Effect = () => number;

/** One hour on the machine: what all server starts in it have in common. */
export interface Hour {
  readonly machine: Machine;
  readonly slower: number;
  /** By cell and metric. */
  readonly ofRun: ReadonlyMap<string, number>;
}

function anHour(machine: Machine, slowMachine = 0): Hour {
  const draw = effect(machine, OF_RUN);
  const ofRun = new Map<string, number>();
  for (const key of cellsOf(machine)) for (const { id } of METRICS) ofRun.set(`${key} ${id}`, draw());
  return { machine, slower: Math.log(1 + slowMachine), ofRun };
}

/** One start of each group's server, measured on the workloads named. */
export function serverStart(
  hour: Hour,
  { group, workloads, loss }: { readonly group: number; readonly workloads: readonly string[]; readonly loss?: Loss },
): ReadonlyMap<string, Trial> {
  const { machine } = hour;
  const boot = effect(machine, OF_BOOT);
  return new Map(
    workloads.map((workload) => {
      const own = effect(machine, OF_WORKLOAD);
      const values = METRICS.map(({ id, usual, own: noise, sign }) => {
        const lost = group === 0 && loss?.workload === workload && loss.metric === id ? Math.log(1 + loss.by) : 0;
        const shared = (hour.ofRun.get(`${group} ${workload} ${id}`) ?? 0) + hour.slower;
        const badness = shared + boot() + own() + noise * skewed(machine.random) + lost;
        return [id, usual * Math.exp(sign * badness)] as const;
      });
      return [workload, trialOf(Object.fromEntries(values))];
    }),
  );
}

export function simulatedRun(
  machine: Machine,
  { day, trials, loss, slowMachine }: RunKind,
): {
  readonly results: ResultsFile;
  readonly hour: Hour;
} {
  const hour = anHour(machine, slowMachine);
  const cells: Cell[] = [];
  for (let group = 0; group < (machine.groups ?? 1); group++) {
    const starts = Array.from({ length: trials }, () =>
      serverStart(hour, { group, workloads: WORKLOADS, ...(loss === undefined ? {} : { loss }) }),
    );
    for (const workload of WORKLOADS) {
      const measured = starts.flatMap((start) => start.get(workload) ?? []);
      cells.push(cellOf(measured, { workload, phase: `group-${group}` }));
    }
  }
  return { results: resultsOf(day, cells), hour };
}

function cellsOf({ groups = 1 }: Machine): readonly string[] {
  return Array.from({ length: groups }, (_, group) => WORKLOADS.map((workload) => `${group} ${workload}`)).flat();
}

function effect({ random, sd }: Machine, share: number): Effect {
  const shared = Math.sqrt(share * SHARED) * sd * random.normal();
  return () => shared + Math.sqrt(share * (1 - SHARED)) * sd * random.normal();
}

/** Mean 0, standard deviation 1, skewness 1: a gamma variable of shape 4. */
function skewed(random: Random): number {
  return (random.gamma(4) - 4) / 2;
}

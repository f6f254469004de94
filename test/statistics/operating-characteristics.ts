/** How often the gate alarms and what it finds, as tables: the source of those in docs/statistics.md. */
import { seededRandom } from "../../src/core/stats/random.ts";
import { naiveGates, redRows } from "./naive-gates.ts";
import { changedMain } from "./simulated-epochs.ts";
import {
  drawn,
  finds,
  judgedByConfirmation,
  judgedByHistory,
  judgedInTurns,
  type Outcome,
  type PullRequest,
} from "./simulated-gates.ts";
import type { Loss, Machine } from "./simulated-runs.ts";

export interface FigureTable {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Pull requests a figure: clean ones, whose alarms are rare, and ones with a loss. */
export interface SampleSizes {
  readonly clean: number;
  readonly lossy: number;
}

const SPREADS = [0.005, 0.01, 0.02];
const ITL: Loss = { workload: "chunked_prefill", metric: "itl_p50", by: 0.05 };
const THROUGHPUT: Loss = { workload: "paged_attention", metric: "output_throughput", by: 0.05 };
const ITL_10: Loss = { ...ITL, by: 0.1 };

type Judge = (pull: PullRequest) => Outcome;

export const figures: Readonly<Record<string, (sizes: SampleSizes) => FigureTable>> = {
  history: (sizes) =>
    stageTable("History alone, three trials", { judge: judgedByHistory, trials: 3, runs: [5, 10, 20] }, sizes),
  confirmation: (sizes) =>
    stageTable("With confirmation, two trials", { judge: judgedByConfirmation, trials: 2, runs: [1, 3, 10] }, sizes),
  machine: slowMachineTable,
  groups: groupsTable,
  naive: naiveTable,
  epochs: epochsTable,
  coverage: coverageTable,
};

interface Stage {
  readonly judge: Judge;
  readonly trials: number;
  readonly runs: readonly number[];
}

function stageTable(title: string, { judge, trials, runs }: Stage, { clean, lossy }: SampleSizes): FigureTable {
  const rows = SPREADS.flatMap((sd) =>
    runs.map((count) => {
      const pull = (name: string, loss?: Loss): PullRequest => ({
        machine: machineOf(`${title} ${sd} ${count} ${name}`, sd),
        runs: count,
        trials,
        ...(loss === undefined ? {} : { loss }),
      });
      const without = many(clean, pull("clean"), judge);
      const found = (loss: Loss) => {
        const outcomes = many(lossy, pull(`${loss.metric} ${loss.by}`, loss), judge);
        return shareText(outcomes.filter(({ comparison }) => finds(loss, comparison)).length, lossy);
      };
      return [
        percent(sd),
        String(count),
        shareText(without.filter(isFailed).length, clean),
        found(ITL),
        found(THROUGHPUT),
        found(ITL_10),
        shareText(without.filter(({ wasConfirmed }) => wasConfirmed).length, clean),
        meanText(without.map(({ starts }) => starts)),
      ];
    }),
  );
  const header = [
    "run sd",
    "runs",
    "clean that fail",
    "ITL +5 %",
    "throughput −5 %",
    "ITL +10 %",
    "clean confirmed",
    "starts a clean one",
  ];
  return { title: `${title} (n = ${clean} clean, ${lossy} with a loss)`, header, rows };
}

function slowMachineTable({ clean }: SampleSizes): FigureTable {
  const judges = { "history alone, 3 trials": judgedByHistory, "with confirmation, 2 trials": judgedByConfirmation };
  const rows = Object.entries(judges).flatMap(([name, judge]) =>
    [0.01, 0.02].map((sd) => {
      const trials = judge === judgedByHistory ? 3 : 2;
      const pull = { machine: machineOf(`slow ${name} ${sd}`, sd), runs: 10, trials, slowMachine: 0.03 };
      return [name, percent(sd), shareText(many(clean, pull, judge).filter(isFailed).length, clean)];
    }),
  );
  return {
    title: `The candidate's whole job on a machine 3 % slower (n = ${clean})`,
    header: ["gate", "run sd", "clean that fail"],
    rows,
  };
}

function groupsTable({ clean, lossy }: SampleSizes): FigureTable {
  const rows = [0.01, 0.02].flatMap((sd) =>
    [1, 2, 6].map((groups) => {
      const machine = (name: string): Machine => ({ ...machineOf(`groups ${sd} ${groups} ${name}`, sd), groups });
      const without = many(clean, { machine: machine("clean"), runs: 10, trials: 2 }, judgedByConfirmation);
      const withLoss = many(lossy, { machine: machine("loss"), runs: 10, trials: 2, loss: ITL }, judgedByConfirmation);
      return [
        percent(sd),
        String(groups),
        shareText(without.filter(isFailed).length, clean),
        shareText(without.filter(({ wasConfirmed }) => wasConfirmed).length, clean),
        meanText(without.map(({ starts }) => starts)),
        meanText(without.map(({ starts, passes }) => starts + 0.5 * passes)),
        shareText(withLoss.filter(({ comparison }) => finds(ITL, comparison)).length, lossy),
      ];
    }),
  );
  const header = [
    "run sd",
    "groups",
    "clean that fail",
    "clean confirmed",
    "starts a clean one",
    "GPU minutes a clean one",
    "ITL +5 %",
  ];
  return {
    title: `Server configurations that gate together (n = ${clean} clean, ${lossy} with a loss; 60 s a start, 30 s a workload)`,
    header,
    rows,
  };
}

function naiveTable({ clean, lossy }: SampleSizes): FigureTable {
  const key = `${ITL.workload} ${ITL.metric}`;
  const rows = naiveGates.map((gate) => {
    const cells = SPREADS.map((sd) => {
      const machine = machineOf(`naive ${gate.name} ${sd}`, sd);
      const pull = { machine, runs: 10, trials: 3 };
      const alarms = count(clean, () => redRows(gate, drawn(pull)).length > 0);
      const found = count(lossy, () => redRows(gate, drawn({ ...pull, loss: ITL })).includes(key));
      return `${shareText(alarms, clean)} / ${shareText(found, lossy)}`;
    });
    return [gate.name, ...cells];
  });
  const header = ["rule", ...SPREADS.map((sd) => `run sd ${percent(sd)}`)];
  return {
    title: `What it replaces: clean that fail / ITL +5 % found (ten runs, three trials, 20 rows; n = ${clean}, ${lossy})`,
    header,
    rows,
  };
}

function epochsTable({ clean, lossy }: SampleSizes): FigureTable {
  const cases = [0, -0.05, 0.05].flatMap((shift) =>
    (["found", "declared"] as const).flatMap((how) => [4, 8].map((since) => ({ shift, how, since }))),
  );
  const rows = cases.map(({ shift, how, since }) => {
    const runs = since === 4 ? 10 : 20;
    const judging = (name: string, loss?: Loss) => {
      const machine = machineOf(`epoch ${shift} ${how} ${since} ${name}`, 0.01);
      const change = { machine, runs, since, shift, isDeclared: how === "declared", ...(loss ? { loss } : {}) };
      return () => changedMain(change);
    };
    const judged = judging("clean");
    const alarms = count(clean, () => judged().verdict === "fail");
    const found = (loss: Loss) => {
      const lossyJudged = judging(`loss ${loss.by}`, loss);
      return shareText(
        count(lossy, () => finds(loss, lossyJudged())),
        lossy,
      );
    };
    const main = shift === 0 ? "unchanged" : shift < 0 ? "5 % faster" : "5 % slower";
    return [main, `${since} of ${runs} runs ago`, how, shareText(alarms, clean), found(ITL), found(ITL_10)];
  });
  const header = ["main became", "since", "cut", "clean that fail", "ITL +5 %", "ITL +10 %"];
  return {
    title: `Main changed inside the window (history alone, run sd 1 %; n = ${clean} clean, ${lossy} with a loss)`,
    header,
    rows,
  };
}

/** How often the 90 % interval holds the true change, over all rows of location metrics. */
function coverageTable({ lossy }: SampleSizes): FigureTable {
  const stages = [
    { name: "history alone", judge: judgedByHistory, trials: 3, stage: "history" },
    { name: "in turns with the base, 3 pairs", judge: judgedInTurns, trials: 2, stage: "confirmation" },
  ];
  const rows = stages.flatMap(({ name, judge, trials, stage }) =>
    SPREADS.map((sd) => {
      const pull = { machine: machineOf(`coverage ${name} ${sd}`, sd), runs: 20, trials };
      const rowsSeen = many(lossy, pull, judge).flatMap(({ comparison }) =>
        comparison.cells.flatMap(({ metrics }) =>
          metrics.filter((row) => row.stage === stage && LOCATIONS.includes(row.metric)),
        ),
      );
      const holding = rowsSeen.filter(
        ({ interval }) => interval !== undefined && interval.low <= 0 && interval.high >= 0,
      );
      return [
        name,
        percent(sd),
        rowsSeen.length === 0 ? "–" : percent(holding.length / rowsSeen.length),
        String(rowsSeen.length),
      ];
    }),
  );
  return {
    title: `90 % intervals that hold the truth (20 runs; n = ${lossy} pull requests)`,
    header: ["stage", "run sd", "hold", "rows"],
    rows,
  };
}
const LOCATIONS = ["output_throughput", "itl_p50"];

function machineOf(stream: string, sd: number): Machine {
  return { random: seededRandom(20_261_127, stream), sd };
}

function many(n: number, pull: PullRequest, judge: Judge): readonly Outcome[] {
  return Array.from({ length: n }, () => judge(pull));
}

function count(n: number, happens: () => boolean): number {
  let hits = 0;
  for (let index = 0; index < n; index++) if (happens()) hits += 1;
  return hits;
}

function isFailed({ comparison }: Outcome): boolean {
  return comparison.verdict === "fail";
}

/** With its standard error in points. */
function shareText(hits: number, n: number): string {
  const share = hits / n;
  const error = 100 * Math.sqrt((share * (1 - share)) / n);
  return hits === 0 || hits === n ? percent(share) : `${percent(share)} (± ${error.toPrecision(1)})`;
}

function percent(ratio: number): string {
  const points = 100 * ratio;
  return `${points < 10 && points > 0 ? Number(points.toFixed(2)) : Number(points.toFixed(1))} %`;
}

function meanText(values: readonly number[]): string {
  return (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(1);
}

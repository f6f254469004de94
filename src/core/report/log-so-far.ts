/** The headline metric over all phases so far, once there are three: where the work started and where it stands. */
import type { ResultsFile } from "../model/results.ts";
import { distinct, shortPhase, workloadText } from "./comment-scope.ts";
import { cellValue, type LogPhase, type LogWorkload, logModels, logWorkloads, sameWorkload } from "./log-phases.ts";
import { md } from "./markdown.ts";
import { metricName, metricScale } from "./metric-name.ts";
import { changeText, tableNumber, unitText } from "./numbers.ts";
import { movementText } from "./observation-text.ts";
import { movementsOf } from "./observations.ts";
import { workloadChanges } from "./phase-changes.ts";
import { table } from "./table.ts";
import type { Words } from "./text.ts";

export interface SoFarView {
  readonly intro: string;
  readonly table: string;
  /** Against the first phase; empty where the comparison above said that already, or nothing moved. */
  readonly against: string;
}

interface SoFar {
  readonly phases: readonly LogPhase[];
  readonly later: LogPhase;
  readonly headline: LogWorkload;
  readonly candidate: ResultsFile;
  /** The phase of the comparison above. */
  readonly comparedWith: string;
}

const FEWEST_PHASES = 3;
/** Besides the headline metric. */
const TOLD: readonly string[] = ["output_throughput", "ttft_p50", "itl_p50"];

export function phasesSoFar(
  { phases, later, headline, candidate, comparedWith }: SoFar,
  words: Words,
): SoFarView | false {
  const until = phases.slice(0, phases.findIndex(({ id }) => id === later.id) + 1);
  const measured = until.flatMap((phase) => {
    const workload = logWorkloads(phase.cells, candidate).find((each) => sameWorkload(each, headline));
    return workload === undefined ? [] : [{ phase, workload }];
  });
  const [first] = measured;
  if (first === undefined || measured.length < FEWEST_PHASES) return false;
  const metric = headlineMetric(headline);
  const changes = workloadChanges(first.workload, headline);
  const models = logModels(headline.cells);
  const values = measured.map(({ phase, workload }) => [
    md(phase.title),
    ...models.map(({ model }) => {
      const value = modelValue(workload, model, metric);
      return value === undefined ? "—" : tableNumber(value, metricScale(metric));
    }),
  ]);
  const byModel = new Map(changes.of(metric).map((each) => [each.model, each.change]));
  const titles = { later: shortPhase(later.title), earlier: shortPhase(first.phase.title) };
  const last = models.map(({ model }) => {
    const change = byModel.get(model);
    return change === undefined ? "—" : `**${changeText(change, words)}**`;
  });
  const unit = unitText(metricScale(metric).unit, words);
  const told = distinct([metric, ...TOLD])
    .flatMap((each) => movementsOf(changes, each))
    .map((each) => movementText(each, { words, models: changes.cells.length }));
  return {
    intro: words.t("servingLog.so-far", {
      metric: `${metricName(metric, words)}${unit === "" ? "" : ` (${unit})`}`,
      workload: workloadText(headline),
    }),
    table: table({
      header: [words.t("servingLog.phase"), ...models.map(({ label }) => label)],
      rows: [...values, [words.t("servingLog.versus", titles), ...last]],
    }),
    against:
      first.phase.id === comparedWith || told.length === 0
        ? ""
        : words.t("servingLog.against-first", { earlier: titles.earlier, text: told.join(" ") }),
  };
}

/** What the workload is there to watch, as the tables show it: its P99 for a P95. Throughput where none was measured. */
function headlineMetric(workload: LogWorkload): string {
  const watched = (workload.info.purposeMetrics ?? []).map((metric) => metric.replace(/_p95$/, "_p99"));
  const isMeasured = (metric: string) => workload.cells.some((cell) => cellValue(cell, metric) !== undefined);
  return watched.find(isMeasured) ?? "output_throughput";
}

function modelValue({ cells }: LogWorkload, model: string, metric: string): number | undefined {
  const cell = cells.find((each) => each.model === model);
  return cell === undefined ? undefined : cellValue(cell, metric);
}

/** One phase against another: the headline workload's table, what follows from it, and the other workloads worth a line. */
import type { ResultsFile } from "../model/results.ts";
import { distinct, shortPhase, workloadText } from "./comment-scope.ts";
import { type LogPhase, logModels, logWorkloads, sameWorkload } from "./log-phases.ts";
import { phasesSoFar, type SoFarView } from "./log-so-far.ts";
import { metricName } from "./metric-name.ts";
import { changeText, percentText } from "./numbers.ts";
import { moreFailuresText, movementText, prefillText, tailText, tradeOffText } from "./observation-text.ts";
import { headlineObservations, LARGE_CHANGE, type Movement, movementsOf, otherObservations } from "./observations.ts";
import { COUNTS_FROM, type WorkloadChanges, workloadChanges } from "./phase-changes.ts";
import { table } from "./table.ts";
import type { Words } from "./text.ts";

export interface ComparisonView {
  readonly heading: string;
  /** Empty, with the table, where no workload was measured in both phases. */
  readonly intro: string;
  readonly table: string;
  readonly paragraphs: readonly string[];
  readonly soFar: SoFarView | false;
  readonly others: readonly string[];
}

const METRICS = ["output_throughput", "ttft_p50", "ttft_p99", "itl_p50", "itl_p99"] as const;

interface Comparing {
  readonly earlier: LogPhase;
  readonly later: LogPhase;
  /** All phases, in order. */
  readonly phases: readonly LogPhase[];
  readonly candidate: ResultsFile;
}

/** False where the phases share no workload that asked the same. */
export function comparisonView({ earlier, later, phases, candidate }: Comparing, words: Words): ComparisonView | false {
  const before = logWorkloads(earlier.cells, candidate);
  const all = logWorkloads(later.cells, candidate).flatMap((workload) => {
    const same = before.find((each) => sameWorkload(each, workload));
    return same === undefined ? [] : [workloadChanges(same, workload)];
  });
  const comparable = all.filter(({ cells }) => cells.length > 0);
  const headline = headlineOf(comparable, later.headline);
  if (headline === undefined) return false;
  const titles = { later: shortPhase(later.title), earlier: shortPhase(earlier.title) };
  return {
    heading: words.t("servingLog.comparison", titles),
    intro: words.t(headline.chosen ? "servingLog.headline" : "servingLog.moved-most", {
      workload: workloadText(headline.changes.later),
      earlier: titles.earlier,
      percent: percentText(COUNTS_FROM, words),
    }),
    table: changesTable(headline.changes, words),
    paragraphs: headlineParagraphs(headline.changes, words),
    soFar: phasesSoFar({ phases, later, headline: headline.changes.later, candidate, comparedWith: earlier.id }, words),
    others: [
      ...comparable.flatMap((changes) => (changes === headline.changes ? [] : otherText(changes, words))),
      ...askedOtherwiseText(all, titles.earlier, words),
    ],
  };
}

/** The config's headline, else the workload whose numbers moved most: mean |ln| of what it is there to watch. */
function headlineOf(
  comparable: readonly WorkloadChanges[],
  wanted: string | undefined,
): { readonly changes: WorkloadChanges; readonly chosen: boolean } | undefined {
  const chosen = comparable.find(({ later }) => later.workload === wanted);
  if (chosen !== undefined) return { changes: chosen, chosen: true };
  const ranked = [...comparable].sort((a, b) => moved(b) - moved(a));
  return ranked[0] === undefined ? undefined : { changes: ranked[0], chosen: false };
}

function moved(changes: WorkloadChanges): number {
  const { purposeMetrics = METRICS } = changes.later.info;
  const sizes = purposeMetrics.flatMap((metric) => changes.of(metric).map(({ size }) => size));
  return sizes.length === 0 ? 0 : sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
}

/** Metric × model; bold is what got worse. */
function changesTable(changes: WorkloadChanges, words: Words): string {
  const models = logModels(changes.later.cells);
  const rows = METRICS.flatMap((metric) => {
    const byModel = new Map(changes.of(metric).map((each) => [each.model, each]));
    if (byModel.size === 0) return [];
    const worse = new Set(
      movementsOf(changes, metric).flatMap(({ better, movers }) => (better ? [] : movers.map(({ model }) => model))),
    );
    const cells = models.map(({ model }) => {
      const change = byModel.get(model);
      if (change === undefined) return "—";
      const text = changeText(change.change, words);
      return worse.has(model) ? `**${text}**` : text;
    });
    return [[metricName(metric, words), ...cells]];
  });
  return table({ header: [words.t("servingLog.metric"), ...models.map(({ label }) => label)], rows });
}

function headlineParagraphs(changes: WorkloadChanges, words: Words): readonly string[] {
  const { improved, worse, tail, tradeOff } = headlineObservations(changes);
  const scope = { words, models: changes.cells.length };
  const sentences = (movements: readonly Movement[]) => movements.map((each) => movementText(each, scope));
  const failures = moreFailuresText(changes.moreFailures, words);
  const gotWorse = [...(failures === undefined ? [] : [failures]), ...sentences(worse)];
  const about = tail === undefined ? [] : [tailText(tail, scope), ...tailCauses(changes, words)];
  if (improved.length === 0 && gotWorse.length === 0 && tradeOff === undefined) {
    return [words.t("servingLog.nothing-moved", { percent: percentText(COUNTS_FROM, words) })];
  }
  return [
    ...(improved.length === 0 ? [] : [words.t("servingLog.improved", { text: sentences(improved).join(" ") })]),
    ...(gotWorse.length === 0 ? [] : [words.t("servingLog.worse", { text: [...gotWorse, ...about].join(" ") })]),
    ...(tradeOff === undefined ? [] : [tradeOffText(tradeOff, words)]),
  ];
}

/** What stands behind a worse tail, as far as it was measured. */
function tailCauses(changes: WorkloadChanges, words: Words): readonly string[] {
  const scope = { words, models: changes.cells.length };
  const stalls = movementsOf(changes, "stall_max").filter(
    ({ better, movers }) => !better && movers.some(({ change }) => change >= LARGE_CHANGE),
  );
  const prefill = prefillText(
    changes.cells.flatMap(({ trials }) => trials),
    words,
  );
  return [...stalls.map((each) => movementText(each, scope)), ...(prefill === undefined ? [] : [prefill])];
}

/** One paragraph, or none. */
function otherText(changes: WorkloadChanges, words: Words): readonly string[] {
  const seen = otherObservations(changes);
  if (seen === undefined) return [];
  const scope = { words, models: changes.cells.length };
  const failures = moreFailuresText(changes.moreFailures, words);
  const sentences = [
    ...(failures === undefined ? [] : [failures]),
    ...seen.movements.map((each) => movementText(each, scope)),
    ...(seen.tail === undefined ? [] : [tailText(seen.tail, scope), ...tailCauses(changes, words)]),
  ];
  const workload = workloadText(changes.later);
  const everywhere = seen.regressedOn.length === changes.cells.length;
  const title =
    seen.regressedOn.length === 0
      ? workload
      : words.t(everywhere ? "servingLog.regression" : "servingLog.regression-on", {
          workload,
          models: words.list(seen.regressedOn),
        });
  return [`**${title}**: ${sentences.join(" ")}`];
}

/** Numbers of other requests say nothing about the server: named, not compared. */
function askedOtherwiseText(all: readonly WorkloadChanges[], earlier: string, words: Words): readonly string[] {
  const names = all.filter(({ askedOtherwise }) => askedOtherwise.length > 0).map(({ later }) => workloadText(later));
  if (names.length === 0) return [];
  return [words.t("servingLog.asked-otherwise", { workloads: words.list(distinct(names)), earlier })];
}

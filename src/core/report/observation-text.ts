/** Observations as sentences. */
import type { Trial } from "../model/results.ts";
import { metricName, metricScale } from "./metric-name.ts";
import { fixed, percentText, proseNumber, prosePair } from "./numbers.ts";
import { collapseOf, type Movement, movedMost, standApart, type TailShape, type TradeOff } from "./observations.ts";
import type { ModelChange, MoreFailures } from "./phase-changes.ts";
import { blockedByPrefill } from "./stalls.ts";
import type { Words } from "./text.ts";

/** A rise from here on is told as a multiple: "rose 5x" says more than "rose 400%". */
const TOLD_AS_MULTIPLE = 5;

/** "TTFT fell 30–55% on all models." */
export function movementText(movement: Movement, { words, models }: { words: Words; models: number }): string {
  const apart = standApart(movement);
  const rest = movement.movers.filter((each) => !apart.includes(each));
  const named = apart.length > 0 ? apart : rest;
  const where =
    apart.length > 0 || !movement.onEveryModel
      ? words.t("servingLog.on", { models: labels(named, words) })
      : everywhere(models, words);
  const text = words.t(verbKey(movement, words), {
    metric: movementName(movement, words),
    size: sizeText(named, words),
    where,
    values: valuesText(movement, named, words),
    rest:
      apart.length > 0 ? words.t("servingLog.rest", { size: sizeText(rest, words), models: labels(rest, words) }) : "",
  });
  return movement.againstOthers ? words.t("servingLog.against", { text }) : `${text}.`;
}

/** Languages with genders have a verb of their own for some metrics. */
function verbKey({ rose, metrics: [metric] }: Movement, words: Words): string {
  const verb = rose ? "rose" : "fell";
  return words.has(`servingLog.${verb}.${metric}`) ? `servingLog.${verb}.${metric}` : `servingLog.${verb}.default`;
}

function movementName({ metrics }: Movement, words: Words): string {
  const [metric] = metrics;
  return metrics.length === 1 ? metricName(metric, words) : words.t(`metric.${metric.replace(/_p\d+$/, "")}`);
}

/** "", " on both models", " on all models". */
function everywhere(models: number, words: Words): string {
  if (models < 2) return "";
  return words.t(models === 2 ? "servingLog.on-both" : "servingLog.on-all");
}

function labels(changes: readonly ModelChange[], words: Words): string {
  return words.list([...new Set(changes.map(({ label }) => label))]);
}

/** "30–55%", "2.1x–4x". */
function sizeText(changes: readonly ModelChange[], words: Words): string {
  const ratios = changes.map(({ from, to }) => to / from);
  if (Math.max(...ratios) >= TOLD_AS_MULTIPLE) {
    const [low, high] = [Math.min(...ratios), Math.max(...ratios)].map(multipleNumber);
    const last = Number(high);
    return low === high
      ? words.t("servingLog.multiple", { count: last, times: String(high) })
      : words.t("servingLog.multiples", { count: last, low: String(low), high: String(high) });
  }
  const percents = changes.map(({ change }) => Math.abs(change) * 100);
  const [low, high] = [fixed(Math.min(...percents), 0), fixed(Math.max(...percents), 0)];
  const percent = words.t("number.percent", { value: low === high ? low : `${low}–${high}` });
  return words.t("servingLog.by", { percent });
}

/** One decimal under ten, where it says something. */
function multipleNumber(ratio: number): number {
  return Number(fixed(ratio, ratio < 9.95 ? 1 : 0));
}

/** " (Qwen3: 96.5 → 137.3 tok/s)", of one model or of the one that moved most. */
function valuesText(movement: Movement, named: readonly ModelChange[], words: Words): string {
  const [metric] = movement.metrics;
  const only = named.length === 1 && movement.metrics.length === 1 ? named[0] : undefined;
  const most = only ?? (named.length === movement.movers.length ? movedMost(movement) : undefined);
  if (most === undefined) return "";
  const collapse = collapseOf(metric, most);
  const values = [
    fromTo(metric, most, words),
    ...(collapse === undefined ? [] : [words.t("servingLog.collapse", { count: Math.round(collapse) })]),
  ].join(", ");
  return only === undefined ? words.t("servingLog.most", { model: most.label, values }) : ` (${values})`;
}

/** "10,920 → 3,736 ms". */
function fromTo(metric: string, { from, to }: ModelChange, words: Words): string {
  return prosePair(from, to, { scale: metricScale(metric), words }).join(" → ");
}

export function tailText(tail: TailShape, { words, models }: { words: Words; models: number }): string {
  const where = tail.onEveryModel
    ? everywhere(models, words)
    : words.t("servingLog.on", { models: words.list(tail.models) });
  return words.t(`servingLog.${tail.kind}`, { where });
}

/** What the requests themselves show of the long gaps; absent where nothing was kept of them, or they show something else. */
export function prefillText(trials: readonly Trial[], words: Words): string | undefined {
  const stalls = blockedByPrefill(trials);
  if (stalls === undefined) return undefined;
  const gap = proseNumber(stalls.longGapMs, { unit: "ms", factor: 1 }, words);
  return words.t("servingLog.prefill-stalls", { share: percentText(stalls.share, words), gap });
}

/** "ITL P50 rose … (Llama 17 → 45 ms, …) while TTFT P50 fell: about 6–7 → 14–22 requests decode at once …". */
export function tradeOffText({ itl, decodingAtOnce }: TradeOff, words: Words): string {
  const changes = itl
    .map((each) => (itl.length === 1 ? "" : `${each.label} `) + fromTo("itl_p50", each, words))
    .join(", ");
  const from = countRange(decodingAtOnce.map((each) => each.from));
  const to = countRange(decodingAtOnce.map((each) => each.to));
  // Said only where it rose: a slower step at the same concurrency has another cause.
  const more = decodingAtOnce.length > 0 && decodingAtOnce.every((each) => Math.round(each.to) > Math.round(each.from));
  return words.t("servingLog.trade-off", {
    where: everywhere(itl.length, words),
    changes,
    reason: more ? words.t("servingLog.decoding-at-once", { from, to }) : "",
  });
}

function countRange(values: readonly number[]): string {
  const [low, high] = [Math.round(Math.min(...values)), Math.round(Math.max(...values))];
  return low === high ? String(low) : `${low}–${high}`;
}

/** "More requests failed: 3 of 96 requests on Qwen3." */
export function moreFailuresText(failures: readonly MoreFailures[], words: Words): string | undefined {
  if (failures.length === 0) return undefined;
  const items = failures.map(({ label, failed, requests }) =>
    words.t("servingLog.failed-on", {
      share: words.t("failures.of", { failed: words.count(failed), count: requests }),
      model: label,
    }),
  );
  return words.t("servingLog.more-failures", { items: items.join(", ") });
}

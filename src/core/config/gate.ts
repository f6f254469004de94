import { metricById, metricCatalogue } from "../metrics/catalogue.ts";
import type { GatePolicy, InconclusivePolicy, MinEffect } from "../model/config.ts";
import { nameHint } from "./closest-name.ts";
import { type Located, type Place, quoted, refuse, refuseValue } from "./place.ts";
import { parseDuration, ratio } from "./quantities.ts";
import { entryPlaces, listOf, located, mapping, oneOf, plainRecord, text, trueOrFalse } from "./readers.ts";

/** `gate:` as it was written; phases and workloads in it are looked up when the whole file is read. */
export interface WrittenGate {
  readonly blocking?: readonly string[] | undefined;
  readonly minEffect?: MinEffect | undefined;
  readonly method?: GatePolicy["method"] | undefined;
  readonly onInconclusive?: InconclusivePolicy | undefined;
  readonly onMissing?: GatePolicy["onMissing"] | undefined;
  readonly confirmMaxMinutes?: number | undefined;
  readonly dryRun?: boolean | undefined;
  readonly phases?: readonly Located<string>[] | undefined;
  readonly workloadsOfMinEffect: readonly Located<string>[];
}

export const gateDefaults: GatePolicy = {
  blocking: ["output_throughput", "itl_p50", "itl_p95", "itl_p99"],
  minEffect: { default: 0.05, byMetric: plainRecord<number>([]), byWorkload: plainRecord<number>([]) },
  method: "auto",
  onInconclusive: "warn",
  onMissing: "fail",
  confirmMaxMinutes: 60,
  dryRun: false,
};

const gateMapping = mapping(
  {
    blocking: listOf(judgedMetric, "a list of metric ids, such as [output_throughput, itl_p50]"),
    "min-effect": minEffect,
    method: oneOf(["auto", "history", "confirm", "paired"]),
    confirm: mapping(
      { "max-minutes": minutes },
      { expected: "a mapping with max-minutes, such as { max-minutes: 60 }" },
    ),
    "on-inconclusive": oneOf(["warn", "fail", "pass"]),
    "on-missing": oneOf(["fail", "warn", "pass"]),
    "dry-run": trueOrFalse,
    phases: gatedPhases,
  },
  { expected: "a mapping with blocking, min-effect and the like" },
);

export function gate(place: Place): WrittenGate | undefined {
  const fields = gateMapping(place);
  if (fields === undefined) return undefined;
  const effect = fields["min-effect"];
  return {
    // error_rate blocks whatever is written here, and has a test of its own.
    blocking: fields.blocking && [...new Set(fields.blocking)].filter((id) => id !== "error_rate"),
    minEffect: effect?.minEffect,
    workloadsOfMinEffect: effect?.workloads ?? [],
    method: fields.method,
    onInconclusive: fields["on-inconclusive"],
    onMissing: fields["on-missing"],
    confirmMaxMinutes: fields.confirm?.["max-minutes"],
    dryRun: fields["dry-run"],
    phases: fields.phases,
  };
}

const gatedIds = metricCatalogue.filter(({ gating }) => gating !== undefined).map(({ id }) => id);

/** The id of a metric that the gate puts to a test, whether or not it blocks. */
export function judgedMetric(place: Place): string | undefined {
  const id = text("the id of a metric")(place);
  if (id === undefined || gatedIds.includes(id)) return id;
  return refuse(place, `is ${quoted(id)}, ${whyNotGated(id)}${nameHint(id, gatedIds)}`);
}

function whyNotGated(id: string): string {
  return metricById(id) === undefined ? "which is no metric" : "which is reported and never blocks";
}

const longestMinutes = 24 * 60;

/** A bare number, for the key has the unit in its name. */
function minutes(place: Place): number | undefined {
  const { node } = place;
  const value = node.kind === "scalar" ? node.value : undefined;
  if (typeof value === "number" && value >= 1 && value <= longestMinutes) return value;
  const ms = typeof value === "string" ? parseDuration(value) : undefined;
  const plain = ms === undefined ? 60 : Math.min(longestMinutes, Math.max(1, ms / 60_000));
  return refuseValue(place, `a number of minutes from 1 to ${longestMinutes}, without a unit: ${plain}`);
}

function gatedPhases(place: Place): readonly Located<string>[] | undefined {
  const phases = listOf(
    located(text("the id of a phase")),
    "a list of phase ids; leave it out to gate on the last phase",
  )(place);
  if (phases?.length !== 0 || place.node.kind !== "list" || place.node.items.length > 0) return phases;
  return refuseValue(place, "at least one phase id; leave it out to gate on the last phase");
}

interface WrittenMinEffect {
  readonly minEffect: MinEffect;
  readonly workloads: readonly Located<string>[];
}

/** A ratio for all, or a mapping of `default`, metric ids, and `workloads`. */
function minEffect(place: Place): WrittenMinEffect | undefined {
  const entries = entryPlaces(place);
  if (entries === undefined) {
    const all = ratio(place);
    return all === undefined ? undefined : { minEffect: { ...gateDefaults.minEffect, default: all }, workloads: [] };
  }
  const find = (wanted: string) => entries.find(([key]) => key === wanted)?.[1];
  const workloads = byName(find("workloads"));
  const byMetric = entries
    .filter(([key]) => key !== "default" && key !== "workloads")
    .flatMap(([key, value]) => ofMetric(key, value));
  const whole = find("default");
  return {
    minEffect: {
      default: (whole && ratio(whole)) ?? gateDefaults.minEffect.default,
      byMetric: plainRecord(byMetric),
      byWorkload: plainRecord(workloads.map(({ place, value }) => [place.value, value] as const)),
    },
    workloads: workloads.map(({ place }) => place),
  };
}

function ofMetric(key: string, value: Place): [string, number][] {
  if (!gatedIds.includes(key)) {
    refuse(value, `is not a metric that is judged${nameHint(key, ["default", "workloads", ...gatedIds])}`);
  }
  const effect = ratio(value);
  return effect === undefined ? [] : [[key, effect]];
}

function byName(place: Place | undefined): { readonly place: Located<string>; readonly value: number }[] {
  if (place === undefined) return [];
  const entries = entryPlaces(place);
  if (entries === undefined) {
    refuseValue(place, "a mapping of workload names and ratios, such as { baseline: 3% }");
    return [];
  }
  return entries.flatMap(([key, value]) => {
    const effect = ratio(value);
    return effect === undefined ? [] : [{ place: { value: key, place: value }, value: effect }];
  });
}

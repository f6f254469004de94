import type { Problem } from "../model/gate-error.ts";
import type { CellKey } from "../model/results.ts";
import type { Waiver } from "../model/waiver.ts";
import { waiverTarget } from "../verdict/apply-waivers.ts";
import { readDocument } from "./document.ts";
import { judgedMetric } from "./gate.ts";
import { type Place, type ProblemLog, quoted, type Read, refuse, refuseValue, shown } from "./place.ts";
import { parseRatio } from "./quantities.ts";
import {
  childPlace,
  entryPlaces,
  itemPlaces,
  line,
  mapping,
  openMapping,
  plainRecord,
  prose,
  text,
} from "./readers.ts";
import type { YamlNode } from "./yaml-tree.ts";

export type WaiversResult =
  | { readonly ok: true; readonly waivers: readonly Waiver[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** `.github/serving-gate-waivers.yml`, or every problem in it, in the order of its lines. A file of comments is no waivers. */
export function parseWaivers(text: string, { file }: { readonly file: string }): WaiversResult {
  const { value: waivers = [], problems } = readDocument(text, file, ({ root }, log) =>
    root === undefined ? [] : readWaivers(root, log),
  );
  return problems.length === 0 ? { ok: true, waivers } : { ok: false, problems: problems.map(named) };
}

/** A bare list has no key to name its rows by. */
function named(problem: Problem): Problem {
  return problem.path.startsWith("[") ? { ...problem, path: `waivers${problem.path}` } : problem;
}

const wholeFile = "a list of waivers, each with cell, metric, ceiling, expires, issue and reason";

/** The list itself, or a mapping with it under `waivers`. */
function readWaivers(root: YamlNode, log: ProblemLog): readonly Waiver[] {
  const place: Place = { node: root, path: "", line: root.line, log };
  const entries = entryPlaces(place);
  if (entries === undefined) return readRows(place, `the file holds ${shown(root)}; expected ${wholeFile}`);
  if (!entries.some(([key]) => key === "waivers")) {
    refuse(place, `the file holds ${shown(root)}; expected ${wholeFile}`);
    return [];
  }
  return entries.flatMap(([key, value]) => {
    if (key === "waivers") return readRows(value, `is ${shown(value.node)}; expected ${wholeFile}`);
    refuse(value, "is not a known key; expected waivers alone");
    return [];
  });
}

function readRows(place: Place, message: string): readonly Waiver[] {
  if (place.node.kind === "scalar" && place.node.value === null) return [];
  const items = itemPlaces(place);
  if (items === undefined) refuse(place, message);
  const lines = new Map<string, number>();
  const waivers: Waiver[] = [];
  for (const item of items ?? []) {
    const waiver = readRow(item, lines);
    if (waiver !== undefined) waivers.push(waiver);
  }
  return waivers;
}

const rowMapping = mapping(
  {
    cell,
    metric: judgedMetric,
    ceiling,
    expires,
    issue: filledIn(line('the issue that tracks it, such as "#123" in quotes, for # begins a comment')),
    reason: filledIn(prose("why the loss is worth it")),
  },
  {
    expected: "a mapping with cell, metric, ceiling, expires, issue and reason",
    required: {
      cell: "the cell it is for, with phase, model and workload",
      metric: "the metric it is for, such as itl_p99",
      ceiling: "the largest loss that is accepted, such as 12%",
      expires: "the last day on which it holds, such as 2026-12-31",
      issue: 'the issue that tracks it, such as "#123"',
      reason: "why the loss is worth it",
    },
    elsewhere: Object.fromEntries(
      ["phase", "model", "workload", "point"].map((key) => [key, `belongs to the cell: { cell: { ${key}: … } }`]),
    ),
  },
);

/** `lines` holds the line of each row so far by what it is for. */
function readRow(place: Place, lines: Map<string, number>): Waiver | undefined {
  const { cell, metric, ceiling, expires, issue, reason } = rowMapping(place) ?? {};
  if (cell === undefined || metric === undefined) return undefined;
  const target = waiverTarget({ cell, metric });
  const first = lines.get(target);
  if (first !== undefined) {
    return refuse(place, `is for the same cell and metric as the waiver on line ${first}; expected one for both`);
  }
  lines.set(target, place.line);
  if (ceiling === undefined || expires === undefined || issue === undefined || reason === undefined) return undefined;
  return { cell, metric, ceiling, expires, issue, reason };
}

const cellMapping = mapping(
  {
    phase: text("the id of a phase"),
    model: text("the id of a model"),
    workload: text("the name of a workload"),
    point,
  },
  {
    expected: "a mapping with phase, model and workload, as the results have them",
    required: {
      phase: "the id of a phase, such as paged",
      model: "the id of a model, such as Qwen/Qwen3-4B",
      workload: "the name of a workload, such as chunked_prefill",
    },
  },
);

function cell(place: Place): CellKey | undefined {
  const { phase, model, workload, point } = cellMapping(place) ?? {};
  if (phase === undefined || model === undefined || workload === undefined) return undefined;
  // A point that could not be read must not stand for the cell without one.
  if (point === undefined && childPlace(place, "point") !== undefined) return undefined;
  return { phase, model, workload, ...(point === undefined || Object.keys(point).length === 0 ? {} : { point }) };
}

type Point = NonNullable<CellKey["point"]>;

const mostParameters = 20;

function point(place: Place): Point | undefined {
  const { node } = place;
  const written = node.kind === "map" ? node.entries.length : 0;
  if (written > mostParameters) return refuse(place, `has ${written} parameters; expected at most ${mostParameters}`);
  const values = openMapping(pointValue, "a mapping of swept parameters, such as { concurrency: 8 }")(place);
  return values?.length === written ? plainRecord(values) : undefined;
}

/** Numbers stay numbers, as they are in the results; text may be anything, even empty. */
function pointValue(_key: string, place: Place): string | number | undefined {
  const { node } = place;
  if (node.kind !== "scalar" || node.value === null) return refuseValue(place, "text or a number");
  if (typeof node.value === "number") {
    return Number.isFinite(node.value) ? node.value : refuseValue(place, "a finite number");
  }
  return typeof node.value === "string" ? node.value : node.source;
}

/** 10 000 %: more is a slip of the hand. */
const highestCeiling = 100;

/** A worsening may well be over 100 %, but `12` was most likely meant as 12 %: above 1 it takes the sign. */
function ceiling(place: Place): number | undefined {
  const source = place.node.kind === "scalar" ? place.node.source : "";
  const value = parseRatio(source);
  const highest = source.includes("%") ? highestCeiling : 1;
  if (value !== undefined && value > 0 && value <= highest) return value;
  return refuseValue(place, `a loss above 0 and up to ${highestCeiling * 100}%, such as 12% (or 0.12)`);
}

/** As written, whatever a reader of YAML takes a date for. */
function expires(place: Place): string | undefined {
  const source = place.node.kind === "scalar" ? place.node.source : "";
  if (isCalendarDay(source)) return source;
  return refuseValue(place, "a day of the calendar, such as 2026-12-31");
}

function isCalendarDay(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (year === undefined) return false;
  // A 31st of June would become a 1st of July.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.toISOString().slice(0, 10) === text;
}

/** What the report leaves open (…) has to be filled in by a person: something with a letter or a digit in it. */
function filledIn(read: Read<string>): Read<string> {
  return (place) => {
    const value = read(place);
    if (value === undefined || /[\p{L}\p{N}]/u.test(value)) return value;
    return refuse(place, `is ${quoted(value)}, which says nothing; fill it in`);
  };
}

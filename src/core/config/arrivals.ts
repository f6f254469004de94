import type { Arrivals } from "../model/results.ts";
import { nameHint } from "./closest-name.ts";
import { type Located, type Place, quoted, refuse, refuseValue } from "./place.ts";
import { line, located, mapping, oneOf, positiveNumber, wholeNumber } from "./readers.ts";
import { type TimestampUnit, timestampUnits } from "./trace-file.ts";

/** What the config says; the send times of a replay are in its file. */
export type WrittenArrivals =
  | Exclude<Arrivals, { process: "replay" }>
  | { readonly process: "replay"; readonly file: Located<string>; readonly unit: TimestampUnit };

const rate = positiveNumber("a number of requests per second, such as 4");
const concurrency = wholeNumber("a number of requests in flight", { min: 1, max: 10_000 });
const burstiness = positiveNumber("a number above 0: 1 is Poisson, below it comes in clumps");

const processes = ["sequential", "concurrency", "uniform", "poisson", "gamma", "burst", "replay"] as const;
type Process = (typeof processes)[number];

const needsRate = { rate: "requests per second, such as 4" };
const needs: Readonly<Record<Process, Readonly<Record<string, string>>>> = {
  sequential: {},
  burst: {},
  concurrency: { concurrency: "the number of requests in flight, such as 8" },
  uniform: needsRate,
  poisson: needsRate,
  gamma: { ...needsRate, burstiness: "a number above 0, such as 0.5" },
  replay: { file: "the path of a trace, such as traces/chat.jsonl" },
};
const mayHave: Partial<Record<Process, readonly string[]>> = { replay: ["unit"] };

const readers = {
  ...{ rate, concurrency, burstiness },
  file: located(line("the path of a trace")),
  unit: oneOf(timestampUnits),
};
const expected = "an arrival process, such as sequential, burst or { process: poisson, rate: 6 }";

/** `arrivals`: the name of a process that needs nothing more, or a mapping with `process` and its keys. */
export function arrivals(place: Place): WrittenArrivals | undefined {
  const { node } = place;
  const written = node.kind === "map" ? node.entries.find(({ key }) => key === "process")?.value : node;
  if (node.kind === "list" || (node.kind === "scalar" && typeof node.value !== "string"))
    return refuseValue(place, expected);
  if (written === undefined) return refuse(place, `has no process; expected ${expected}`);
  const process = processes.find((known) => written.kind === "scalar" && known === written.value);
  if (process !== undefined) return node.kind === "map" ? ofProcess(place, process) : bare(place, process);
  if (node.kind === "map") return void ofAnyProcess(place);
  return refuse(place, `is ${quoted(String(node.value))}${nameHint(String(node.value), processes)}`);
}

/** The numbers are checked even where the process is not known: every problem at once. */
const ofAnyProcess = mapping({ process: oneOf(processes), ...readers }, { expected });

function bare(place: Place, process: Process): WrittenArrivals | undefined {
  if (process === "sequential" || process === "burst") return { process };
  const keys = Object.keys(needs[process]).map((key) => `${key}: …`);
  const what = process === "replay" ? "file" : "numbers";
  return refuse(place, `is "${process}" alone; expected its ${what} too: { process: ${process}, ${keys.join(", ")} }`);
}

function ofProcess(place: Place, process: Process): WrittenArrivals | undefined {
  const required = needs[process];
  const keys = [...Object.keys(required), ...(mayHave[process] ?? [])];
  const allowed = Object.fromEntries(Object.entries(readers).filter(([key]) => keys.includes(key))) as Partial<
    typeof readers
  >;
  const others = Object.keys(readers).filter((key) => !keys.includes(key));
  const fields = mapping(
    { process: oneOf(processes), ...(allowed as typeof readers) },
    {
      expected,
      required,
      elsewhere: Object.fromEntries(
        others.map((key) => [key, `is not a ${process === "replay" ? "key" : "number"} of ${process}; remove it`]),
      ),
    },
  )(place);
  return fields === undefined ? undefined : complete(process, fields);
}

interface Numbers {
  readonly rate?: number;
  readonly concurrency?: number;
  readonly burstiness?: number;
  readonly file?: Located<string>;
  readonly unit?: TimestampUnit;
}

function complete(process: Process, numbers: Numbers): WrittenArrivals | undefined {
  const { rate, concurrency, burstiness, file, unit = "ms" } = numbers;
  switch (process) {
    case "sequential":
    case "burst":
      return { process };
    case "concurrency":
      return concurrency === undefined ? undefined : { process, concurrency };
    case "uniform":
    case "poisson":
      return rate === undefined ? undefined : { process, rate };
    case "gamma":
      return rate === undefined || burstiness === undefined ? undefined : { process, rate, burstiness };
    case "replay":
      return file === undefined ? undefined : { process, file, unit };
  }
}

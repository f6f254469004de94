import type { Arrivals } from "../model/results.ts";
import { nameHint } from "./closest-name.ts";
import { type Place, quoted, refuse, refuseValue } from "./place.ts";
import { mapping, oneOf, positiveNumber, wholeNumber } from "./readers.ts";

const rate = positiveNumber("a number of requests per second, such as 4");
const concurrency = wholeNumber("a number of requests in flight", { min: 1, max: 10_000 });
const burstiness = positiveNumber("a number above 0: 1 is Poisson, below it comes in clumps");

const processes = ["sequential", "concurrency", "uniform", "poisson", "gamma", "burst"] as const;
type Process = (typeof processes)[number];

const needsRate = { rate: "requests per second, such as 4" };
const needs: Readonly<Record<Process, Readonly<Record<string, string>>>> = {
  sequential: {},
  burst: {},
  concurrency: { concurrency: "the number of requests in flight, such as 8" },
  uniform: needsRate,
  poisson: needsRate,
  gamma: { ...needsRate, burstiness: "a number above 0, such as 0.5" },
};

const readers = { rate, concurrency, burstiness };
const expected = "an arrival process, such as sequential, burst or { process: poisson, rate: 6 }";

/** `arrivals`: the name of a process that needs nothing more, or a mapping with `process` and its numbers. */
export function arrivals(place: Place): Arrivals | undefined {
  const { node } = place;
  const written = node.kind === "map" ? node.entries.find(({ key }) => key === "process")?.value : node;
  if (node.kind === "list" || (node.kind === "scalar" && typeof node.value !== "string"))
    return refuseValue(place, expected);
  if (written === undefined) return refuse(place, `has no process; expected ${expected}`);
  if (written.kind === "scalar" && written.value === "replay") {
    return refuse(place, `is "replay", which is not in this version; expected one of ${processes.join(", ")}`);
  }
  const process = processes.find((known) => written.kind === "scalar" && known === written.value);
  if (process !== undefined) return node.kind === "map" ? ofProcess(place, process) : bare(place, process);
  if (node.kind === "map") return void ofAnyProcess(place);
  return refuse(place, `is ${quoted(String(node.value))}${nameHint(String(node.value), processes)}`);
}

/** The numbers are checked even where the process is not known: every problem at once. */
const ofAnyProcess = mapping({ process: oneOf(processes), ...readers }, { expected });

function bare(place: Place, process: Process): Arrivals | undefined {
  if (process === "sequential" || process === "burst") return { process };
  const numbers = Object.keys(needs[process]).map((key) => `${key}: …`);
  return refuse(
    place,
    `is "${process}" alone; expected its numbers too: { process: ${process}, ${numbers.join(", ")} }`,
  );
}

function ofProcess(place: Place, process: Process): Arrivals | undefined {
  const required = needs[process];
  const allowed = Object.fromEntries(Object.entries(readers).filter(([key]) => key in required)) as Partial<
    typeof readers
  >;
  const others = Object.keys(readers).filter((key) => !(key in required));
  const fields = mapping(
    { process: oneOf(processes), ...(allowed as typeof readers) },
    {
      expected,
      required,
      elsewhere: Object.fromEntries(others.map((key) => [key, `is not a number of ${process}; remove it`])),
    },
  )(place);
  return fields === undefined ? undefined : complete(process, fields);
}

function complete(
  process: Process,
  numbers: { rate?: number; concurrency?: number; burstiness?: number },
): Arrivals | undefined {
  const { rate, concurrency, burstiness } = numbers;
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
  }
}

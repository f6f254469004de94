import type { Workload } from "../model/workload.ts";
import { knownWorkloads, workloadDefaults } from "../workload/built-in.ts";
import { arrivals } from "./arrivals.ts";
import { closestName } from "./closest-name.ts";
import { type Place, type Read, refuse, refuseValue } from "./place.ts";
import { duration } from "./quantities.ts";
import {
  childPlace,
  itemPlaces,
  line,
  mapping,
  name,
  openMapping,
  plainRecord,
  present,
  wholeNumber,
} from "./readers.ts";
import { meansReplay, mostRequests, refuseDrawnLengths, replayed, type WrittenReplay } from "./replay.ts";
import { tokenLengths } from "./token-lengths.ts";
import type { Traces } from "./trace-file.ts";

const workloadName = name("the name of a workload");
const builtInNames = knownWorkloads.map(({ name }) => name);

const workloadMapping = mapping(
  {
    name: workloadName,
    title: line("a title for headings"),
    purpose: line("what the workload is there to show"),
    requests: wholeNumber("a number of requests", { min: 1, max: mostRequests }),
    warmup: wholeNumber("a number of requests", { min: 0, max: 1_000 }),
    seed: wholeNumber("a seed", { min: 0, max: Number.MAX_SAFE_INTEGER }),
    "prompt-tokens": tokenLengths,
    "output-tokens": tokenLengths,
    "shared-prefix-tokens": wholeNumber("a number of tokens", { min: 0, max: 1_000_000 }),
    arrivals,
    sampling: openMapping(samplingValue, "a mapping of sampling settings, such as { temperature: 0 }"),
    slo: mapping(
      { ttft: duration, itl: duration, e2e: duration },
      { expected: "a mapping with any of ttft, itl and e2e, such as { ttft: 500ms }" },
    ),
  },
  {
    expected: "the name of a built-in workload, or a mapping with a name",
    required: { name: `the name of a built-in workload (${builtInNames.join(", ")}) or one of your own` },
  },
);
type WorkloadFields = Partial<NonNullable<ReturnType<typeof workloadMapping>>>;

/** A workload that may still need the trace it replays. */
export interface WrittenWorkload {
  readonly name: string;
  /** Undefined where its trace has problems. */
  readonly complete: (traces: Traces | undefined) => Workload | undefined;
}

/** `workloads:`, in the order they run. */
export function workloads(place: Place): readonly WrittenWorkload[] | undefined {
  const items = itemPlaces(place);
  if (items === undefined || items.length === 0)
    return refuseValue(place, "a list of workloads; leave it out for the five built-in ones");
  const names = new Set<string>();
  return items.flatMap((item) => {
    const workload = item.node.kind === "scalar" ? named(item) : described(item);
    if (workload === undefined) return [];
    if (names.has(workload.name)) refuse(item, `is a second workload "${workload.name}"; expected different names`);
    names.add(workload.name);
    return [workload];
  });
}

/** A built-in workload by its name alone. */
const named: Read<WrittenWorkload> = (place) => {
  const wanted = workloadName(place);
  if (wanted === undefined) return undefined;
  const known = knownWorkloads.find(({ name }) => name === wanted);
  return known === undefined ? refuse(place, unknownWorkload(wanted)) : whole(known);
};

function whole(workload: Workload): WrittenWorkload {
  return { name: workload.name, complete: () => workload };
}

function unknownWorkload(name: string): string {
  const near = closestName(name, builtInNames);
  const hint = near === undefined ? "" : `did you mean "${near}"? `;
  const own = "one of your own needs name, requests, prompt-tokens, output-tokens and arrivals";
  return `is "${name}", which is no built-in workload; ${hint}expected one of ${builtInNames.join(", ")}; ${own}`;
}

/** A built-in workload with other numbers, or one of the user's own. */
const described: Read<WrittenWorkload> = (place) => {
  const fields = workloadMapping(place);
  if (fields?.name === undefined) return undefined;
  const known = knownWorkloads.find(({ name }) => name === fields.name);
  const base = known === undefined ? ownBase(fields.name) : withoutPrefix(known, fields);
  if (base.task !== undefined) refusePromptKeys(place);
  const { arrivals } = fields;
  if (arrivals?.process === "replay") return replaying(base, { place, fields, arrivals });
  if (meansReplay(place)) return undefined;
  if (known === undefined && !isComplete(place, fields.name, fields)) return undefined;
  return whole({ ...base, ...written(fields, base.sampling), ...(arrivals && { arrivals }) });
};

const neededByOwn = {
  requests: "how many requests to send",
  "prompt-tokens": "the lengths of the prompts",
  "output-tokens": "the lengths of the answers",
  arrivals: "when requests are sent, such as sequential or { process: poisson, rate: 6 }",
};

/** What a workload of the user's own has before its keys are read. */
function ownBase(name: string): Workload {
  const none = { kind: "fixed", tokens: 1 } as const;
  const empty = { requests: 0, promptTokens: none, outputTokens: none, arrivals: { process: "burst" } } as const;
  return { ...workloadDefaults, name, title: name, purpose: "", purposeMetrics: [], ...empty };
}

/** Whether a workload of the user's own has all it needs; what is missing is told. */
function isComplete(place: Place, name: string, fields: WorkloadFields): boolean {
  const keys = place.node.kind === "map" ? place.node.entries.map(({ key }) => key) : [];
  const near = closestName(name, builtInNames);
  const hint = near === undefined ? "" : ` (or did you mean the built-in ${near}?)`;
  for (const [key, what] of Object.entries(neededByOwn)) {
    if (!keys.includes(key))
      refuse(place, `has no ${key}, which "${name}", a workload of your own, needs; expected ${what}${hint}`);
  }
  return Object.keys(neededByOwn).every((key) => fields[key as keyof typeof neededByOwn] !== undefined);
}

interface Replaying {
  readonly place: Place;
  readonly fields: WorkloadFields;
  readonly arrivals: WrittenReplay;
}

/** Its lengths, and how many requests it has where nothing else is asked for, are the trace's. */
function replaying(base: Workload, { place, fields, arrivals }: Replaying): WrittenWorkload {
  refuseDrawnLengths(place);
  const ofConfig = { ...base, ...written(fields, base.sampling) };
  const replay = { arrivals, requests: fields.requests, place };
  return {
    name: base.name,
    complete: (traces) => {
      const ofTrace = replayed(replay, traces);
      return ofTrace && { ...ofConfig, ...ofTrace };
    },
  };
}

/** Of a workload whose prompts are its task. */
function refusePromptKeys(place: Place): void {
  for (const key of ["prompt-tokens", "shared-prefix-tokens"]) {
    const written = childPlace(place, key);
    if (written !== undefined) refuse(written, "has no effect: the prompts of this workload are its task; remove it");
  }
}

/** `shared-prefix-tokens: 0` takes a built-in workload's prefix away. */
function withoutPrefix(workload: Workload, fields: WorkloadFields): Workload {
  if (fields["shared-prefix-tokens"] !== 0) return workload;
  const { sharedPrefixTokens: _, ...rest } = workload;
  return rest;
}

function written(fields: WorkloadFields, sampling: Workload["sampling"]): Partial<Workload> {
  const { title, purpose, requests, warmup, seed, slo } = fields;
  return present({
    ...{ title, purpose, requests, warmup, seed },
    promptTokens: fields["prompt-tokens"],
    outputTokens: fields["output-tokens"],
    sharedPrefixTokens: fields["shared-prefix-tokens"] || undefined,
    sampling: fields.sampling && plainRecord([...Object.entries(sampling), ...fields.sampling]),
    slo: slo && present({ ttftMs: slo.ttft, itlMs: slo.itl, e2eMs: slo.e2e }),
  });
}

/** Keys of the request that are ours to write. */
const reserved = [
  "model",
  "messages",
  "prompt",
  "stream",
  "stream_options",
  "max_tokens",
  "max_completion_tokens",
  "n",
];

function samplingValue(key: string, place: Place): number | string | boolean | undefined {
  const { node } = place;
  if (reserved.includes(key)) return refuse(place, "is written by Serving Gate itself; remove it");
  if (node.kind !== "scalar" || node.value === null) return refuseValue(place, "a number, text, true or false");
  if (typeof node.value === "number" && !Number.isFinite(node.value)) return refuseValue(place, "a finite number");
  return node.value;
}

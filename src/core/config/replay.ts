/** Workloads that replay a trace: send times and lengths come from it, and not from the config. */
import type { Workload } from "../model/workload.ts";
import type { WrittenArrivals } from "./arrivals.ts";
import { type Place, refuse } from "./place.ts";
import { childPlace, itemPlaces } from "./readers.ts";
import { readTrace, type TracedRequest, type Traces } from "./trace-file.ts";
import { parseYamlTree } from "./yaml-tree.ts";

export type WrittenReplay = Extract<WrittenArrivals, { process: "replay" }>;

/** The trace files that a config names, to be read before it is parsed. */
export function namedTraces(text: string, file: string): readonly string[] {
  const { root } = parseYamlTree(text, file);
  if (root === undefined) return [];
  const workloads = childPlace({ node: root, path: "", line: root.line, log: { file, problems: [] } }, "workloads");
  const items = (workloads && itemPlaces(workloads)) ?? [];
  return [...new Set(items.flatMap((item) => fileOf(childPlace(item, "arrivals")) ?? []))];
}

function fileOf(arrivals: Place | undefined): string | undefined {
  return textAt(arrivals, "process") === "replay" ? textAt(arrivals, "file") : undefined;
}

/** Whether a workload means to replay a trace, however well it says so. */
export function meansReplay(workload: Place): boolean {
  const arrivals = childPlace(workload, "arrivals");
  const alone = arrivals?.node.kind === "scalar" ? arrivals.node.value : undefined;
  return alone === "replay" || textAt(arrivals, "process") === "replay";
}

function textAt(place: Place | undefined, key: string): string | undefined {
  const node = place && childPlace(place, key)?.node;
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value.trim() : undefined;
}

export interface Replay {
  readonly arrivals: WrittenReplay;
  /** How many of the trace's requests; absent: all. */
  readonly requests: number | undefined;
  /** Of the workload. */
  readonly place: Place;
}

/** As many as a workload may have. */
export const mostRequests = 10_000;

/** What the trace says of a workload. Without traces it has no requests: enough to know it by its name. */
export function replayed(
  { arrivals, requests, place }: Replay,
  traces: Traces | undefined,
): Pick<Workload, "requests" | "arrivals" | "promptTokens" | "outputTokens"> | undefined {
  const traced = traces === undefined ? [] : tracedRequests(arrivals, traces);
  if (traced === undefined) return undefined;
  const count = traces === undefined ? 0 : (requests ?? traced.length);
  const where = childPlace(place, "requests") ?? arrivals.file.place;
  const { value: file } = arrivals.file;
  if (count > traced.length) {
    return refuse(where, `is ${count}, and ${file} has ${traced.length}; expected no more, or leave it out`);
  }
  if (count > mostRequests) {
    return refuse(where, `has ${count} requests; expected at most ${mostRequests}: say how many with requests`);
  }
  const taken = traced.slice(0, count);
  return {
    requests: count,
    arrivals: { process: "replay", file, atMs: taken.map(({ atMs }) => atMs) },
    promptTokens: { kind: "replay", tokens: taken.map(({ promptTokens }) => promptTokens) },
    outputTokens: { kind: "replay", tokens: taken.map(({ outputTokens }) => outputTokens) },
  };
}

function tracedRequests({ file, unit }: WrittenReplay, traces: Traces): readonly TracedRequest[] | undefined {
  const found = traces.get(file.value) ?? { kind: "unreadable", reason: `${file.value} was not read` };
  if (found.kind === "unreadable") return refuse(file.place, `cannot be replayed: ${found.reason}`);
  return readTrace({ file: file.value, text: found.text, unit }, file.place);
}

/** Keys of a workload that a trace has the say in. */
export function refuseDrawnLengths(place: Place): void {
  for (const key of ["prompt-tokens", "output-tokens"]) {
    const written = childPlace(place, key);
    if (written !== undefined) refuse(written, "comes from the trace that is replayed; remove it");
  }
}

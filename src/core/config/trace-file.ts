/** A trace of requests to replay: what `arrivals: { process: replay, file }` names. */
import { type Place, quoted, refuse } from "./place.ts";

/** Trace files by their path as the config has it. */
export type Traces = ReadonlyMap<string, TraceText>;
export type TraceText =
  | { readonly kind: "found"; readonly text: string }
  | { readonly kind: "unreadable"; readonly reason: string };

/** What `timestamp` counts; Mooncake's traces have ms. */
export const timestampUnits = ["ms", "s"] as const;
export type TimestampUnit = (typeof timestampUnits)[number];

export interface TracedRequest {
  /** From the first of the trace. */
  readonly atMs: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

export interface TraceSource {
  readonly file: string;
  readonly text: string;
  readonly unit: TimestampUnit;
}

/**
 * JSON lines, an object a request: `timestamp`, `input_length` (or `prompt_tokens`) and `output_length` (or
 * `output_tokens`), as Mooncake and vLLM write them; other keys are ignored. In the order of their times.
 *
 * Problems are told with the trace's own lines, in the log of the place that names it.
 */
export function readTrace({ file, text, unit }: TraceSource, named: Place): readonly TracedRequest[] | undefined {
  const { log } = named;
  // Told already, where another workload replays it too.
  if (log.problems.some((problem) => problem.file === file)) return undefined;
  const at = (line: number, path = ""): Place => ({ ...named, path, line, log: { ...log, file } });
  const lines = text.split("\n").flatMap((line, index) => {
    const written = line.trim();
    return written === "" ? [] : [{ written, line: index + 1 }];
  });
  if (lines.length === 0) return refuse(at(1), `the trace is empty; expected ${aLine}`);
  const before = log.problems.length;
  const requests: TracedRequest[] = [];
  for (const { written, line } of lines) {
    const request = tracedRequest(written, (path) => at(line, path));
    if (request !== undefined) requests.push(request);
    if (log.problems.length - before >= mostProblems) {
      return refuse(at(line), "the trace may have more problems after this line; mend what is named here first");
    }
  }
  return requests.length < lines.length ? undefined : fromTheFirst(requests, unit === "s" ? 1000 : 1);
}

const aLine = 'a line for each request, such as {"timestamp": 1200, "input_length": 512, "output_length": 64}';
/** A trace of another shape has the same fault in each of its lines. */
const mostProblems = 5;
const mostTokens = 1_000_000;

type PlaceOf = (path?: string) => Place;

function tracedRequest(written: string, place: PlaceOf): TracedRequest | undefined {
  const row = parsedRow(written);
  if (row === undefined) return refuse(place(), `is ${quoted(written)}; expected ${aLine}`);
  const { timestamp } = row;
  const isTime = typeof timestamp === "number" && Number.isFinite(timestamp);
  if (!isTime) refuse(place("timestamp"), `is ${shownValue(timestamp)}; expected a number of ms (or s, with unit: s)`);
  const promptTokens = tokensOf(row, ["input_length", "prompt_tokens"], place);
  const outputTokens = tokensOf(row, ["output_length", "output_tokens"], place);
  if (!isTime || promptTokens === undefined || outputTokens === undefined) return undefined;
  return { atMs: timestamp, promptTokens, outputTokens };
}

function parsedRow(written: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(written);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function tokensOf(
  row: Readonly<Record<string, unknown>>,
  [name, other]: readonly [string, string],
  place: PlaceOf,
): number | undefined {
  const key = name in row || !(other in row) ? name : other;
  const value = row[key];
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= mostTokens) return value;
  return refuse(
    place(key),
    `is ${shownValue(value)}; expected a number of tokens, a whole number from 1 to ${mostTokens}`,
  );
}

function shownValue(value: unknown): string {
  if (value === undefined) return "missing";
  return typeof value === "string" ? quoted(value) : quoted(JSON.stringify(value)).slice(1, -1);
}

/** Rounded to 0.001 ms, as all send times are. */
function fromTheFirst(requests: readonly TracedRequest[], msPerUnit: number): readonly TracedRequest[] {
  const inOrder = [...requests].sort((a, b) => a.atMs - b.atMs);
  const firstAt = inOrder[0]?.atMs ?? 0;
  return inOrder.map((request) => ({
    ...request,
    atMs: Math.round((request.atMs - firstAt) * msPerUnit * 1000) / 1000,
  }));
}

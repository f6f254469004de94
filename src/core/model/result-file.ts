import type { Problem } from "./gate-error.ts";
import { RESULTS_SCHEMA, type ResultsFile } from "./results.ts";
import { resultsSchema } from "./results-schema.ts";
import { schemaProblems } from "./schema-problems.ts";

export type ParsedResults =
  | { readonly ok: true; readonly results: ResultsFile }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * A results file from its text, checked once and trusted after.
 *
 * `file` names it in the problems. All problems come at once, up to ten of a file.
 */
export function parseResults(text: string, file: string): ParsedResults {
  const document = parseJson(text);
  if (!document.ok) return { ok: false, problems: [{ path: "", file, ...document.problem }] };
  const version = schemaProblem(document.value);
  if (version !== undefined) return { ok: false, problems: [{ path: "schema", message: version, file }] };
  const parsed = resultsSchema.safeParse(document.value);
  if (parsed.success) return { ok: true, results: parsed.data as ResultsFile };
  const problems = schemaProblems(parsed.error.issues, document.value);
  return { ok: false, problems: problems.map((problem) => ({ ...problem, file })) };
}

/** Text of a results file. Times keep 0.001 ms: finer is noise of any client's clock. */
export function serialiseResults(results: ResultsFile): string {
  return `${JSON.stringify(results, (key, value) => (typeof value === "number" ? roundTime(key, value) : value))}\n`;
}

function roundTime(key: string, value: number): number {
  // Inside tokenGapsMs the keys are indices.
  return key.endsWith("Ms") || /^\d+$/.test(key) ? Math.round(value * 1000) / 1000 : value;
}

type Json =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: { message: string; line?: number } };

function parseJson(text: string): Json {
  try {
    return { ok: true, value: JSON.parse(text.replace(/^\uFEFF/, "")) };
  } catch (error) {
    if (text.trim() === "") return { ok: false, problem: { message: "is empty; expected a results file" } };
    const reason = error instanceof Error ? error.message : String(error);
    const position = /position (\d+)/.exec(reason)?.[1];
    const ended = /Unexpected end|Unterminated/.test(reason) || Number(position) >= text.trimEnd().length;
    const message = ended
      ? "ends in the middle: it was cut off while being written or copied; restore it or delete it"
      : `is not JSON (${printable(reason).slice(0, 120)}); restore it or delete it`;
    return { ok: false, problem: { message, line: text.slice(0, Number(position ?? text.length)).split("\n").length } };
  }
}

/** Node quotes the text it stumbled over. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\uFFFD]/gu, "?");
}

function schemaProblem(document: unknown): string | undefined {
  const found =
    typeof document === "object" && document !== null ? (document as Record<string, unknown>)["schema"] : undefined;
  if (found === RESULTS_SCHEMA) return undefined;
  if (found === undefined) return `is missing; expected "${RESULTS_SCHEMA}": this is not a results file`;
  const other = typeof found === "string" && found.startsWith("serving-gate/results@");
  const what = other ? "it was written by another version of Serving Gate" : "this is not a results file";
  return `is ${JSON.stringify(found).slice(0, 80)}; expected "${RESULTS_SCHEMA}": ${what}`;
}

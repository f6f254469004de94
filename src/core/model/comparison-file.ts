import { COMPARISON_SCHEMA, type Comparison } from "./comparison.ts";
import { GateError } from "./gate-error.ts";

/** Text of a comparison file; numbers carry 12 significant digits, so that engines of other versions write the same bytes. */
export function serialiseComparison(comparison: Comparison): string {
  const shorten = (_key: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(12)) : value);
  return `${JSON.stringify(comparison, shorten, 2)}\n`;
}

/** A comparison that `compare` or `run` wrote; throws a GateError when it is something else. */
export function parseComparison(text: string, file: string): Comparison {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new GateError("config", `comparison: ${file} is not JSON; expected a file written by \`compare\``, { cause });
  }
  const schema =
    typeof document === "object" && document !== null ? (document as { schema?: unknown }).schema : undefined;
  if (schema !== COMPARISON_SCHEMA) {
    throw new GateError(
      "config",
      `comparison: schema of ${file} is ${JSON.stringify(schema) ?? "missing"}; expected "${COMPARISON_SCHEMA}": write it anew with \`compare\``,
    );
  }
  return document as Comparison;
}

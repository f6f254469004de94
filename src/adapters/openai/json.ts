/** What servers answer is unknown until looked at. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value, or nothing where the text is no JSON. */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

export function objectIn(value: unknown, key: string): JsonObject | undefined {
  const inner = isObject(value) ? value[key] : undefined;
  return isObject(inner) ? inner : undefined;
}

/** A whole number from 0 on. */
export function countIn(value: JsonObject | undefined, key: string): number | undefined {
  const count = value?.[key];
  return typeof count === "number" && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

export function textIn(value: JsonObject | undefined, key: string): string | undefined {
  const text = value?.[key];
  return typeof text === "string" && text !== "" ? text : undefined;
}

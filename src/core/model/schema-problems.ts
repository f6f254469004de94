/** What a check of a document's shape found, in words for who wrote the document. */
import type { Problem } from "./gate-error.ts";

/** Up to ten: where each is, what stands there, what was expected. */
export function schemaProblems(issues: readonly object[], document: unknown): readonly Problem[] {
  return issues.flatMap((issue) => flatten(issue as Issue, document)).slice(0, 10);
}

interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly expected?: string;
  readonly values?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly discriminator?: string;
  readonly errors?: readonly (readonly Issue[])[];
}

/** A union reports each of its branches; the one that came furthest is what the writer meant. */
function flatten(issue: Issue, document: unknown): readonly Problem[] {
  const branches = issue.errors?.filter((branch) => branch.length > 0) ?? [];
  const best = [...branches].sort((a, b) => a.length - b.length)[0];
  if (issue.code === "invalid_union" && best !== undefined) {
    return best.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }, document));
  }
  return [{ path: pathText(issue.path), message: `is ${foundAt(document, issue.path)}; ${expectation(issue)}` }];
}

/** What the names of the schema's types mean to who writes a file. */
const KINDS: Readonly<Record<string, string>> = {
  object: "an object",
  record: "an object",
  array: "a list",
  int: "a whole number",
};

function expectation(issue: Issue): string {
  if (issue.code === "invalid_type") return `expected ${KINDS[issue.expected ?? ""] ?? `a ${issue.expected}`}`;
  if (issue.discriminator === "outcome") return 'expected "ok" or "error"';
  if (issue.code === "invalid_value")
    return `expected ${issue.values?.map((value) => JSON.stringify(value)).join(" or ")}`;
  if (issue.code === "too_small") return `expected ${issue.minimum} or more`;
  if (issue.code === "too_big") return `expected ${issue.maximum} or less`;
  return issue.message.startsWith("expected") ? issue.message : `expected something else (${issue.message})`;
}

function foundAt(document: unknown, path: readonly PropertyKey[]): string {
  let value: unknown = document;
  for (const key of path)
    value = typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  if (value === undefined) return "missing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`))
    .join("");
}

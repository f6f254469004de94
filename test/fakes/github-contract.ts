import { readFileSync } from "node:fs";
import type { ValidateFunction } from "ajv";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";

type Json = Record<string, unknown>;

export interface Exchange {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly requestBody: unknown;
  readonly status: number;
  readonly responseBody: unknown;
}

const document = JSON.parse(
  readFileSync(new URL("../fixtures/github-openapi-subset.json", import.meta.url), "utf8"),
) as Json;
// OpenAPI's own keywords (example, nullable beside $ref) are no errors of the schema.
const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false, validateFormats: true });
(addFormats as unknown as (instance: Ajv) => void)(ajv);
ajv.addSchema(document, "github");
const compiled = new Map<string, ValidateFunction>();

/**
 * Where one exchange breaks GitHub's published description of its API; empty where it keeps it.
 *
 * Answers the description does not list for an operation (401, 403, 429, 5xx may come from any) must be its basic error.
 */
export function contractViolations(exchange: Exchange): readonly string[] {
  const name = `${exchange.method} ${exchange.target}`;
  const url = new URL(exchange.target, "http://api");
  const found = findOperation(exchange.method, url.pathname);
  if (found === undefined) return [`${name}: no such operation`];
  const { pointer, operation, values } = found;
  return [
    ...parameterViolations(operation, values, url.searchParams).map((fault) => `${name}: ${fault}`),
    ...bodyViolations({ pointer, operation }, exchange.requestBody).map((fault) => `${name}: request ${fault}`),
    ...responseViolations({ pointer, operation }, exchange).map((fault) => `${name}: response ${fault}`),
  ];
}

interface Operation {
  readonly pointer: string;
  readonly operation: Json;
}

function findOperation(method: string, path: string): (Operation & { readonly values: Json }) | undefined {
  for (const [template, item] of Object.entries(document["paths"] as Json)) {
    const operation = (item as Json)[method.toLowerCase()] as Json | undefined;
    const pattern = new RegExp(`^${template.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`);
    const match = pattern.exec(path);
    if (operation === undefined || match === null) continue;
    const pointer = `#/paths/${template.replaceAll("/", "~1")}/${method.toLowerCase()}`;
    return { pointer, operation, values: { ...match.groups } };
  }
  return undefined;
}

function parameterViolations(operation: Json, path: Json, query: URLSearchParams): readonly string[] {
  const parameters = ((operation["parameters"] ?? []) as readonly Json[]).map(resolve);
  const known = new Set(parameters.filter((each) => each["in"] === "query").map((each) => String(each["name"])));
  const unknown = [...query.keys()].filter((key) => !known.has(key)).map((key) => `query ${key} is not known`);
  const wrong = parameters.flatMap((parameter) => {
    const name = String(parameter["name"]);
    const given = parameter["in"] === "path" ? path[name] : (query.get(name) ?? undefined);
    if (given === undefined) return parameter["required"] === true ? [`${name} is missing`] : [];
    const isInteger = (parameter["schema"] as Json)["type"] === "integer";
    return isInteger && !/^\d+$/.test(String(given)) ? [`${name} is ${String(given)}, not an integer`] : [];
  });
  const perPage = Number(query.get("per_page") ?? 30);
  return [...unknown, ...wrong, ...(perPage > 100 ? [`per_page is ${perPage}; at most 100`] : [])];
}

function bodyViolations({ pointer, operation }: Operation, body: unknown): readonly string[] {
  const described = operation["requestBody"] as Json | undefined;
  if (described === undefined) return body === undefined ? [] : ["has a body; none is described"];
  return faultsOf(`${pointer}/requestBody/content/application~1json/schema`, body);
}

function responseViolations({ pointer, operation }: Operation, { status, responseBody }: Exchange): readonly string[] {
  const responses = operation["responses"] as Json;
  const described = responses[String(status)] as Json | undefined;
  if (described === undefined && status < 400) return [`status ${status} is not described`];
  if (described === undefined) return faultsOf("#/components/schemas/basic-error", responseBody);
  const reference = described["$ref"] as string | undefined;
  return faultsOf(`${reference ?? `${pointer}/responses/${status}`}/content/application~1json/schema`, responseBody);
}

function resolve(value: Json): Json {
  const reference = value["$ref"];
  if (typeof reference !== "string") return value;
  return reference
    .slice(2)
    .split("/")
    .reduce<Json>((node, key) => node[key] as Json, document);
}

function faultsOf(pointer: string, value: unknown): readonly string[] {
  const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `github${encodePointer(pointer)}` });
  compiled.set(pointer, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `body${instancePath} ${message}`);
}

/** Braces of path templates are no URI characters. */
function encodePointer(pointer: string): string {
  return pointer.replaceAll("{", "%7B").replaceAll("}", "%7D");
}

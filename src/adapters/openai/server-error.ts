/** The server's own words about a failure, made fit for one line of a report. */
import { isObject, type JsonObject, parseJson, textIn } from "./json.ts";

/** Longest excerpt of a server's message that is kept, characters. */
const longestExcerpt = 300;

/** Control characters, line ends and invisible marks become spaces; runs of spaces one; what is too long ends in "…". */
export function excerpt(text: string): string {
  const line = text
    .slice(0, longestExcerpt * 8)
    .replace(/[\p{C}\p{Z}]+/gu, " ")
    .trim();
  return line.length <= longestExcerpt
    ? line
    : `${line.slice(0, longestExcerpt - 1).replace(/[\ud800-\udbff]$/u, "")}…`;
}

/** The message of an error body: OpenAI's `error.message`, FastAPI's `detail`, plain `message`, else the body itself. */
export function errorMessage(body: string): string {
  const parsed = parseJson(body);
  return excerpt((parsed !== undefined && statedError(parsed.value)?.message) || body);
}

/** An error object, as a whole body or inside a stream; undefined where the value is none. */
function statedError(value: unknown): { readonly message: string; readonly status?: number } | undefined {
  if (!isObject(value)) return undefined;
  const { error } = value;
  if (typeof error === "string" && error !== "") return { message: error };
  if (isObject(error)) return fromObject(error);
  if (value["object"] === "error") return fromObject(value);
  return "choices" in value ? undefined : fromDetail(value);
}

/** What an event says went wrong: one that is called an error is one, as it stands (llama.cpp's `error:` field). */
export function errorOf(value: unknown, eventName: string | undefined): ReturnType<typeof statedError> {
  return statedError(value) ?? (eventName === "error" && isObject(value) ? fromObject(value) : undefined);
}

function fromObject(error: JsonObject): { readonly message: string; readonly status?: number } {
  const { code } = error;
  const isStatus = typeof code === "number" && code >= 400 && code < 600;
  return { message: textIn(error, "message") ?? JSON.stringify(error), ...(isStatus && { status: code }) };
}

function fromDetail(value: JsonObject): { readonly message: string } | undefined {
  const { detail } = value;
  if (detail === undefined) return undefined;
  return { message: typeof detail === "string" ? detail : JSON.stringify(detail) };
}

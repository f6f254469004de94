/** The head of an HTTP/1.x answer: its status, and what the headers say of the body and of the connection. */
import { type BodyKind, FramingError } from "./body-framing.ts";

export interface AnswerHead {
  readonly status: number;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly body: BodyKind;
  /** The connection carries another request after this answer. */
  readonly keepsAlive: boolean;
  /** For how long the server keeps it idle, where it says so; ms. */
  readonly idleMs?: number;
}

/** A longer head is no head. */
export const maxHeadBytes = 64 * 1024;

/** `text` is all up to the empty line, as latin1. Throws FramingError. */
export function readHead(text: string): AnswerHead {
  const [statusLine = "", ...lines] = text.split(/\r?\n/);
  const found = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: .*)?$/.exec(statusLine);
  if (found === null) throw new FramingError(`the answer begins with "${statusLine.slice(0, 80)}"`);
  const headers = readHeaders(lines);
  const status = Number(found[2]);
  const connection = headers.get("connection")?.toLowerCase() ?? "";
  const body = bodyKind(status, headers);
  const idleMs = keptIdleMs(headers.get("keep-alive"));
  const offers = found[1] === "1" ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection);
  return {
    status,
    contentType: headers.get("content-type") ?? "",
    contentEncoding: headers.get("content-encoding") ?? "",
    body,
    keepsAlive: offers && body.kind !== "close",
    ...(idleMs !== undefined && { idleMs }),
  };
}

function readHeaders(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    if (line === "") continue;
    const found = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    const [, name, value] = found ?? [];
    if (name === undefined || value === undefined) throw new FramingError(`a header reads "${line.slice(0, 80)}"`);
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

function bodyKind(status: number, headers: ReadonlyMap<string, string>): BodyKind {
  if (status < 200 || status === 204 || status === 304) return { kind: "length", bytes: 0 };
  const coding = headers.get("transfer-encoding")?.toLowerCase();
  if (coding !== undefined) return /(^|[, ])chunked$/.test(coding) ? { kind: "chunked" } : { kind: "close" };
  const length = headers.get("content-length");
  if (length === undefined) return { kind: "close" };
  const [first = "", ...others] = length.split(/ *, */);
  if (!/^\d{1,15}$/.test(first) || others.some((other) => other !== first)) {
    throw new FramingError(`content-length is "${length}"`);
  }
  return { kind: "length", bytes: Number(first) };
}

function keptIdleMs(keepAlive: string | undefined): number | undefined {
  const found = /(?:^|[,; ])timeout=(\d{1,9})/i.exec(keepAlive ?? "");
  return found === null ? undefined : Number(found[1]) * 1000;
}

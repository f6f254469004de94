/** The bytes of an HTTP/1.1 request. */
import type { Target } from "./http-connection.ts";

export interface RequestParts {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export function requestBytes({ authority }: Target, { method, path, headers, body }: RequestParts): Uint8Array {
  const lines = [
    `${method} ${path === "" ? "/" : path} HTTP/1.1`,
    `host: ${authority}`,
    "connection: keep-alive",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`content-length: ${body.length}`]),
  ];
  const broken = lines.find((line) => /[\r\n\0]/.test(line));
  if (broken !== undefined) throw new RangeError("a header value has a line end");
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  return body === undefined ? head : Buffer.concat([head, body]);
}

import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface GitServer {
  readonly url: string;
  /** The Authorization headers of each request, as they came. */
  readonly seen: readonly (readonly string[])[];
  /** Command lines of all processes, looked at while a request was open. */
  readonly commandLines: readonly string[];
  close(): void;
}

/** `git http-backend` behind node:http, for whoever sends this Authorization header; all others get 401. */
export async function gitServer(projectRoot: string, authorization: string): Promise<GitServer> {
  const seen: string[][] = [];
  const commandLines: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.rawHeaders.filter((_, at, all) => at % 2 === 1 && /^authorization$/i.test(all[at - 1] ?? "")));
    commandLines.push(...processCommandLines());
    if (request.headers.authorization === authorization) return runBackend(projectRoot, request, response);
    response.writeHead(401, { "www-authenticate": "Basic" }).end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, seen, commandLines, close: () => server.close() };
}

/** CGI: the request goes in by variables and stdin, headers and body come out of stdout. */
function runBackend(projectRoot: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? "/", "http://host");
  const env = {
    ...{ PATH: process.env["PATH"], GIT_PROJECT_ROOT: projectRoot, GIT_HTTP_EXPORT_ALL: "1", REMOTE_USER: "x" },
    ...{ REQUEST_METHOD: request.method, PATH_INFO: pathname, QUERY_STRING: search.slice(1) },
    ...{ CONTENT_TYPE: request.headers["content-type"], HTTP_CONTENT_ENCODING: request.headers["content-encoding"] },
    ...{ GIT_PROTOCOL: request.headers["git-protocol"] as string | undefined },
  };
  const backend = spawn("git", ["http-backend"], { env });
  request.pipe(backend.stdin);
  const parts: Buffer[] = [];
  backend.stdout.on("data", (bytes: Buffer) => parts.push(bytes));
  backend.once("close", () => {
    const output = Buffer.concat(parts);
    const split = output.indexOf("\r\n\r\n");
    const headers = output
      .subarray(0, split)
      .toString()
      .split("\r\n")
      .map((line) => line.split(": "));
    for (const [name = "", value = ""] of headers.filter(([name]) => name !== "Status"))
      response.setHeader(name, value);
    response.statusCode = Number.parseInt(headers.find(([name]) => name === "Status")?.[1] ?? "200", 10);
    response.end(output.subarray(split + 4));
  });
}

function processCommandLines(): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        return "";
      }
    });
}

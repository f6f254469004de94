/** A real loopback HTTP server whose every answer is written by the test. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** The parsed body, or undefined where there is none. */
  readonly body: Record<string, unknown> | undefined;
}

export interface Visit extends Received {
  readonly response: ServerResponse;
  readonly socket: Socket;
  /** How many requests this connection carried before. */
  readonly before: number;
}

export interface ScriptedServer {
  readonly url: string;
  readonly received: readonly Received[];
  /** Connections opened so far. */
  connections(): number;
  close(): Promise<void>;
}

export async function scriptedServer(answer: (visit: Visit) => void | Promise<void>): Promise<ScriptedServer> {
  const received: Received[] = [];
  const carried = new WeakMap<Socket, number>();
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString();
    const before = carried.get(request.socket) ?? 0;
    carried.set(request.socket, before + 1);
    const seen = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      body: text === "" ? undefined : (JSON.parse(text) as Record<string, unknown>),
    };
    received.push(seen);
    await answer({ ...seen, response, socket: request.socket, before });
  });
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Writes the head of an event stream; `write` then waits until the bytes are on the socket. */
export function openStream(response: ServerResponse, headers: Record<string, string> = {}) {
  response.writeHead(200, { "content-type": "text/event-stream", ...headers });
  response.flushHeaders();
  return {
    write: (text: string) => new Promise<void>((resolve) => response.write(text, () => resolve())),
    end: () => response.end(),
  };
}

/** One event with a JSON chunk. */
export function event(chunk: object): string {
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

export function delta(content: string, more: object = {}): string {
  return event({ choices: [{ index: 0, delta: { content }, finish_reason: null }], ...more });
}

export function finish(reason = "stop", more: object = {}): string {
  return event({ choices: [{ index: 0, delta: {}, finish_reason: reason }], ...more });
}

export function usage(promptTokens: number, completionTokens: number): string {
  return event({ choices: [], usage: { prompt_tokens: promptTokens, completion_tokens: completionTokens } });
}

export const done = "data: [DONE]\n\n";

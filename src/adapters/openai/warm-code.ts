/**
 * Runs the client's hot path over loopback sockets of our own until it is compiled: a cold path and the first reads cost
 * milliseconds, which would be found in the first answers of a measurement. The server under test sees nothing of it.
 */

import { type AddressInfo, createServer, type Server } from "node:net";
import type { Clock } from "../../gate/ports.ts";
import { channelTo } from "./channel.ts";
import { targetOf } from "./http-connection.ts";
import { requestBytes } from "./http-request.ts";

let warmed: Promise<void> | undefined;

/** Once a process; never fails: where no socket may be opened the path stays cold. */
export function warmCode(clock: Clock): Promise<void> {
  warmed ??= warm(clock).catch(() => {});
  return warmed;
}

const streams = 32;
const rounds = 6;
const reads = 40;
const timeoutMs = 2000;

async function warm(clock: Clock): Promise<void> {
  const server = await answering();
  const { port } = server.address() as AddressInfo;
  const target = targetOf(`http://127.0.0.1:${port}`);
  const channel = channelTo(target, clock);
  const bytes = requestBytes(target, { method: "POST", path: "/", headers: {}, body: Buffer.from("{}") });
  const { signal } = new AbortController();
  try {
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(Array.from({ length: streams }, () => channel.stream({ bytes, timeoutMs }, signal)));
    }
  } finally {
    channel.close();
    server.close();
  }
}

function chunk(data: string): string {
  const event = `data: ${data}\n\n`;
  return `${event.length.toString(16)}\r\n${event}\r\n`;
}

const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const token = chunk('{"id":"x","choices":[{"index":0,"delta":{"content":" a"},"finish_reason":null}],"usage":null}');
const tail = `${chunk('{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}')}${chunk("[DONE]")}0\r\n\r\n`;

/** A token a turn for each request, so that each comes in a read of its own. */
async function answering(): Promise<Server> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("data", () => {
      socket.write(head);
      let left = reads;
      const next = (): void => {
        if (socket.destroyed) return;
        left -= 1;
        socket.write(left === 0 ? token + tail : token);
        if (left > 0) setImmediate(next);
      };
      setImmediate(next);
    });
  });
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return server;
}

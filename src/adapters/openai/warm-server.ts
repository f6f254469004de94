/** A server on a loopback socket of our own that streams answers as the known servers write them, as fast as it is read. */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type Target, targetOf } from "./http-connection.ts";

export interface WarmServer {
  readonly target: Target;
  close(): void;
}

/** Rejects where no socket may be opened. */
export async function startWarmServer(): Promise<WarmServer> {
  let answers = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes) => {
      if (bytes.toString("latin1", 0, 4) === "GET ") socket.write(page);
      else {
        answers += 1;
        stream(socket, shapes[answers % shapes.length] as Shape, lengths[answers % lengths.length] as number);
      }
    });
  });
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { target: targetOf(`http://127.0.0.1:${port}`), close: () => void server.close() };
}

interface Shape {
  readonly head: string;
  readonly role: string;
  token(count: number): string;
  /** The finish, the usage and [DONE]. */
  tail(count: number): string;
}

/** Of each answer in turn: of some more than there was room made for. */
const lengths = [40, 40, 40, 40, 300];

/** A token a turn of the event loop, so that each comes in a read of its own. */
function stream(socket: Socket, shape: Shape, tokens: number): void {
  let sent = 0;
  socket.write(shape.head + chunk(shape.role));
  const next = (): void => {
    if (socket.destroyed) return;
    sent += 1;
    socket.write(chunk(shape.token(sent)) + (sent === tokens ? shape.tail(sent) : ""));
    if (sent < tokens) setImmediate(next);
  };
  setImmediate(next);
}

function chunk(data: string): string {
  const event = `data: ${data}\n\n`;
  return `${event.length.toString(16)}\r\n${event}\r\n`;
}

function headOf(lines: readonly string[]): string {
  return `${["HTTP/1.1 200 OK", ...lines].join("\r\n")}\r\n\r\n`;
}

const end = `${chunk("[DONE]")}0\r\n\r\n`;
const models = '{"object":"list","data":[]}';
const page = headOf(["content-type: application/json", `content-length: ${models.length}`]) + models;

function usage(count: number): string {
  return `{"prompt_tokens":16,"completion_tokens":${count},"total_tokens":${16 + count},"prompt_tokens_details":null}`;
}

/** Of the known servers: what stands before and behind a token, and whether each chunk counts. */
const shapes: readonly Shape[] = [
  shapeOf('"id":"chatcmpl-7f3a","object":"chat.completion.chunk","created":1764000000,"model":"m"', {
    head: ["date: Sat, 28 Nov 2026 00:00:00 GMT", "server: uvicorn", "content-type: text/event-stream; charset=utf-8"],
    inChoice: '"logprobs":null,',
    behind: () => "",
  }),
  shapeOf('"id":"4c1","object":"chat.completion.chunk","created":1764000000,"model":"m"', {
    head: ["Content-Type: text/event-stream", "Connection: keep-alive", "Cache-Control: no-cache"],
    inChoice: '"logprobs":null,"matched_stop":null,',
    behind: (count) => `,"usage":${usage(count)}`,
  }),
  shapeOf(
    '"created":1764000000,"id":"chatcmpl-x","model":"m","system_fingerprint":"b1","object":"chat.completion.chunk"',
    {
      head: ["Keep-Alive: timeout=5, max=100", "Server: llama.cpp", "Content-Type: text/event-stream"],
      inChoice: "",
      behind: (count) =>
        `,"timings":{"cache_n":0,"prompt_n":16,"prompt_ms":4.25,"predicted_n":${count},"predicted_ms":1.5}`,
    },
  ),
];

interface Around {
  readonly head: readonly string[];
  readonly inChoice: string;
  readonly behind: (count: number) => string;
}

function shapeOf(meta: string, { head, inChoice, behind }: Around): Shape {
  const event = (delta: string, finish: string, more: string): string =>
    `{${meta},"choices":[{"index":0,"delta":{${delta}},${inChoice}"finish_reason":${finish}}]${more}}`;
  return {
    head: headOf([...head, "Transfer-Encoding: chunked"]),
    role: event('"role":"assistant","content":""', "null", ""),
    token: (count) => event(`"content":" ${words[count % words.length]}"`, "null", behind(count)),
    tail: (count) =>
      chunk(event("", '"length"', behind(count))) + chunk(`{${meta},"choices":[],"usage":${usage(count)}}`) + end,
  };
}

/** With and without escapes, short and long. */
const words = ["the", "a", "\\n\\n", "answer", "\\u00e9", '\\"quoted\\"', "und", "восемь", "internationalisation"];

/** HTTP/1.1 as servers write it, well and badly, over real sockets. */
import { afterEach, describe, expect, test } from "@jest/globals";
import { type ConnectionLoss, HttpConnection, targetOf } from "../../../src/adapters/openai/http-connection.ts";
import { maxHeadBytes } from "../../../src/adapters/openai/http-head.ts";
import { requestBytes } from "../../../src/adapters/openai/http-request.ts";
import { type RawVisit, rawServer } from "../../fakes/raw-server.ts";

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(answer: (visit: RawVisit) => void) {
  const server = await rawServer(answer);
  cleanups.push(server.close);
  return { server, connection: connect(server.origin) };
}
function connect(origin: string): HttpConnection {
  const connection = new HttpConnection(targetOf(origin), () => {});
  cleanups.push(() => connection.destroy());
  return connection;
}

interface Seen {
  /** Of each head that counted. */
  readonly statuses: readonly number[];
  readonly body: string;
  readonly loss?: ConnectionLoss;
}

function ask(connection: HttpConnection, onRead = (): void => {}): Promise<Seen> {
  const statuses: number[] = [];
  const parts: string[] = [];
  const seen = (): Seen => ({ statuses, body: parts.join("") });
  return new Promise((resolve) => {
    connection.send(requestBytes(targetOf("http://x"), { method: "GET", path: "/", headers: {} }), {
      onSent: () => {},
      onRead,
      onHead: ({ status }) => void statuses.push(status),
      onBody: (bytes, from, to) => void parts.push(bytes.toString("latin1", from, to)),
      onBytes: () => {},
      onEnded: () => resolve(seen()),
      onLost: (loss) => resolve({ ...seen(), loss }),
    });
  });
}
/** What a server that answers so is seen to say, and whether its connection may carry another request. */
async function asked(answer: string) {
  const { connection } = await serve(({ socket }) => void socket.write(answer, "latin1"));
  return { ...(await ask(connection)), isOpen: connection.isOpen() };
}
const ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n";
const whole = { statuses: [200], body: "ab" };

describe("an answer is read alike, cut in two at any byte:", () => {
  const chunks = 'A;name="a;b"\r\n0123456789\r\n00c ; x\r\n\r\n0\r\n\r\nhello\r\n';
  test.each([
    ["its length in the head", `${ok}\r\nab`, "ab"],
    ["no body", "HTTP/1.1 204 No Content\r\nx: y\r\n\r\n", ""],
    ["no reason beside its status", "HTTP/1.1 200\r\nContent-Length:2\r\n\r\nab", "ab"],
    ["bare line feeds", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nab\n1\nc\n0\n\n", "abc"],
    ["both line ends", "HTTP/1.1 200 OK\r\ncontent-length: 2\nx: y\n\r\nab", "ab"],
    [
      "extensions, upper case and zeros in chunk lengths, and trailers",
      `HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: Chunked\r\n\r\n${chunks}0;last\r\nx-sum: 1\r\nx-more: 2\r\n\r\n`,
      "0123456789\r\n0\r\n\r\nhello",
    ],
    [
      "interim answers before it",
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\ncontent-length: 9\r\n\r\n${ok}\r\nab`,
      "ab",
    ],
  ])("%s", async (_what, answer, body) => {
    let at = 0;
    let peer: RawVisit["socket"] | undefined;
    const { connection, server } = await serve(({ socket }) => {
      peer = socket;
      at += 1;
      socket.write(answer.slice(0, at), "latin1");
    });
    while (at < answer.length) {
      let reads = 0;
      const onRead = (): void => {
        reads += 1;
        if (reads === 1 && at < answer.length) peer?.write(answer.slice(at), "latin1");
      };
      const { statuses, ...seen } = await ask(connection, onRead);
      expect({ ...seen, isOpen: connection.isOpen() }).toEqual({ body, isOpen: true });
      expect(statuses).toHaveLength(1);
    }
    expect(server.connections()).toBe(1);
  });
});

describe("a connection carries another request", () => {
  test.each([
    ["after an answer with a length", `${ok}\r\nab`],
    ["after an answer in chunks", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"],
    ["where an HTTP/1.0 server offers it", `HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\ncontent-length: 2\r\n\r\nab`],
    ["where it is kept for a minute", `${ok}Keep-Alive: timeout=60, max=100\r\n\r\nab`],
    ["where a hint says nothing of time", `${ok}Keep-Alive: max=100\r\n\r\nab`],
    ["where the same length is written twice", `${ok}content-length: 2\r\n\r\nab`],
  ])("%s", async (_when, answer) => {
    expect(await asked(answer)).toEqual({ ...whole, isOpen: true });
  });
});

describe("an answer is whole, but its connection carries no other", () => {
  test.each([
    ["where the server says that it closes", `${ok}Connection: Close\r\n\r\nab`],
    ["where closing is one of several words", `${ok}connection: foo\r\nconnection: close\r\n\r\nab`],
    ["where it is kept for a second", `${ok}keep-alive: timeout=1\r\n\r\nab`],
    ["where it is kept for less than a second", `${ok}Keep-Alive: max=5, timeout=0\r\n\r\nab`],
    ["where an HTTP/1.0 server offers nothing", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nab"],
    ["where bytes follow its length", `${ok}\r\nabc`],
    ["where a second answer follows its length", `${ok}\r\nab${ok}\r\ncd`],
    ["where bytes follow its last chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\nx"],
  ])("%s", async (_when, answer) => {
    expect(await asked(answer)).toEqual({ ...whole, isOpen: false });
  });

  test("where it ends with the connection", async () => {
    const { connection } = await serve(({ socket }) => void socket.end("HTTP/1.1 200 OK\r\n\r\nab"));
    expect(await ask(connection)).toEqual(whole);
    expect(connection.isOpen()).toBe(false);
  });
});

describe("a connection that stands idle", () => {
  test("is closed before the server would", async () => {
    const { connection, closings } = await keeping();
    expect(await ask(connection)).toEqual(whole);
    expect(connection.isOpen()).toBe(true);
    await closings[0];
    expect(connection.isOpen()).toBe(false);
  });

  test("is left alone once it is used again", async () => {
    const { connection, server, closings, sockets } = await keeping();
    const later = connect(server.origin);
    await ask(connection);
    await ask(later);
    const again = ask(connection);
    await closings[1];
    sockets[0]?.write(`${ok}\r\nab`);
    expect(await again).toEqual(whole);
  });

  test("is closed on words that nobody asked for", async () => {
    const { connection, closings, sockets } = await keeping();
    await ask(connection);
    sockets[0]?.write("HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n");
    await closings[0];
    expect(connection.isOpen()).toBe(false);
  });
});

/** Answers the first request of each connection, and keeps it for 2 s. */
async function keeping() {
  const sockets: RawVisit["socket"][] = [];
  const closings: Promise<void>[] = [];
  const served = await serve(({ socket, before }) => {
    if (before > 0) return;
    sockets.push(socket);
    closings.push(closing(socket));
    socket.write(`${ok}keep-alive: timeout=2\r\n\r\nab`);
  });
  return { ...served, sockets, closings };
}
function closing(socket: RawVisit["socket"]): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

describe("bad HTTP is known for it, though the server keeps the connection open:", () => {
  const chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
  test.each([
    ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n", 'the answer begins with "SSH-2.0-OpenSSH_9.6'],
    ["another version", "HTTP/2 200 \r\n\r\n", 'the answer begins with "HTTP/2 200'],
    ["frames of HTTP/2", "\0\0\u0012\u0004\0\0\0\0\0", "the answer begins with"],
    [
      "a change of protocol",
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n",
      "the server changes the protocol",
    ],
    ["no status", "HTTP/1.1 OK\r\n\r\n", 'the answer begins with "HTTP/1.1 OK"'],
    ["a line that is no header", "HTTP/1.1 200 OK\r\noops\r\n\r\n", 'a header reads "oops"'],
    ["a folded header", "HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n", 'a header reads " c"'],
    ["lengths that differ", `${ok}content-length: 3\r\n\r\nab`, 'content-length is "2, 3"'],
    ["a length below 0", "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", 'content-length is "-1"'],
    ["a chunk longer than its length", `${chunked}2\r\nabc`, "a chunk is longer than its length"],
    ["a chunk without a length", `${chunked}\r\n`, "a chunk without a length"],
    ["a chunk without end", `${chunked}${"f".repeat(20)}\r\n`, "a chunk's length has too many digits"],
  ])("%s", async (_what, answer, message) => {
    const { loss, isOpen } = await asked(answer);
    expect(loss?.kind).toBe("bad-http");
    expect(loss?.message).toContain(message);
    expect(isOpen).toBe(false);
  });

  test("a head without an end, of which no more than the limit is kept", async () => {
    let closed: Promise<void> | undefined;
    const { connection } = await serve(({ socket }) => {
      closed = closing(socket);
      const more = (): void => {
        while (!socket.destroyed && socket.write(`x-filler: ${"x".repeat(1000)}\r\n`));
        if (!socket.destroyed) socket.once("drain", more);
      };
      socket.write("HTTP/1.1 200 OK\r\n");
      more();
    });
    expect((await ask(connection)).loss).toEqual({ kind: "bad-http", message: "the answer's head has no end" });
    await closed;
  });

  test("but a head as long as the limit is none", async () => {
    const filler = "x".repeat(maxHeadBytes - ok.length - 20);
    expect(await asked(`${ok}x-filler: ${filler}\r\n\r\nab`)).toEqual({ ...whole, isOpen: true });
  });
});

describe("an answer that its connection takes with it is lost:", () => {
  test.each([
    ["in its head", "HTTP/1.1 200 OK\r\ncontent-"],
    ["before its head ended", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n"],
    ["after an interim answer", "HTTP/1.1 100 Continue\r\n\r\n"],
    ["in its length", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab"],
    ["in a chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nab"],
    ["between chunks", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n"],
    ["in its trailers", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: y\r\n"],
  ])("%s", async (_where, answer) => {
    const { connection } = await serve(({ socket }) => void socket.end(answer));
    expect((await ask(connection)).loss).toEqual({ kind: "closed", message: "other side closed" });
    expect(connection.isOpen()).toBe(false);
  });
});

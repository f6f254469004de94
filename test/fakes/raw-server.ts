/** A real loopback TCP server that answers each request with whatever bytes the test writes, HTTP or not. */
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface RawVisit {
  readonly socket: Socket;
  readonly bytes: Buffer;
  /** How many requests this connection carried before. */
  readonly before: number;
}

export interface RawServer {
  /** `http://127.0.0.1:port`. */
  readonly origin: string;
  readonly port: number;
  /** Connections opened so far. */
  connections(): number;
  close(): Promise<void>;
}

export interface RawOptions {
  readonly host?: string;
  /** Said to every client before it asks. */
  readonly greeting?: string;
}

/** A read is taken for a request: ours are small, and go to the socket in one piece. */
export async function rawServer(
  answer: (visit: RawVisit) => void,
  { host = "127.0.0.1", greeting }: RawOptions = {},
): Promise<RawServer> {
  const server = createServer();
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket) => {
    let before = 0;
    connections += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    if (greeting !== undefined) socket.write(greeting);
    socket.on("data", (bytes: Buffer) => answer({ socket, bytes, before: before++ }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    port,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

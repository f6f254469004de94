/**
 * Kept-alive connections to one server, one request at a time on each, as many as are asked for.
 *
 * One undici Client is one connection. A pool of our own instead of undici's, because a request that meets a connection
 * the server has just closed must be told apart from one that failed on a fresh connection.
 */
import { Client } from "undici";

export interface Connection {
  readonly client: Client;
  /** Whether the socket stands; on taking: whether an earlier request left it open. */
  isOpen(): boolean;
}

export interface Connections {
  readonly origin: string;
  /** An idle connection, the last used first, or a new one that connects on its first request. */
  take(kind: "any" | "fresh"): Connection;
  /** After a complete answer. */
  giveBack(connection: Connection): void;
  /** After anything else: the socket is destroyed. */
  discard(connection: Connection): void;
  close(): Promise<void>;
}

/** Idle connections are kept unless the server closes them or tells how long it keeps them; ms. */
const keepAliveMs = 3_600_000;

/** undici's own time-outs are off: the caller's deadline is the only one. */
const clientOptions: Client.Options = {
  pipelining: 1,
  headersTimeout: 0,
  bodyTimeout: 0,
  connectTimeout: 0,
  keepAliveTimeout: keepAliveMs,
  keepAliveMaxTimeout: keepAliveMs,
};

export function connectionsTo(origin: string): Connections {
  const idle: Connection[] = [];
  const all = new Set<Connection>();

  const discard = (connection: Connection): void => {
    all.delete(connection);
    const at = idle.indexOf(connection);
    if (at !== -1) idle.splice(at, 1);
    void connection.client.destroy();
  };
  const open = (): Connection => {
    const client = new Client(origin, clientOptions);
    let isOpen = false;
    const connection = { client, isOpen: () => isOpen };
    client.on("connect", () => {
      isOpen = true;
    });
    client.on("disconnect", () => {
      isOpen = false;
      if (idle.includes(connection)) discard(connection);
    });
    all.add(connection);
    return connection;
  };
  return {
    origin,
    take: (kind) => (kind === "any" ? idle.pop() : undefined) ?? open(),
    giveBack: (connection) => {
      if (connection.isOpen()) idle.push(connection);
      else discard(connection);
    },
    discard,
    close: async () => {
      const open = [...all];
      idle.length = 0;
      all.clear();
      await Promise.all(open.map(({ client }) => client.destroy()));
    },
  };
}

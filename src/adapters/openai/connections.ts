/**
 * Kept-alive connections to one server, one request at a time on each, as many as are asked for.
 *
 * A request that meets a connection the server has just closed must be told apart from one that the server has got and
 * dropped, which is a failure. Servers differ in what they keep open, also between pages and streams, so it is learned
 * for each.
 */
import type { Clock } from "../../gate/ports.ts";
import { HttpConnection, type Target } from "./http-connection.ts";

/** What a connection carried last. */
export type Cargo = "page" | "stream";

export type Connection = Pick<HttpConnection, "isOpen" | "send" | "destroy">;

export interface Connections {
  readonly origin: string;
  /** An idle connection, the last used first, kept until the server closes it or for as long as it says, or a new one that connects on its first request. */
  take(kind: "any" | "fresh"): Connection;
  /** Whether the server may have closed it before it got the request just sent; ask before anything else happens to it. */
  mayBeStale(connection: Connection): boolean;
  /** It carried a second request: the server keeps connections after such a cargo. */
  proveKept(connection: Connection): void;
  /** It was closed before it carried a second request. */
  proveClosed(connection: Connection): void;
  /** After a complete answer. */
  giveBack(connection: Connection, cargo: Cargo): void;
  /** After anything else: the socket is destroyed. */
  discard(connection: Connection): void;
  close(): void;
}

/**
 * A server that closes a connection within this time of its reply does so after every reply; later it is an idle time-out,
 * of which the shortest known are some seconds. ms
 */
const promptMs = 1000;

interface LastUse {
  readonly cargo: Cargo;
  readonly endedMs: number;
}

export function connectionsTo(target: Target, clock: Pick<Clock, "nowMs">): Connections {
  const idle: Connection[] = [];
  const all = new Set<Connection>();
  const lastUses = new WeakMap<Connection, LastUse>();
  /** Whether the server keeps a connection open after such a cargo; absent: not known yet. */
  const isKept = new Map<Cargo, boolean>();

  const idleMs = ({ endedMs }: LastUse): number => clock.nowMs() - endedMs;
  const discard = (connection: Connection): void => {
    all.delete(connection);
    const at = idle.indexOf(connection);
    if (at !== -1) idle.splice(at, 1);
    connection.destroy();
  };
  const prove = (connection: Connection, kept: boolean): void => {
    const last = lastUses.get(connection);
    if (last !== undefined && (kept || idleMs(last) < promptMs)) isKept.set(last.cargo, kept);
  };
  const open = (): Connection => {
    const connection: Connection = new HttpConnection(target, (closer) => {
      if (!idle.includes(connection)) return;
      if (closer === "server") prove(connection, false);
      discard(connection);
    });
    all.add(connection);
    return connection;
  };
  const takeIdle = (): Connection | undefined => {
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      if (isKept.get(lastUses.get(last)?.cargo ?? "stream") !== false) return last;
      discard(last);
    }
    return undefined;
  };
  return {
    origin: target.origin,
    take: (kind) => (kind === "any" ? takeIdle() : undefined) ?? open(),
    mayBeStale: (connection) => {
      const last = lastUses.get(connection);
      return last !== undefined && (isKept.get(last.cargo) !== true || idleMs(last) >= promptMs);
    },
    proveKept: (connection) => prove(connection, true),
    proveClosed: (connection) => prove(connection, false),
    giveBack: (connection, cargo) => {
      lastUses.set(connection, { cargo, endedMs: clock.nowMs() });
      if (!connection.isOpen()) prove(connection, false);
      if (connection.isOpen() && isKept.get(cargo) !== false) idle.push(connection);
      else discard(connection);
    },
    discard,
    close: () => {
      for (const connection of all) connection.destroy();
      idle.length = 0;
      all.clear();
    },
  };
}

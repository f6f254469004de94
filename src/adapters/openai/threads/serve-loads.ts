/** The side of the thread: answers the messages of clients. */
import type { MessagePort } from "node:worker_threads";
import type { Clock } from "../../../gate/ports.ts";
import type { Target } from "../http-connection.ts";
import type { FromThread, OpenMessage, StartMessage, ToThread } from "./load-messages.ts";
import { LoadSession, type Pace } from "./load-session.ts";
import { warmThread } from "./warm-thread.ts";

export interface ThreadParts {
  readonly clock: Clock;
  readonly pace: Pace;
  readonly warmTarget: Target | undefined;
}

export function serveLoads(port: MessagePort, { clock, pace, warmTarget }: ThreadParts): void {
  const sessions = new Map<number, LoadSession>();
  const tell = (message: FromThread): void => port.postMessage(message);
  const sessionOf = (client: number): LoadSession => {
    const session = sessions.get(client) ?? new LoadSession(clock, pace);
    sessions.set(client, session);
    return session;
  };
  const open = async (client: number, message: OpenMessage): Promise<void> => {
    await sessionOf(client).open(message);
    if (warmTarget !== undefined) await warmThread(clock, pace, warmTarget);
    tell({ kind: "ready", client });
  };
  const start = async (client: number, message: StartMessage): Promise<void> => {
    const onSent = (index: number, sent: Extract<FromThread, { kind: "sent" }>["sent"]): void =>
      tell({ kind: "sent", client, index, sent });
    tell({ kind: "end", client, ...(await sessionOf(client).start(message, onSent)) });
  };
  // What is thrown here ends the thread, and is told to who waits for it.
  port.on("message", (message: ToThread) => {
    const { client } = message;
    if (message.kind === "open") void open(client, message);
    else if (message.kind === "start") void start(client, message);
    else if (message.kind === "close") {
      sessions.get(client)?.close();
      sessions.delete(client);
    } else sessions.get(client)?.[message.kind]();
  });
}

/** What a client and the threads that send its loads tell each other. */
import type { LoadEnd, LoadSent, Turn } from "../../../gate/ports.ts";
import type { ChannelToll } from "../channel.ts";
import type { Target } from "../http-connection.ts";
import type { LoadWork } from "../sender.ts";

/** The whole load's: which of the requests this thread sends is said at the start. */
export interface OpenMessage extends LoadWork {
  readonly kind: "open";
}

export interface StartMessage {
  readonly kind: "start";
  /** Of the clock that all threads share. */
  readonly originMs: number;
  readonly share: ThreadShare;
}

/** `streams` take what is next from a counter that all threads share; `turns` are this thread's own. */
export type ThreadShare =
  | { readonly kind: "turns"; readonly turns: readonly Turn[] }
  | { readonly kind: "streams"; readonly streams: number; readonly counter: SharedArrayBuffer };

/** `stop`: nothing more is sent. `abort`: what is open is given up. `close`: the connections too. */
export type ToThread = (OpenMessage | StartMessage | { readonly kind: "stop" | "abort" | "close" }) & ClientId;

export type FromThread = (
  | { readonly kind: "ready" }
  | { readonly kind: "sent"; readonly index: number; readonly sent: LoadSent }
  | { readonly kind: "end"; readonly end: LoadEnd; readonly toll: ChannelToll }
) &
  ClientId;

/** Whose load it is: clients share the threads of a process. */
interface ClientId {
  readonly client: number;
}

/** What a thread is started with. */
export interface ThreadData {
  /** SystemClock.originNs. */
  readonly originNs: bigint;
  /** A server of our own to warm the code with; absent where none could be opened. */
  readonly warmTarget?: Target;
}

/** One client's part in one thread: its connections, and the load that is sent over them. */
import type { Clock, LoadEnd, LoadSent, Pacing, Turn } from "../../../gate/ports.ts";
import { type Channel, type ChannelToll, channelTo } from "../channel.ts";
import type { ChunkExample } from "../chunk-template.ts";
import type { LoadWork, WorkRequest } from "../sender.ts";
import type { StartMessage } from "./load-messages.ts";

/** When requests are sent: gate/pace.ts. */
export interface Pace {
  openLoop(pacing: Pacing, turns: readonly Turn[]): Promise<void>;
  closedLoop(pacing: Pacing, streams: number, next: () => number | undefined): Promise<void>;
}

export class LoadSession {
  readonly #clock: Clock;
  readonly #pace: Pace;
  #channel: Channel | undefined;
  #requests: readonly WorkRequest[] = [];
  #timeoutMs = 0;
  #sending = new AbortController();
  #inFlight = new AbortController();

  constructor(clock: Clock, pace: Pace) {
    this.#clock = clock;
    this.#pace = pace;
  }

  /** Never fails: a server that takes no connection is met again by the load. */
  async open({ target, opener, connections, requests, timeoutMs, examples }: LoadWork): Promise<void> {
    this.#sending = new AbortController();
    this.#inFlight = new AbortController();
    this.#requests = requests;
    this.#timeoutMs = timeoutMs;
    const channel = this.#channel ?? channelTo(target, this.#clock, examples);
    this.#channel = channel;
    // Together, so that each needs a connection of its own.
    await Promise.all(Array.from({ length: connections }, () => channel.page(opener, this.#inFlight.signal)));
    channel.forgetToll();
  }

  async start(
    { originMs, share }: Omit<StartMessage, "kind">,
    onSent: (index: number, sent: LoadSent) => void,
  ): Promise<{ readonly end: LoadEnd; readonly toll: ChannelToll }> {
    const channel = this.#channel;
    if (channel === undefined) throw new RangeError("a load is started that was never opened");
    const stopWatching = this.#clock.watchEventLoop?.();
    const pacing: Pacing = {
      ...{ clock: this.#clock, originMs, onSent, sending: this.#sending.signal },
      send: (index, onFree) => {
        const post = { timeoutMs: this.#timeoutMs, ...(this.#requests[index] as WorkRequest) };
        return channel.stream(post, this.#inFlight.signal, onFree);
      },
    };
    if (share.kind === "turns") await this.#pace.openLoop(pacing, share.turns);
    else await this.#pace.closedLoop(pacing, share.streams, sharedCount(share.counter, this.#requests.length));
    const eventLoopDelayP99Ms = stopWatching?.();
    return {
      end: eventLoopDelayP99Ms === undefined ? {} : { eventLoopDelayP99Ms },
      toll: channel.toll(),
    };
  }

  /** Of the events met so far. */
  examples(): readonly ChunkExample[] {
    return this.#channel?.examples() ?? [];
  }

  stop(): void {
    this.#sending.abort();
  }

  abort(): void {
    this.#sending.abort();
    this.#inFlight.abort();
  }

  close(): void {
    this.abort();
    this.#channel?.close();
  }
}

/** 0 to `count` - 1, each to one thread only. */
function sharedCount(counter: SharedArrayBuffer, count: number): () => number | undefined {
  const next = new Int32Array(counter);
  return () => {
    const index = Atomics.add(next, 0, 1);
    return index < count ? index : undefined;
  };
}

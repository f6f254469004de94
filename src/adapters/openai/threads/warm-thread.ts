/** Runs whole loads over loopback sockets until what a thread does is compiled. */
import type { Clock } from "../../../gate/ports.ts";
import type { ChunkExample } from "../chunk-template.ts";
import type { Target } from "../http-connection.ts";
import { requestBytes } from "../http-request.ts";
import { LoadSession, type Pace } from "./load-session.ts";

const requests = 64;
const timeoutMs = 2000;

/** Rounds before a thread's first load, and before each later one: what was collected in between took compiled code along. */
const rounds = { first: 24, later: 2 };

/** The compiler works beside the code that it compiles, and may still do so when that has ended. ms */
const settleMs = 100;

let isWarm = false;

/** Of the warm server's events: as a load does, a round meets what is known already. */
let examples: readonly ChunkExample[] = [];

/** Before each load. The server is in another thread: code that serves is not to be seen by code that asks. */
export async function warmThread(clock: Clock, pace: Pace, target: Target): Promise<void> {
  const request = { method: "POST", path: "/", headers: {}, body: Buffer.from("{}") } as const;
  const bytes = requestBytes(target, request);
  const count = isWarm ? rounds.later : rounds.first;
  // A session each: code that has seen but one calls what belongs to that one.
  for (let round = 0; round < count; round += 1) {
    const session = new LoadSession(clock, pace);
    await sendLoad(session, clock, { target, bytes, examples, round });
    examples = session.examples();
    session.close();
  }
  if (!isWarm) await clock.sleepUntil(clock.nowMs() + settleMs);
  isWarm = true;
  collectYoung();
}

/**
 * What preparing left behind is collected now; while tokens come it would keep them waiting. Twice, since what survives the
 * first time is only then moved out of the way. All of the heap is not collected: compiled code would go with it.
 */
function collectYoung(): void {
  globalThis.gc?.({ type: "minor" });
  globalThis.gc?.({ type: "minor" });
}

interface Round {
  readonly target: Target;
  readonly bytes: Uint8Array;
  readonly examples: readonly ChunkExample[];
  readonly round: number;
}

/** By turns in an open and in a closed loop. */
async function sendLoad(session: LoadSession, clock: Clock, { target, bytes, examples, round }: Round): Promise<void> {
  const opener = requestBytes(target, { method: "GET", path: "/", headers: {} });
  const posts = Array.from({ length: requests }, () => ({ bytes, maxTokens: 40, keepsText: false }));
  await session.open({ target, opener, connections: requests, requests: posts, timeoutMs, examples });
  const originMs = clock.nowMs() + 1;
  const counter = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const turns = posts.map((_, index) => ({ index, atMs: index / 4 }));
  const share =
    round % 2 === 0 ? ({ kind: "turns", turns } as const) : ({ kind: "streams", streams: 32, counter } as const);
  await session.start({ originMs, share }, () => {});
}

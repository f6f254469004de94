/**
 * Runs the client's hot path over loopback sockets of our own until it is compiled: a cold path and the first reads cost
 * milliseconds, which would be found in the first answers of a measurement. The server under test sees nothing of it.
 */
import type { Clock } from "../../gate/ports.ts";
import { channelTo } from "./channel.ts";
import { requestBytes } from "./http-request.ts";
import { startWarmServer } from "./warm-server.ts";

const streams = 32;
const rounds = 6;
const timeoutMs = 2000;

let warmed: Promise<void> | undefined;

/** Of clients without threads. Once a process; never fails: where no socket may be opened the path stays cold. */
export function warmCode(clock: Clock): Promise<void> {
  warmed ??= warm(clock).catch(() => {});
  return warmed;
}

async function warm(clock: Clock): Promise<void> {
  const { target, close } = await startWarmServer();
  const request = { method: "POST", path: "/", headers: {}, body: Buffer.from("{}") } as const;
  const post = { bytes: requestBytes(target, request), timeoutMs, maxTokens: 40 };
  const channel = channelTo(target, clock);
  const { signal } = new AbortController();
  try {
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(Array.from({ length: streams }, () => channel.stream(post, signal)));
    }
  } finally {
    channel.close();
    close();
  }
}

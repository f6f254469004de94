/** When each request of a load is sent: by the clock, or when one before it has ended. The load's threads run this too. */
import type { Pacing, Turn } from "./ports.ts";

const nobodyWaits = (): void => {};

/** Every send waits for its own absolute moment: a late one does not push the next. Nothing caps what is in flight. */
export async function openLoop(pacing: Pacing, turns: readonly Turn[]): Promise<void> {
  const { clock, originMs, sending, send, onSent } = pacing;
  const inFlight: Promise<void>[] = [];
  const inOrder = [...turns].sort((a, b) => a.atMs - b.atMs);
  for (const { index, atMs } of inOrder) {
    if (clock.nowMs() < originMs + atMs) await clock.sleepUntil(originMs + atMs, sending).catch(() => {});
    if (sending.aborted) break;
    inFlight.push(send(index, nobodyWaits).then((exchange) => onSent(index, { scheduledMs: atMs, exchange })));
  }
  await Promise.all(inFlight);
}

/**
 * Each stream sends the next request when its last one ended, which may be long before that was read. `next` says which,
 * and undefined where none is left: streams in other threads may ask it too.
 */
export async function closedLoop(pacing: Pacing, streams: number, next: () => number | undefined): Promise<void> {
  const { clock, originMs, sending, send, onSent } = pacing;
  await clock.sleepUntil(originMs, sending).catch(() => {});
  const read: Promise<void>[] = [];
  const stream = async (): Promise<void> => {
    while (!sending.aborted) {
      const index = next();
      if (index === undefined) return;
      const scheduledMs = clock.nowMs() - originMs;
      await new Promise<void>((resolve, reject) => {
        const one = send(index, resolve).then((exchange) => onSent(index, { scheduledMs, exchange }));
        read.push(one);
        one.then(resolve, reject);
      });
    }
  };
  await Promise.all(Array.from({ length: streams }, stream));
  await Promise.all(read);
}

/** Which request is next, for one thread: 0 to `count` - 1. */
export function countingUp(count: number): () => number | undefined {
  let next = 0;
  return () => (next < count ? next++ : undefined);
}

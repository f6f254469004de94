import { closedLoop, countingUp, openLoop } from "./pace.ts";
import type { Clock, InferenceClient, Load, LoadEnd, LoadWatch, Pacing } from "./ports.ts";

/** A load sent by the program's own thread: for clients that have no threads. */
export async function loadHere(
  { send }: Pick<InferenceClient, "send">,
  clock: Clock,
  { load, watch }: { readonly load: Load; readonly watch: LoadWatch },
): Promise<LoadEnd> {
  const { requests, originMs, streams } = load;
  const generations = requests.map(({ generation }) => generation);
  const stopWatching = clock.watchEventLoop?.();
  const pacing: Pacing = {
    ...{ clock, originMs, sending: watch.sending, onSent: watch.onSent },
    send: (index, onFree) => send(generations[index] as (typeof generations)[number], watch.inFlight, onFree),
  };
  if (streams !== undefined) await closedLoop(pacing, streams, countingUp(requests.length));
  else
    await openLoop(
      pacing,
      requests.map(({ atMs }, index) => ({ index, atMs: atMs ?? 0 })),
    );
  const eventLoopDelayP99Ms = stopWatching?.();
  return eventLoopDelayP99Ms === undefined ? {} : { eventLoopDelayP99Ms };
}

import { GateError } from "../core/model/gate-error.ts";

/**
 * Aborts on the first SIGINT, SIGTERM or SIGHUP (a terminal that was closed), so that servers are stopped and results
 * kept. A second one ends the process at once: the launcher's exit hook then kills what still runs.
 */
export function stopSignals(): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new GateError("config", `stopped by ${name}`));
  };
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of names) process.on(name, stop);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of names) process.off(name, stop);
    },
  };
}

import type { Progress } from "../../gate/ports.ts";
import { progressLine } from "./lines.ts";

/** Plain lines, for a log. A loading server is reported every ten seconds: silence looks like a hang. */
export function logProgress(write: (line: string) => void): Progress {
  let nextLoadingMs = 10_000;
  return {
    report: (event) => {
      if (event.kind === "boot") nextLoadingMs = 10_000;
      if (event.kind === "loading" && event.elapsedMs >= nextLoadingMs) {
        nextLoadingMs += 10_000;
        write(
          `  loading for ${Math.round(event.elapsedMs / 1000)} s${event.lastLogLine === undefined ? "" : `: ${event.lastLogLine}`}`,
        );
      }
      const line = progressLine(event);
      if (line !== undefined) write(line);
    },
  };
}

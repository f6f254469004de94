import type { Progress } from "../../gate/ports.ts";
import type { ProgressEvent } from "../../gate/progress-event.ts";
import { liveLine, progressLine } from "./lines.ts";

const CLEAR_LINE = "\r\u001b[2K";

/** The lines of the log, and below them one line that lives. */
export function terminalProgress(out: {
  write(text: string): unknown;
  readonly columns?: number | undefined;
}): Progress {
  let isLive = false;
  const clear = () => {
    if (isLive) out.write(CLEAR_LINE);
    isLive = false;
  };
  return {
    report: (event: ProgressEvent) => {
      const line = progressLine(event);
      const live = liveLine(event);
      if (line !== undefined || live !== undefined) clear();
      if (line !== undefined) out.write(`${printable(line)}\n`);
      if (live === undefined) return;
      out.write(printable(live).slice(0, (out.columns || 80) - 1));
      isLive = true;
    },
  };
}

/** Log lines of a server may hold control sequences; none of them may reach the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => (character === "\n" ? "\n" : " "));
}

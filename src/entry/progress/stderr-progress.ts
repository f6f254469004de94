import type { Progress } from "../../gate/ports.ts";
import { logProgress } from "./log-progress.ts";
import { printable, terminalProgress } from "./terminal-progress.ts";

/** Live on a terminal, plain lines in a log. */
export function stderrProgress(): Progress {
  return process.stderr.isTTY
    ? terminalProgress(process.stderr)
    : logProgress((line) => process.stderr.write(`${printable(line)}\n`));
}

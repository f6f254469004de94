/** How the end of a server is told: what it exited with, and its own last words. Pure text for errors of several rooms. */

/** Lines of the server's output shown in an error. */
const LAST_LINES = 20;

/** "exited with code 1", "was killed by SIGKILL (…)". */
export function exitText(exit: { readonly code: number | null; readonly signal: string | null }): string {
  if (exit.signal === "SIGKILL" || exit.code === 137) {
    return `was killed by SIGKILL (often the kernel, out of memory)`;
  }
  if (exit.signal !== null) return `was killed by ${exit.signal}`;
  return `exited with code ${exit.code ?? "unknown"}`;
}

/**
 * The last lines of a server's output as a block for an error message.
 *
 * Each line begins with a bar, so that no line of theirs can be read as a workflow command (`::error::`) of ours.
 */
export function lastLinesBlock(lines: readonly string[]): string {
  if (lines.length === 0) return "It printed nothing.";
  const shown = lines.slice(-LAST_LINES).map((line) => `  | ${line}`);
  return `Its last ${shown.length === 1 ? "line" : `${shown.length} lines`}:\n${shown.join("\n")}`;
}

/** "3.2 s" under a minute, "300 s" above: durations inside error messages. */
export function secondsText(durationMs: number): string {
  const seconds = durationMs / 1000;
  return `${seconds < 60 && !Number.isInteger(seconds) ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

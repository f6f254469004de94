import { withoutCommands } from "../adapters/github/command-guard.ts";
import { printable } from "./progress/terminal-progress.ts";

/**
 * One message to the user, on stderr.
 *
 * Names and server lines in it come from outside: they can neither steer the terminal nor, in a workflow step, give the
 * runner orders.
 */
export function say(text: string): void {
  process.stderr.write(`${withoutCommands(printable(text))}\n`);
}

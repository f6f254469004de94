/**
 * Keeps text from outside from giving the runner orders: both of its output streams are scanned for commands.
 *
 * The runner takes `::name::` where only white space stands before it on the line, and the older `##[name]` anywhere.
 * A zero-width space breaks either and cannot be seen in the log.
 */
export function withoutCommands(text: string): string {
  return text
    .replace(/(^|[\r\n\u0085\u2028\u2029])([\p{Z}\p{C}]*:)(?=:)/gu, "$1$2\u200b")
    .replaceAll("##[", "##\u200b[");
}

/** A writer of whole lines, so that no command can be put together from two calls. */
export function guardedWriter(write: (text: string) => void): (text: string) => void {
  return (text) => write(`${withoutCommands(text).replace(/\r?\n$/, "")}\n`);
}

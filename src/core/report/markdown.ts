/** Text from outside, made safe for GitHub's Markdown. Nothing of a user, server or branch reaches a report by another way. */

/** Long enough for any honest name or message, short enough that one cannot push the report out of the comment. */
const MAX_TEXT = 200;
const MAX_CODE_BLOCK = 4000;

/** Breaks GitHub's own linking without a visible mark; written as an entity so that it shows in the source. */
const BREAK = "&ZeroWidthSpace;";

/** Prose: one line, shown as the characters it is made of. Also right inside a table cell. */
export function md(text: string, maxLength = MAX_TEXT): string {
  return breakLinks(
    oneLine(text, maxLength)
      .replace(/&/g, "&amp;")
      .replace(/</g, "&lt;")
      .replace(/>/g, "&gt;")
      .replace(/\|/g, "&vert;")
      .replace(/[\\`*_~[\]$]/g, "\\$&")
      // Block markers matter only at the start of a line, which a caller may make of this text.
      .replace(/^[-+#=]/, "\\$&")
      .replace(/^(\d+)([.)])(?=\s|$)/, "$1\\$2"),
  );
}

/** A code span that keeps its spaces, so that a command can be copied; also right inside a table cell. */
export function code(text: string, maxLength = MAX_TEXT): string {
  const line = clipped(
    visible(text)
      .replace(/[\n\t]+/g, " ")
      .trim(),
    maxLength,
  );
  if (line === "") return "";
  // A pipe ends a table cell even in a span, and backticks end the span: only the HTML form can hold those.
  return /[`|]/.test(line) ? `<code>${md(line, maxLength)}</code>` : `\`${line}\``;
}

/** An address that the reader can follow and copy; whatever is none stays text. */
export function link(text: string, maxLength = MAX_TEXT): string {
  return text.length <= maxLength && /^https?:\/\/[^\s<>"'`\p{C}]+$/u.test(text) ? `<${text}>` : md(text, maxLength);
}

/** A fenced block that keeps its lines. The last lines stay where it is too long: that is where errors are. */
export function codeBlock(text: string, info = ""): string {
  const clean = visible(text.replace(/\r\n?/g, "\n")).replace(/\n+$/, "");
  const kept = clean.length <= MAX_CODE_BLOCK ? clean : `…${clean.slice(-MAX_CODE_BLOCK)}`;
  const longest = Math.max(2, ...[...kept.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${info}\n${kept}\n${fence}`;
}

/** @mentions, #123, GH-123, addresses and :emoji: stay text. */
function breakLinks(text: string): string {
  return text
    .replace(/@(?=\w)/g, `@${BREAK}`)
    .replace(/#(?=\d)/g, `#${BREAK}`)
    .replace(/(GH-)(?=\d)/gi, `$1${BREAK}`)
    .replace(/:\/\//g, `:${BREAK}//`)
    .replace(/(www)\./gi, `$1${BREAK}.`)
    .replace(/:(?=[\w+-]+:)/g, `:${BREAK}`);
}

function oneLine(text: string, maxLength: number): string {
  return clipped(visible(text).replace(/\s+/g, " ").trim(), maxLength);
}

function clipped(line: string, maxLength: number): string {
  const characters = [...line];
  if (characters.length <= maxLength) return line;
  const kept = characters.slice(0, maxLength - 1).join("");
  return `${kept.trimEnd()}…`;
}

/** Without terminal colours, control characters and marks that turn the writing direction. */
function visible(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}\[[0-9;?]*[A-Za-z]/gu, "").replace(/(?![\n\t])[\p{Cc}\p{Cf}]/gu, "");
}

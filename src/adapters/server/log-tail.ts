import { StringDecoder } from "node:string_decoder";

const KEPT_LINES = 200;
const LINE_CHARACTERS = 500;
/** Values shorter than this are too common to be struck out of a log ("1", "true"). */
const SHORTEST_SECRET = 6;

export interface LogTail {
  /** Takes what one of the two output streams wrote, cut anywhere, even inside a character. */
  write(stream: "stdout" | "stderr", bytes: Buffer): void;
  /** The last lines, oldest first, an unfinished line of each stream included. Safe to print. */
  lines(): readonly string[];
}

/** Keeps the end of a server's output: bounded in lines and in length, whatever the server prints. */
export function createLogTail(secrets: readonly string[] = []): LogTail {
  const finished: string[] = [];
  const open = { stdout: openLine(), stderr: openLine() };
  const hidden = secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
  const printed = (text: string) =>
    printableLine(hidden.reduce((line, secret) => line.replaceAll(secret, "***"), text));

  return {
    write(stream, bytes) {
      const [first = "", ...rest] = open[stream].decoder.write(bytes).split("\n");
      extend(open[stream], first);
      for (const text of rest) {
        finished.push(open[stream].text);
        open[stream].text = "";
        extend(open[stream], text);
      }
      finished.splice(0, finished.length - KEPT_LINES);
    },
    lines() {
      // Made printable only here: a server that logs much must not keep us from reading its answers.
      return [...finished, open.stdout.text, open.stderr.text].map(printed).filter((line) => line !== "");
    },
  };
}

interface OpenLine {
  readonly decoder: StringDecoder;
  text: string;
}

function openLine(): OpenLine {
  return { decoder: new StringDecoder("utf8"), text: "" };
}

/** A carriage return starts the line again, as progress bars do; room is left for colour codes that are dropped later. */
function extend(line: OpenLine, text: string): void {
  const written = line.text + text;
  const redrawn = written.replace(/\r+$/, "").lastIndexOf("\r");
  line.text = written.slice(redrawn + 1).slice(0, 4 * LINE_CHARACTERS);
}

/** One line of foreign text, safe on a terminal and in a workflow log: no escapes, no control characters, bounded. */
export function printableLine(text: string): string {
  const plain = text.replace(ESCAPE_SEQUENCES, "").trimEnd().replace(UNPRINTABLE, "\uFFFD").replaceAll("##[", "# #[");
  return plain.length <= LINE_CHARACTERS ? plain : `${plain.slice(0, LINE_CHARACTERS)}…`;
}

/** OSC (titles, links) up to its end, CSI (colours, cursor), then any other two-byte escape. */
const ESCAPE_SEQUENCES = new RegExp(
  ["\\u001b\\][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)", "[\\u001b\\u009b]\\[?[0-?]*[ -/]*[@-~]"].join("|"),
  "g",
);
/** C0 and C1 controls but the tab, line and paragraph separators, and the marks that turn the direction of text round. */
const UNPRINTABLE = /[^\P{Cc}\t]|[\u2028-\u202e\u2066-\u2069]/gu;

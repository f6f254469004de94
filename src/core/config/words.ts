export type Words =
  | { readonly ok: true; readonly words: readonly string[] }
  | { readonly ok: false; readonly message: string };

/**
 * Splits a command line into words as a POSIX shell does: blanks separate, single and double quotes and backslashes quote.
 *
 * What a shell would act on (expansion, operators, patterns, comments) is refused, never guessed: no shell runs, so it
 * would reach the server as plain text and mean something else than it says.
 */
export function splitWords(text: string): Words {
  const words: string[] = [];
  let word: string | undefined;
  let rest = text.replaceAll("\r\n", "\n").trimStart();
  while (rest.trim() !== "") {
    const piece = nextPiece(rest, word === undefined);
    if ("fault" in piece) return { ok: false, message: piece.fault };
    rest = rest.slice(piece.length);
    if (piece.kind === "text") word = (word ?? "") + piece.text;
    if (piece.kind !== "blank") continue;
    if (word !== undefined) words.push(word);
    word = undefined;
  }
  if (word !== undefined) words.push(word);
  return { ok: true, words };
}

/** One line that `splitWords` and any POSIX shell read back as these words. */
export function joinWords(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}

type Piece =
  | { readonly kind: "blank" | "nothing"; readonly length: number }
  | { readonly kind: "text"; readonly length: number; readonly text: string }
  | { readonly fault: string };

/** The next stretch of one kind: blanks, a quoted part, an escaped character, or plain characters. */
function nextPiece(rest: string, startsWord: boolean): Piece {
  const blank = /^[ \t]+/.exec(rest);
  if (blank) return { kind: "blank", length: blank[0].length };
  if (rest.startsWith("'")) return singleQuoted(rest);
  if (rest.startsWith('"')) return doubleQuoted(rest);
  if (rest.startsWith("\\")) return escaped(rest);
  if (startsWord && /^[~#]/.test(rest)) return { fault: whatAShellDoes(rest) };
  const plain = /^[^ \t\n'"\\$`|;&<>()*?[\0]+/.exec(rest);
  return plain ? { kind: "text", length: plain[0].length, text: plain[0] } : { fault: whatAShellDoes(rest) };
}

function singleQuoted(rest: string): Piece {
  const end = rest.indexOf("'", 1);
  if (end < 0) return { fault: "has a ' without its end; close the quote" };
  return nulFree({ kind: "text", length: end + 1, text: rest.slice(1, end) });
}

/** Within double quotes a backslash quotes only $ ` " \\ and the end of a line; before anything else it is itself. */
function doubleQuoted(rest: string): Piece {
  const whole = /^"((?:[^"\\$`]|\\[\s\S])*)"/.exec(rest);
  if (whole) {
    const text = (whole[1] ?? "").replace(/\\([$`"\\\n])/g, (_, character) => (character === "\n" ? "" : character));
    return nulFree({ kind: "text", length: whole[0].length, text });
  }
  const [, character] = /^"(?:[^"\\$`]|\\[\s\S])*([$`])/.exec(rest) ?? [];
  if (character === undefined) return { fault: 'has a " without its end; close the quote' };
  return {
    fault: `has ${character} in double quotes, where a shell would expand it; use single quotes to mean the character, or put the command in a script`,
  };
}

/** A backslash and the character it quotes; with the end of a line, nothing at all. */
function escaped(rest: string): Piece {
  const next = rest.charAt(1);
  if (next === "") return { fault: "ends with a backslash; remove it, or double it to mean the character" };
  if (next === "\n") return { kind: "nothing", length: 2 };
  return nulFree({ kind: "text", length: 2, text: next });
}

function nulFree(piece: { readonly kind: "text"; readonly length: number; readonly text: string }): Piece {
  return piece.text.includes("\0") ? { fault: whatAShellDoes("\0") } : piece;
}

function whatAShellDoes(rest: string): string {
  const character = rest.charAt(0);
  if (character === "\0") return "holds a NUL character; no command can";
  if (character === "\n")
    return "goes on after a line's end, which a shell reads as a second command; put the commands in a script, or end the line with a backslash";
  return `has an unquoted ${character}, which a shell would act on (${meaning(character)}); no shell runs here: quote it to mean the character, or put the command in a script`;
}

function meaning(character: string): string {
  if ("$`".includes(character)) return "expansion";
  if (character === "~") return "the home folder";
  if (character === "#") return "a comment";
  return "*?[".includes(character) ? "a file pattern" : "an operator";
}

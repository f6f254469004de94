import { execFileSync } from "node:child_process";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { joinWords, splitWords } from "../../../src/core/config/words.ts";

describe("a line is split as a POSIX shell splits it", () => {
  const lines = [
    "uv run python -m infer.server --model {{model}} {{args}}",
    "  two   blanks\tand a tab ",
    `--template 'it is'"\\"quoted\\""' together'`,
    "a\\ b \\'c\\' \\\\",
    `"a \\n stays" "back\\\\slash" "\\$5"`,
    `empty '' and "" words`,
    "'$HOME `id` * ; | & < > ( ) #'",
    "a=b x#y x~y {a,b} !x ]",
    "one\\\ntwo \\\n three",
    '"line\\\nend"',
  ];
  test.each(lines)("%j", (line) => {
    // The shell's own answer; brace expansion and ! are no part of sh.
    const printed = execFileSync("sh", ["-c", `printf '%s\\0' ${line}`], { encoding: "utf8" });
    expect(splitWords(line)).toEqual({ ok: true, words: printed.split("\0").slice(0, -1) });
  });
});

test("a line break at the end, as YAML's block text has it, is no second command", () => {
  expect(splitWords("serve --port 1\r\n")).toEqual({ ok: true, words: ["serve", "--port", "1"] });
  expect(splitWords(" \n ")).toEqual({ ok: true, words: [] });
});

test.each([
  ["$", "serve $MODEL"],
  ["`", "serve `cat model`"],
  ["|", "serve | tee log"],
  [";", "serve; rm -rf /"],
  ["&", "serve &"],
  ["<", "serve < file"],
  [">", "serve > log"],
  ["(", "(serve)"],
  ["*", "serve *.gguf"],
  ["?", "serve model?.gguf"],
  ["[", "serve [ab].gguf"],
  ["~", "serve ~/model.gguf"],
  ["#", "serve # with care"],
  ["goes on after a line's end", "serve\n--port 1"],
  ["$ in double quotes", 'serve "$MODEL"'],
  ["` in double quotes", 'serve "`id`"'],
  ["NUL", "serve '\0'"],
  ["' without its end", "serve 'it"],
  ['" without its end', 'serve "it \\"'],
  ["ends with a backslash", "serve \\"],
])("%s is refused, with what to do instead", (named, line) => {
  const split = splitWords(line);
  expect(split).toMatchObject({ ok: false, message: expect.stringContaining(named) });
  expect(split).toMatchObject({ message: expect.stringMatching(/script|close the quote|remove it|no command can/) });
});

test("whatever words are joined are split into the same words", () => {
  const word = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));
  fc.assert(
    fc.property(fc.array(word), (words) => {
      // A line's end is read as \n, however it was written.
      const expected = words.map((text) => text.replaceAll("\r\n", "\n"));
      expect(splitWords(joinWords(words))).toEqual({ ok: true, words: expected });
    }),
  );
});

test("plain words are joined without quotes", () => {
  expect(joinWords(["--batching-mode", "continuous", "--max=8", "a/b:c@d"])).toBe(
    "--batching-mode continuous --max=8 a/b:c@d",
  );
  expect(joinWords(["two words", "", "it's"])).toBe("'two words' '' 'it'\\''s'");
});

import { expect, test } from "@jest/globals";
import { createLogTail, printableLine } from "../../../src/adapters/server/log-tail.ts";

function tailOf(...chunks: readonly (string | Buffer)[]): readonly string[] {
  const tail = createLogTail();
  for (const chunk of chunks) tail.write("stdout", Buffer.from(chunk));
  return tail.lines();
}

test("lines are put together from chunks cut anywhere, an unfinished last line included", () => {
  expect(tailOf("load", "ing\nrea", "dy")).toEqual(["loading", "ready"]);
});

test("a character cut in two is whole again", () => {
  const bytes = Buffer.from("модель\n");
  expect(tailOf(bytes.subarray(0, 3), bytes.subarray(3))).toEqual(["модель"]);
});

test("unfinished lines of the two streams do not run into each other", () => {
  const tail = createLogTail();
  tail.write("stdout", Buffer.from("one "));
  tail.write("stderr", Buffer.from("error\n"));
  tail.write("stdout", Buffer.from("line\n"));
  expect(tail.lines()).toEqual(["error", "one line"]);
});

test("a progress bar keeps its last state only", () => {
  expect(tailOf("10%\r20%", "\r30%\r\nnext\r\n")).toEqual(["30%", "next"]);
});

test("only the last 200 lines are kept", () => {
  const lines = tailOf(Array.from({ length: 1000 }, (_, at) => `${at}\n`).join(""));
  expect(lines.length).toBe(200);
  expect(lines.at(-1)).toBe("999");
});

test("a line without an end stays bounded", () => {
  const tail = createLogTail();
  for (let times = 0; times < 100; times += 1) tail.write("stderr", Buffer.alloc(10_000, "x"));
  expect(tail.lines()[0]?.length).toBe(501);
});

test("binary output does no harm", () => {
  const bytes = Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 37) % 256));
  for (const line of tailOf(bytes)) expect(line.replaceAll("\t", " ")).toMatch(/^[^\p{Cc}]*$/u);
});

test("values of passed variables are struck out, short ones are not", () => {
  const tail = createLogTail(["hf_abcdef", "1"]);
  tail.write("stdout", Buffer.from("token hf_abcdef, gpu 1\n"));
  expect(tail.lines()).toEqual(["token ***, gpu 1"]);
});

test.each([
  ["colours", "\u001b[1;31mred\u001b[0m", "red"],
  ["a link", "\u001b]8;;http://x\u0007text\u001b]8;;\u0007", "text"],
  ["a bell and a null", "a\u0007b\u0000c", "a\uFFFDb\uFFFDc"],
  ["a line separator", "a\u2028::error::b", "a\uFFFD::error::b"],
  ["a turn of the text's direction", "a\u202eb", "a\uFFFDb"],
  ["an old workflow command", "##[set-env name=PATH]x", "# #[set-env name=PATH]x"],
])("%s cannot reach a terminal or a runner", (_what, text, shown) => {
  expect(printableLine(text)).toBe(shown);
});

import { describe, expect, test } from "@jest/globals";
import { guardedWriter, withoutCommands } from "../../../src/adapters/github/command-guard.ts";

/** How the runner finds commands: white space, then `::name`; or `##[name]` anywhere. Lines end at CR or LF. */
function commandsIn(output: string): readonly string[] {
  return output.split(/\r\n|\r|\n/).filter((line) => line.trimStart().startsWith("::") || line.includes("##["));
}

describe("text from outside gives the runner no orders", () => {
  test.each([
    ["::error::gotcha"],
    ["  \t::set-output name=verdict::pass"],
    ["model loaded\n::add-mask::a"],
    ["progress 10 %\r::stop-commands::x"],
    ["\u00a0\u3000::debug::x"],
    [":::warning::x"],
    ["##[command]rm"],
    ["text before ##[error]x"],
    ["\u200b::notice::x"],
  ])("%j", (text) => {
    expect(commandsIn(withoutCommands(text))).toEqual([]);
  });
});

test.each([["std::vector<int>"], ["http://[::1]:8000/health"], ["# heading"], ["done: 5/5"]])(
  "%j stays as it is",
  (text) => {
    expect(withoutCommands(text)).toBe(text);
  },
);

test("a command is not put together from two writes", () => {
  let output = "";
  const write = guardedWriter((text) => {
    output += text;
  });
  for (const part of [":", ":error::x", "#", "#[error]"]) write(part);
  expect(commandsIn(output)).toEqual([]);
});

test("every write is one line, with one end", () => {
  const written: string[] = [];
  const write = guardedWriter((text) => written.push(text));
  write("a");
  write("b\n");
  write("c\r\n");
  expect(written).toEqual(["a\n", "b\n", "c\n"]);
});

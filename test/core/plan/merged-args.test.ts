import { expect, test } from "@jest/globals";
import { splitWords } from "../../../src/core/config/words.ts";
import { mergedArgs } from "../../../src/core/plan/merged-args.ts";

const words = (line: string) => {
  const split = splitWords(line);
  return split.ok ? split.words : [];
};

test.each([
  ["lists follow each other", ["--a 1", "--b 2", "--c"], "--a 1 --b 2 --c"],
  [
    "a later flag takes the earlier one's place",
    ["--max-batch-size 8 --x 1", "--max-batch-size 16"],
    "--x 1 --max-batch-size 16",
  ],
  ["a flag goes with all its values", ["--range 1 2 --x", "--range 3 4"], "--x --range 3 4"],
  ["a negative number is a value", ["--seed -1 --x", "--seed -2"], "--x --seed -2"],
  ["--flag=value and --flag value are one flag", ["--a=1 --b 2", "--a 3 --b=4"], "--a 3 --b=4"],
  ["a short flag is a flag", ["-n 4 -v", "-n 8"], "-v -n 8"],
  ["a flag may repeat within one list", ["--lora a --lora b", "--x"], "--lora a --lora b --x"],
  ["and is replaced as a whole", ["--lora a --lora b", "--lora c"], "--lora c"],
  ["words before the first flag stay", ["model.gguf --a 1", "--a 2"], "model.gguf --a 2"],
  ["the last of three wins", ["--a 1", "--a 2", "--a 3"], "--a 3"],
  ["nothing over something is something", ["--a 1", ""], "--a 1"],
])("%s", (_rule, lists, expected) => {
  expect(mergedArgs(lists.map(words)).join(" ")).toBe(expected);
});

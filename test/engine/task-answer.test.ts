import { expect, test } from "@jest/globals";
import { askedNumber, digitsPrompt } from "../../src/core/workload/digits-task.ts";
import { answerTo } from "../../src/engine/task-answer.ts";

const requests = Array.from({ length: 500 }, (_, promptSeed) => ({ promptSeed }));
const firstWord = (prompt: string, isWrong: boolean) => answerTo(prompt, { isWrong })(0);

test("the engine turns number words into digits, and is wrong by one where it is told to be", () => {
  for (const request of requests) {
    const prompt = `<|user|>\n123\n\n${digitsPrompt(request)}\n<|assistant|>\n`;
    expect(firstWord(prompt, false)).toBe(`${askedNumber(request)}`);
    expect(firstWord(prompt, true)).toBe(`${askedNumber(request) + 1}`);
  }
});

test.each(["Tell me about paging.", "Convert the following sequence of words into a number: much of it. Print it."])(
  "anything else is answered with words: %s",
  (prompt) => {
    expect(firstWord(prompt, true)).toMatch(/^[a-z]+$/);
  },
);

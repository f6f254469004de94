import { describe, expect, test } from "@jest/globals";
import { askedNumber, digitsPrompt, isRightAnswer } from "../../../src/core/workload/digits-task.ts";
import { numberWords } from "../../../src/core/workload/number-words.ts";

test.each([
  [0, "zero"],
  [12, "twelve"],
  [40, "forty"],
  [99, "ninety-nine"],
  [100, "one hundred"],
  [507, "five hundred and seven"],
  [1000, "one thousand"],
  [1012, "one thousand and twelve"],
  [2341, "two thousand, three hundred and forty-one"],
  [10_000, "ten thousand"],
])("%d is read %s", (value, words) => {
  expect(numberWords(value)).toBe(words);
});

const requests = Array.from({ length: 200 }, (_, promptSeed) => ({ promptSeed }));

test("the number is the seed's, from 0 to 10,000, and the prompt asks for it as llmperf does", () => {
  const numbers = requests.map(askedNumber);
  expect(requests.map(askedNumber)).toEqual(numbers);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThanOrEqual(10_000);
  expect(new Set(numbers).size).toBeGreaterThan(180);
  const [first = { promptSeed: 0 }] = requests;
  expect(digitsPrompt(first)).toBe(
    `Convert the following sequence of words into a number: ${numberWords(askedNumber(first))}. Print the number first.`,
  );
});

describe("an answer", () => {
  const request = requests.find((one) => askedNumber(one) >= 1000) ?? { promptSeed: 0 };
  const number = `${askedNumber(request)}`;

  test.each([
    ["the number alone", number],
    ["the number and more of it", `${number}\n\nThe words say 1 and 2.`],
    ["a comma between thousands", `It is ${number.slice(0, -3)},${number.slice(-3)}.`],
    ["the number last", `First thousands, then ones: **${number}**`],
  ])("is right with %s", (_what, answer) => {
    expect(isRightAnswer(answer, request)).toBe(true);
  });

  test.each([
    ["nothing", ""],
    ["another number", `${Number(number) + 1}`],
    ["the number inside a longer one", `9${number}`],
    ["words", numberWords(Number(number))],
  ])("is wrong with %s", (_what, answer) => {
    expect(isRightAnswer(answer, request)).toBe(false);
  });
});

/** The correctness task: number words to digits. Its answer is known, so that every reply can be judged by itself. */
import type { ScheduledRequest } from "../model/workload.ts";
import { seededRandom } from "../stats/random.ts";
import { numberWords } from "./number-words.ts";

/** As llmperf draws them. */
const largestNumber = 10_000;

export function askedNumber({ promptSeed }: Pick<ScheduledRequest, "promptSeed">): number {
  return seededRandom(promptSeed, "asked number").int(0, largestNumber);
}

/** llmperf's wording. */
export function digitsPrompt(request: Pick<ScheduledRequest, "promptSeed">): string {
  const words = numberWords(askedNumber(request));
  return `Convert the following sequence of words into a number: ${words}. Print the number first.`;
}

/** The number stands in the answer as a number of its own; commas between its digits are no mistake. */
export function isRightAnswer(answer: string, request: Pick<ScheduledRequest, "promptSeed">): boolean {
  const numbers: readonly string[] = answer.replace(/(\d),(?=\d)/g, "$1").match(/\d+/g) ?? [];
  return numbers.includes(`${askedNumber(request)}`);
}

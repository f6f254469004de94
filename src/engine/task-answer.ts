/** The answer to a prompt: words of no meaning, but for the one task the engine can do, number words to digits. */
import { answerWords } from "./tokens.ts";

/** The words of the answer, one a token. A wrong one is wrong by one. */
export function answerTo(prompt: string, { isWrong }: { readonly isWrong: boolean }): (index: number) => string {
  const words = answerWords(prompt);
  const asked = /sequence of words into a number: ([a-z ,-]+)\. /.exec(prompt)?.[1];
  const number = asked === undefined ? Number.NaN : numberOf(asked);
  if (Number.isNaN(number)) return words;
  const digits = `${isWrong ? number + 1 : number}`;
  return (index) => (index === 0 ? digits : words(index));
}

const NAMED: Readonly<Record<string, number>> = {
  ...byPlace(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    1,
  ),
  ...byPlace("- ten twenty thirty forty fifty sixty seventy eighty ninety", 10),
};

function byPlace(words: string, step: number): Record<string, number> {
  return Object.fromEntries(words.split(" ").map((word, place) => [word, place * step]));
}

/** "two thousand, three hundred and forty-one" is 2341; NaN where a word is none of a number. */
function numberOf(text: string): number {
  let whole = 0;
  let part = 0;
  for (const word of text.split(/[ ,-]+/)) {
    if (word === "and") continue;
    if (word === "thousand") {
      whole += part * 1000;
      part = 0;
    } else if (word === "hundred") part *= 100;
    else part += NAMED[word] ?? Number.NaN;
  }
  return whole + part;
}

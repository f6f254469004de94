/** Numbers in English words, as llmperf's correctness test asks for them. */

const small =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/** A whole number from 0 to 999,999 as English reads it: "two thousand, three hundred and forty-one". */
export function numberWords(value: number): string {
  const thousands = Math.floor(value / 1000);
  const rest = value % 1000;
  if (thousands === 0) return underThousand(rest);
  const head = `${underThousand(thousands)} thousand`;
  if (rest === 0) return head;
  return `${head}${rest < 100 ? " and" : ","} ${underThousand(rest)}`;
}

function underThousand(value: number): string {
  const hundreds = Math.floor(value / 100);
  const rest = value % 100;
  if (hundreds === 0) return underHundred(rest);
  const head = `${small[hundreds]} hundred`;
  return rest === 0 ? head : `${head} and ${underHundred(rest)}`;
}

function underHundred(value: number): string {
  if (value < 20) return small[value] ?? "";
  const ones = value % 10;
  return ones === 0 ? (tens[value / 10] ?? "") : `${tens[Math.floor(value / 10)]}-${small[ones]}`;
}

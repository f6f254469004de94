/** The engine's stand-in for a tokenizer: four characters a token, and words for the answer. */
import { createHash } from "node:crypto";
import { BLOCK_TOKENS } from "./kv-cache.ts";

const CHARS_PER_TOKEN = 4;

export function countTokens(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}

/** A hash for each full block of tokens, chained so that equal hashes mean equal text from the beginning. */
export function prefixHashes(text: string): readonly string[] {
  const blockChars = BLOCK_TOKENS * CHARS_PER_TOKEN;
  const hashes: string[] = [];
  for (let end = blockChars; end <= text.length; end += blockChars) {
    const hash = createHash("sha1")
      .update(hashes.at(-1) ?? "")
      .update(text.slice(end - blockChars, end));
    hashes.push(hash.digest("base64"));
  }
  return hashes;
}

/** Plain words, so that they need no escaping in JSON. */
const WORDS =
  "the of and to in that is was for on with as it by at from are this be or had not but have one all were when we there can an more if out so said what up its about into than them only other new some could time two then do first any my now such like over our even most me after also made did many must".split(
    " ",
  );

/** The words of the answer, one a token: the same prompt gives the same answer. */
export function answerWords(prompt: string): (index: number) => string {
  const digest = createHash("sha1").update(prompt).digest();
  const start = digest.readUInt16BE(0);
  const stride = 2 * digest.readUInt8(2) + 1;
  return (index) => `${index === 0 ? "" : " "}${WORDS[(start + stride * index) % WORDS.length]}`;
}

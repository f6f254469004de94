import type { Schedule, ScheduledRequest, Workload } from "../model/workload.ts";
import { seededRandom } from "../stats/random.ts";
import { sentences } from "./corpus.ts";
import { digitsPrompt } from "./digits-task.ts";

export interface PromptWanted {
  readonly workload: Workload;
  readonly schedule: Pick<Schedule, "prefixSeed">;
  readonly request: ScheduledRequest;
  /** Decimal digits. Unique to the request, or, where a prefix is shared, to the trial; "" for none. */
  readonly nonce: string;
  /** What the server's tokenizer makes of the corpus; about 4. */
  readonly charsPerToken: number;
  /** What the server counts beside the text: its chat template, and a nonce of digits. Absent: nothing. */
  readonly overheadTokens?: number;
}

/**
 * The prompt of a request: the nonce, the shared prefix if any, prose, and what to do with it.
 *
 * The nonce comes first so that no prefix cache has seen the prompt. Its length is part of the tokens that were asked
 * for, and the whole is as long as they are at `charsPerToken`, to the character, less the overhead.
 */
export function promptText(wanted: PromptWanted): string {
  const { workload, schedule, request, nonce, charsPerToken, overheadTokens = 0 } = wanted;
  const heading = nonce === "" ? "" : `${nonce}\n\n`;
  if (workload.task === "digits") return heading + digitsPrompt(request);
  const lengthOf = (tokens: number, overhead = 0) => Math.round(promptTextTokens(tokens, overhead) * charsPerToken);
  const opening = request.promptSeed % sentences.length;
  if (workload.sharedPrefixTokens === undefined) {
    const length = lengthOf(request.promptTokens, overheadTokens) - heading.length;
    return heading + task({ seed: request.promptSeed, opening, length });
  }
  const ownLength = lengthOf(request.promptTokens);
  const prefixLength = lengthOf(workload.sharedPrefixTokens, overheadTokens) - heading.length;
  const prefix = prose({ seed: schedule.prefixSeed, length: prefixLength });
  return `${heading}${prefix}\n\n${task({ seed: request.promptSeed, opening, length: ownLength - 2 })}`;
}

/** What of the asked tokens is text. However long a chat template is, half of a prompt stays its own. */
export function promptTextTokens(promptTokens: number, overheadTokens: number): number {
  return Math.max(promptTokens - overheadTokens, promptTokens / 2);
}

/** A trial's nonce (8 digits or more) made unique to a request; the index leads, so that requests part at their first token. */
export function requestNonce(trialNonce: string, index: number): string {
  return `${String(index).padStart(5, "0").split("").reverse().join("")}${trialNonce}`;
}

const instruction = "\n\nContinue the text.";
/** Below this a prompt is prose alone: an instruction would crowd it out. */
const shortestWithInstruction = 3 * instruction.length;

interface ProseWanted {
  readonly seed: number;
  /** Index of the first sentence; drawn where absent. */
  readonly opening?: number;
  readonly length: number;
}

function task(wanted: ProseWanted): string {
  if (wanted.length < shortestWithInstruction) return prose(wanted);
  return prose({ ...wanted, length: wanted.length - instruction.length }) + instruction;
}

/** Sentences in the seed's order, none twice before all are used, cut to `length` characters (at least one). */
function prose({ seed, opening, length: wanted }: ProseWanted): string {
  const length = Math.max(1, wanted);
  const parts: string[] = [];
  let reached = -1;
  for (let lap = 0; reached < length; lap++) {
    for (const index of sentenceOrder(seed, lap, opening)) {
      const sentence = sentences[index] ?? "";
      parts.push(sentence);
      reached += 1 + sentence.length;
      if (reached >= length) break;
    }
  }
  return cutTo(parts.join(" "), length);
}

function sentenceOrder(seed: number, lap: number, opening: number | undefined): number[] {
  const order = seededRandom(seed, `sentences ${lap}`).shuffle(sentences.map((_, index) => index));
  return lap > 0 || opening === undefined ? order : [opening, ...order.filter((index) => index !== opening)];
}

/** Words that fill a rest of 1 to 16 characters, so that a text cut between words still has its exact length. */
const closingWords = [
  ...["a", "so", "and", "then", "again", "slowly", "quietly", "suddenly", "carefully", "eventually", "fortunately"],
  ...["occasionally", "unfortunately", "simultaneously", "straightforward", "incomprehensible"],
] as const;

/** Exactly `length` characters, whole words only; a single character left over is a full stop. */
function cutTo(text: string, length: number): string {
  if (text.length <= length) return text;
  const boundary = text.lastIndexOf(" ", length);
  if (boundary < 0) return closingWords[length - 1] ?? text.slice(0, length);
  const whole = text.slice(0, boundary);
  const rest = length - boundary;
  if (rest === 0) return whole;
  if (rest === 1) return `${whole}.`;
  return `${whole} ${closingWords[rest - 2] ?? ""}`;
}

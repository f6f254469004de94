/** The failures the engine can be told to show, decided request by request. */
import type { Answer } from "./answer.ts";
import type { EngineOptions } from "./options.ts";
import { uniformStream } from "./random.ts";

/** `refuse`: HTTP 500. `stall`: nothing after the first token. `crash`: the process dies in the middle of the answer. */
export type Fault = "none" | "refuse" | "stall" | "crash";

/** Which fault each valid request meets, in the order they come. Refused ones do not count as accepted. */
export function faultPlan(options: EngineOptions): () => Fault {
  const { errorRate, crashAfter, stallAfter = Number.POSITIVE_INFINITY } = options;
  const uniform = uniformStream(options.seed);
  let accepted = 0;
  return () => {
    if (uniform() < errorRate) return "refuse";
    accepted += 1;
    if (accepted === crashAfter) return "crash";
    return accepted >= stallAfter ? "stall" : "none";
  };
}

/** Whether each accepted request is answered wrongly, where its answer can be right. Its own dice: the other faults stay. */
export function mistakePlan({ mismatchRate, seed }: EngineOptions): () => boolean {
  const uniform = uniformStream(seed + 1);
  return () => uniform() < mismatchRate;
}

/** Tokens of the answer that are sent before a crash, where it has more. */
const TOKENS_BEFORE_CRASH = 3;

export function faultyAnswer(answer: Answer, fault: Fault, ofTokens: { maxTokens: number; crash: () => void }): Answer {
  let count = 0;
  const lastBeforeCrash = Math.min(TOKENS_BEFORE_CRASH, ofTokens.maxTokens - 1);
  const addToken = (): void => {
    count += 1;
    if (fault === "crash" && count > lastBeforeCrash) ofTokens.crash();
    else if (fault !== "stall" || count === 1) answer.addToken();
  };
  return fault === "none" ? answer : { addToken };
}

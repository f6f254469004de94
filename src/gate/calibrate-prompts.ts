/** How many characters the server's tokenizer makes a token of, and what it counts beside, measured on the server itself. */
import type { RequestFailure } from "../core/model/trace.ts";
import type { Workload } from "../core/model/workload.ts";
import { promptText } from "../core/workload/prompt.ts";
import type { Exchange, GenerationRequest, InferenceClient } from "./ports.ts";

export interface Calibration {
  readonly client: InferenceClient;
  readonly model: string;
  readonly signal: AbortSignal;
}

export interface Calibrated {
  readonly charsPerToken: number;
  /** Counted beside a prompt's text, whatever its length: the chat template, and digits that are tokens of their own. */
  readonly overheadTokens: number;
  readonly warnings: readonly string[];
  /** Why the server did not answer the last calibration request; absent where it did. */
  readonly failure?: RequestFailure;
}

/** English prose in most tokenizers. */
const assumedCharsPerToken = 4;

/** Beyond these a count is of something else than the prompt. */
const sane = { low: 1, high: 10 } as const;

/** More digits would be the two prompts' own words; `verifyPrompts` corrects for those of a workload. */
const step = 0.05;

/**
 * Two prompts of the corpus, one after the other: the slope of their token counts is the text's, and what is counted beside
 * it is the same for both. Their nonces are as long as those of a workload, and the same in every run. They are also the first requests the server gets, in which the client finds out how it wants to be asked.
 *
 * Rejects only when cancelled: a server that cannot be calibrated on is measured with 4 characters a token.
 */
export async function calibratePrompts({ client, model, signal }: Calibration): Promise<Calibrated> {
  const points: Point[] = [];
  for (const [index, tokens] of promptLengths.entries()) {
    const prompt = calibrationPrompt(tokens, index);
    const exchange = await askUntilAnswered({ client, model, signal }, calibrationRequest(model, prompt));
    if (exchange.outcome === "error") return { ...assumed(whyFailed(exchange.error)), failure: exchange.error };
    if (exchange.promptTokens === undefined) return assumed("the server does not report prompt_tokens");
    points.push({ chars: prompt.length, tokens: exchange.promptTokens });
  }
  const charsPerToken = slope(points);
  if (charsPerToken === undefined || charsPerToken < sane.low || charsPerToken > sane.high) {
    const counts = points.map(({ chars, tokens }) => `${tokens} tokens for ${chars} characters`).join(", ");
    return assumed(`the server counts ${counts}`);
  }
  const rounded = Math.round(charsPerToken / step) / (1 / step);
  return { charsPerToken: rounded, overheadTokens: overhead(points, rounded), warnings: [] };
}

/** The long one fits a context of 512 with template and answer, in tokenizers of 3.5 characters and more. */
const promptLengths = [64, 384] as const;

/** Digits as they come: some tokenizers have tokens of their own for round numbers. */
const nonces = ["38472961058372615", "71920583746501928"] as const;

const workload: Workload = {
  name: "calibration",
  title: "Calibration",
  purpose: "Characters per token",
  requests: 2,
  warmup: 0,
  seed: 1,
  promptTokens: { kind: "fixed", tokens: 1 },
  outputTokens: { kind: "fixed", tokens: 1 },
  arrivals: { process: "sequential" },
  sampling: {},
  purposeMetrics: [],
};

function calibrationPrompt(promptTokens: number, index: number): string {
  return promptText({
    workload,
    schedule: { prefixSeed: 0 },
    request: { promptTokens, outputTokens: answerTokens, promptSeed: index },
    nonce: nonces[index] ?? "",
    charsPerToken: assumedCharsPerToken,
  });
}

/** Some servers stream nothing for a single token that is half a character. */
const answerTokens = 4;

export function calibrationRequest(model: string, prompt: string): GenerationRequest {
  return { model, prompt, maxTokens: answerTokens, sampling: {}, exactLength: true };
}

/** A server that fails one request in ten shall not be asked other lengths than it was the last time. */
const attempts = 3;

/** What the server answered, or its last failure; a refusal (4xx) would be the same again, a time-out as long. */
export async function askUntilAnswered({ client, signal }: Calibration, request: GenerationRequest): Promise<Exchange> {
  for (let attempt = 1; ; attempt++) {
    const exchange = await client.send(request, signal);
    signal.throwIfAborted();
    if (exchange.outcome === "ok" || attempt === attempts || isFinal(exchange.error)) return exchange;
  }
}

function isFinal({ kind, status = 0 }: RequestFailure): boolean {
  return kind === "timeout" || (kind === "http" && status >= 400 && status < 500 && status !== 429);
}

export function whyFailed({ kind, status, message }: RequestFailure): string {
  return `a calibration request failed (${[kind, status, message].filter((part) => part !== undefined).join(" ")})`;
}

interface Point {
  readonly chars: number;
  readonly tokens: number;
}

/** Characters per token between the two; undefined where the longer prompt has no more tokens. */
function slope([short, long]: readonly Point[]): number | undefined {
  if (short === undefined || long === undefined || long.tokens <= short.tokens) return undefined;
  return (long.chars - short.chars) / (long.tokens - short.tokens);
}

/** Whole tokens, the mean of both; a text that reads thinner than most shows as less than none. */
function overhead(points: readonly Point[], charsPerToken: number): number {
  const beside = points.map(({ chars, tokens }) => tokens - chars / charsPerToken);
  return Math.max(0, Math.round(beside.reduce((sum, tokens) => sum + tokens, 0) / beside.length));
}

function assumed(why: string): Calibrated {
  return {
    charsPerToken: assumedCharsPerToken,
    overheadTokens: 0,
    warnings: [`prompt lengths are not calibrated: ${why}; ${assumedCharsPerToken} characters a token are assumed`],
  };
}

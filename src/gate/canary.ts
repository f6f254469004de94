/** Whether a server that counts no hits has a prefix cache at all, and whether its reset empties it: asked of itself. */
import type { Workload } from "../core/model/workload.ts";
import { promptText, requestNonce } from "../core/workload/prompt.ts";
import type { GenerationRequest, InferenceClient } from "./ports.ts";

export interface CanaryRun {
  readonly client: InferenceClient;
  readonly signal: AbortSignal;
  readonly model: string;
  readonly workload: Workload;
  /** The trial's. */
  readonly nonce: string;
  readonly charsPerToken: number;
}

export interface Canary {
  /** The second of two equal prompts was found in the cache. */
  readonly hasCache: boolean;
  /** Whether a third, after a reset, is found there still. */
  survives(): Promise<boolean>;
}

/** Long enough for blocks of any size, short enough for every context. */
const promptTokens = 256;
const answerTokens = 4;
/** No request of a workload has it. */
const nonceIndex = 99_999;

/** Two short requests, where the first tells how much of it was cached; one where it does not. */
export async function sendCanary({ client, signal, ...run }: CanaryRun): Promise<Canary> {
  const request = canaryRequest(run);
  const cached = async (): Promise<number | undefined> => {
    const exchange = await client.send(request, signal);
    signal.throwIfAborted();
    return exchange.outcome === "ok" ? exchange.cachedTokens : undefined;
  };
  const first = await cached();
  const second = first === undefined ? undefined : await cached();
  const hasCache = second !== undefined && second > 0;
  return { hasCache, survives: async () => hasCache && 2 * ((await cached()) ?? 0) > second };
}

function canaryRequest(run: Omit<CanaryRun, "client" | "signal">): GenerationRequest {
  const { sharedPrefixTokens: _, ...workload } = run.workload;
  const request = { promptTokens, outputTokens: answerTokens, promptSeed: 0 };
  const nonce = requestNonce(run.nonce, nonceIndex);
  const prompt = promptText({
    workload,
    schedule: { prefixSeed: 0 },
    request,
    nonce,
    charsPerToken: run.charsPerToken,
  });
  return { model: run.model, prompt, maxTokens: answerTokens, sampling: {}, exactLength: true };
}

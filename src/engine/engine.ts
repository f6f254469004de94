/** The engine behind the HTTP server: takes requests, runs them on the simulated GPU, answers. */
import type { ServerResponse } from "node:http";
import { type Answer, streamedAnswer, wholeAnswer } from "./answer.ts";
import { sendError } from "./api-error.ts";
import type { CompletionRequest } from "./completion-request.ts";
import { EngineLoop } from "./engine-loop.ts";
import { faultPlan, faultyAnswer, mistakePlan } from "./faults.ts";
import type { KvCache } from "./kv-cache.ts";
import type { EngineOptions } from "./options.ts";
import type { Scheduler } from "./scheduler.ts";
import { newSequence, type Sequence } from "./sequence.ts";
import { newSimulation } from "./simulation.ts";
import { answerTo } from "./task-answer.ts";
import { prefixHashes } from "./tokens.ts";

/** Counted since the start. */
export interface EngineTotals {
  promptTokens: number;
  generationTokens: number;
  prefixQueryTokens: number;
  prefixHitTokens: number;
  /** Answered to their end, or left by their client. */
  requests: number;
}

export class Engine {
  readonly totals: EngineTotals = {
    promptTokens: 0,
    generationTokens: 0,
    prefixQueryTokens: 0,
    prefixHitTokens: 0,
    requests: 0,
  };
  readonly #options: EngineOptions;
  readonly #crash: () => void;
  readonly #scheduler: Scheduler;
  readonly #kvCache: KvCache;
  readonly #loop: EngineLoop;
  readonly #nextFault: () => ReturnType<ReturnType<typeof faultPlan>>;
  readonly #isNextWrong: () => boolean;
  readonly #answers = new Map<Sequence, Answer>();
  #lastId = 0;

  constructor(options: EngineOptions, crash: () => void) {
    this.#options = options;
    this.#crash = crash;
    this.#nextFault = faultPlan(options);
    this.#isNextWrong = mistakePlan(options);
    ({ scheduler: this.#scheduler, kvCache: this.#kvCache } = newSimulation(options));
    this.#loop = new EngineLoop(this.#scheduler, (served) => this.#answerAll(served));
  }

  get gauges(): { running: number; waiting: number; preemptions: number; kvUsage: number } {
    return { ...this.#scheduler.counts, kvUsage: this.#kvCache.usage };
  }

  /** Answers when the GPU gets there; a client that leaves frees its place. */
  accept(request: CompletionRequest, response: ServerResponse): void {
    const fault = this.#nextFault();
    if (fault === "refuse") {
      sendError(response, { status: 500, type: "InternalServerError", message: "Failed on purpose (--error-rate)." });
      return;
    }
    const { promptTokens, maxTokens, prompt, kind, stream } = request;
    const { model, prefixCaching } = this.#options;
    const blockHashes = prefixCaching ? prefixHashes(prompt) : [];
    const sequence = newSequence({ promptTokens, maxTokens, blockHashes, arrivedAtMs: performance.now() });
    this.#lastId += 1;
    const answer = (stream ? streamedAnswer : wholeAnswer)(response, {
      id: `${kind === "chat" ? "chatcmpl" : "cmpl"}-${this.#lastId}`,
      model,
      createdAt: Math.floor(Date.now() / 1000),
      request,
      word: answerTo(prompt, { isWrong: this.#isNextWrong() }),
      cachedTokens: () => (prefixCaching ? (sequence.cachedTokens ?? 0) : undefined),
    });
    this.#answers.set(sequence, faultyAnswer(answer, fault, { maxTokens, crash: this.#crash }));
    response.on("close", () => this.#leave(sequence));
    this.#loop.submit(sequence);
  }

  /** False while requests run or wait: their prompts are in use. */
  resetPrefixCache(): boolean {
    const { running, waiting } = this.#scheduler.counts;
    if (running + waiting > 0) return false;
    this.#kvCache.forgetPrompts();
    return true;
  }

  stop(): void {
    this.#loop.stop();
  }

  #answerAll(served: readonly Sequence[]): void {
    for (const sequence of served) {
      this.#count(sequence);
      this.#answers.get(sequence)?.addToken();
    }
  }

  #leave(sequence: Sequence): void {
    this.totals.requests += 1;
    this.#answers.delete(sequence);
    this.#scheduler.cancel(sequence);
  }

  #count({ generatedTokens, promptTokens, cachedTokens = 0 }: Sequence): void {
    this.totals.generationTokens += 1;
    if (generatedTokens > 1) return;
    this.totals.promptTokens += promptTokens;
    if (!this.#options.prefixCaching) return;
    this.totals.prefixQueryTokens += promptTokens;
    this.totals.prefixHitTokens += cachedTokens;
  }
}

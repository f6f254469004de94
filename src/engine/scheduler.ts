/** Decides what each step of the GPU computes. A pure step machine: it is told the time and never waits. */
import type { StepWork } from "./gpu.ts";
import type { KvCache } from "./kv-cache.ts";
import { isPrefilling, type Sequence, totalTokens } from "./sequence.ts";

export interface SchedulerSettings {
  readonly batching: "static" | "continuous";
  readonly maxBatchSize: number;
  /** Tokens one step may prefill where prompts are not cut: one prompt of full length always fits. */
  readonly maxModelLen: number;
  readonly chunkedPrefill: boolean;
  /** How long static batching waits for a full batch. */
  readonly batchWaitMs: number;
}

/** With chunked prefill: tokens of one step, decoding and prefill together. */
const CHUNKED_STEP_TOKENS = 256;

export interface Step {
  readonly decodes: readonly Sequence[];
  readonly prefills: readonly { readonly sequence: Sequence; readonly tokens: number }[];
  readonly durationMs: number;
}

export type Next =
  | { readonly kind: "step"; readonly step: Step }
  /** Nothing to compute before this moment, unless another sequence comes. */
  | { readonly kind: "wait"; readonly untilMs: number }
  | { readonly kind: "idle" };

export interface SchedulerParts {
  readonly kvCache: KvCache;
  readonly stepMs: (work: StepWork) => number;
}

export class Scheduler {
  readonly #settings: SchedulerSettings;
  readonly #parts: SchedulerParts;
  /** First come, first served; preempted sequences stand in front. */
  readonly #waiting: Sequence[] = [];
  /** In the order of admission. */
  readonly #running = new Set<Sequence>();
  #preemptions = 0;

  constructor(settings: SchedulerSettings, parts: SchedulerParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  get counts(): { running: number; waiting: number; preemptions: number } {
    return { running: this.#running.size, waiting: this.#waiting.length, preemptions: this.#preemptions };
  }

  submit(sequence: Sequence): void {
    this.#waiting.push(sequence);
  }

  /** Forgets a sequence whose client has gone, also in the middle of a step. */
  cancel(sequence: Sequence): void {
    const index = this.#waiting.indexOf(sequence);
    if (index >= 0) this.#waiting.splice(index, 1);
    else this.#retire(sequence);
  }

  /** The step that starts at this moment, after the last complete one. Asked again, it holds those who came since as well. */
  nextStep(nowMs: number): Next {
    const waitUntilMs = this.#waitUntilMs();
    if (waitUntilMs > nowMs) return { kind: "wait", untilMs: waitUntilMs };
    const { decodes, prefills } = this.#settings.chunkedPrefill ? this.#mixedWork() : this.#separateWork();
    if (decodes.length === 0 && prefills.length === 0) return { kind: "idle" };
    return { kind: "step", step: { decodes, prefills, durationMs: this.#parts.stepMs(workOf(decodes, prefills)) } };
  }

  /** Books what the step computed and returns the sequences that got a token; those with all theirs have left. */
  complete(step: Step): readonly Sequence[] {
    const computed = [...step.decodes.map((sequence) => ({ sequence, tokens: 1 })), ...step.prefills];
    const served: Sequence[] = [];
    for (const { sequence, tokens } of computed) {
      if (!this.#running.has(sequence)) continue;
      sequence.computedTokens += tokens;
      this.#parts.kvCache.share(sequence);
      if (sequence.computedTokens < totalTokens(sequence)) continue;
      sequence.generatedTokens += 1;
      served.push(sequence);
      if (sequence.generatedTokens >= sequence.maxTokens) this.#retire(sequence);
    }
    return served;
  }

  #retire(sequence: Sequence): void {
    if (this.#running.delete(sequence)) this.#parts.kvCache.release(sequence);
  }

  /** Until when static batching holds an incomplete batch back; the past where nothing is held back. */
  #waitUntilMs(): number {
    const { batching, maxBatchSize, batchWaitMs } = this.#settings;
    const [oldest] = this.#waiting;
    if (batching === "continuous" || this.#running.size > 0 || !oldest) return Number.NEGATIVE_INFINITY;
    return this.#waiting.length >= maxBatchSize ? Number.NEGATIVE_INFINITY : oldest.arrivedAtMs + batchWaitMs;
  }

  /** Whole prompts first, in a step of their own: decoding stands still meanwhile. */
  #separateWork(): Pick<Step, "decodes" | "prefills"> {
    this.#admit();
    const prefills = this.#prefills(this.#settings.maxModelLen, (missing, budget) => (missing <= budget ? missing : 0));
    return prefills.length > 0 ? { decodes: [], prefills } : { decodes: this.#decodes(), prefills };
  }

  /** Decoding goes on in every step; prompts get what is left of its tokens. */
  #mixedWork(): Pick<Step, "decodes" | "prefills"> {
    const preemptionsBefore = this.#preemptions;
    const decodes = this.#decodes();
    if (this.#preemptions === preemptionsBefore) this.#admit();
    return { decodes, prefills: this.#prefills(CHUNKED_STEP_TOKENS - decodes.length, Math.min) };
  }

  /** Static batching fills an empty batch only; continuous batching fills up before every step. */
  #admit(): void {
    if (this.#settings.batching === "static" && this.#running.size > 0) return;
    for (
      let next = this.#waiting[0];
      next && this.#running.size < this.#settings.maxBatchSize;
      next = this.#waiting[0]
    ) {
      const cachedTokens = this.#parts.kvCache.admit(next);
      if (cachedTokens === undefined) return;
      next.computedTokens = cachedTokens;
      next.cachedTokens ??= cachedTokens;
      this.#running.add(next);
      this.#waiting.shift();
    }
  }

  #prefills(stepTokens: number, share: (missing: number, budget: number) => number): Step["prefills"] {
    const prefills: { sequence: Sequence; tokens: number }[] = [];
    let budget = stepTokens;
    for (const sequence of this.#running) {
      if (!isPrefilling(sequence)) continue;
      const tokens = share(totalTokens(sequence) - sequence.computedTokens, budget);
      if (tokens <= 0) break;
      prefills.push({ sequence, tokens });
      budget -= tokens;
    }
    return prefills;
  }

  /** Every sequence that has its prompt, as far as the KV cache has room for one more token of each. */
  #decodes(): readonly Sequence[] {
    for (const sequence of [...this.#running].filter((running) => !isPrefilling(running))) {
      while (this.#running.has(sequence) && !this.#parts.kvCache.extend(sequence)) this.#preemptNewest();
    }
    return [...this.#running].filter((running) => !isPrefilling(running));
  }

  /** The newest loses its KV and is computed again later: it has the least to lose. */
  #preemptNewest(): void {
    const newest = [...this.#running].at(-1);
    if (!newest) return;
    this.#retire(newest);
    newest.computedTokens = 0;
    this.#waiting.unshift(newest);
    this.#preemptions += 1;
  }
}

function workOf(decodes: Step["decodes"], prefills: Step["prefills"]): StepWork {
  return {
    decodingSequences: decodes.length,
    decodeKvTokens: decodes.reduce((sum, sequence) => sum + totalTokens(sequence), 0),
    prefillTokens: prefills.reduce((sum, { tokens }) => sum + tokens, 0),
    prefillKvTokens: prefills.reduce((sum, { sequence }) => sum + sequence.computedTokens, 0),
  };
}

/**
 * Continuous batching on llama.cpp: one context, one sequence a request, one step for all of them at a time.
 *
 * A step decodes one token of every answer under way and fills what is left of the batch with prompts, first come
 * first served. It ends for all at once, so what a client sees is the pace of real llama.cpp batches.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { getLlama } from "node-llama-cpp";

/** Tokens in one step, and so the largest piece of a prompt that decoding answers wait for. */
const BATCH_TOKENS = 512;

/** One: llama.cpp's threads spin while they wait for each other, and the load generator shares the cores. */
const THREADS = 1;

const GREEDY = { generateNext: { token: true, options: { temperature: 0 } } };

/** Loads the model file. Each of the `parallel` sequences gets the whole context the model was made for. */
export async function loadEngine({ modelPath, parallel, slowDecodeMs }) {
  // `build` and `skipDownload` keep it to the binary from the npm package: nothing is fetched or compiled.
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, progressLogs: false, maxThreads: 0 });
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({
    sequences: parallel,
    contextSize: model.trainContextSize,
    batchSize: BATCH_TOKENS,
    threads: THREADS,
  });
  return new Engine({ llama, model, context, slowDecodeMs });
}

class Engine {
  #llama;
  #model;
  #slowDecodeMs;
  #free;
  #waiting = [];
  #running = [];
  #stepping = false;
  #closed = false;
  #totals = { steps: 0, busySlots: 0, promptTokens: 0, outputTokens: 0 };

  constructor({ llama, model, context, slowDecodeMs }) {
    this.#llama = llama;
    this.#model = model;
    this.#slowDecodeMs = slowDecodeMs;
    this.totalSlots = context.totalSequences;
    this.contextSize = context.contextSize;
    this.trainContextSize = model.trainContextSize;
    this.#free = Array.from({ length: context.totalSequences }, () => context.getSequence());
  }

  /** What the model reads: the text after a beginning-of-sequence token. Text that looks like a special token stays text. */
  tokenize(text) {
    const { bos, shouldPrependBosToken } = this.#model.tokens;
    const tokens = this.#model.tokenize(text);
    return shouldPrependBosToken ? [bos, ...tokens] : tokens;
  }

  /**
   * Answers one prompt, waiting its turn for a free sequence. `onText` gets the text of each token when its step ends.
   * Resolves to why the answer ended: "length", "stop" or "aborted". Prompt and answer must fit `contextSize`.
   */
  generate({ prompt, maxTokens, ignoreEos, onText, signal }) {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error("the engine is closed"));
      const unread = [...prompt];
      this.#waiting.push({ unread, written: 0, maxTokens, ignoreEos, onText, signal, resolve, reject });
      if (!this.#stepping) void this.#run();
    });
  }

  /** Counts since the model was loaded, and what is under way. */
  stats() {
    return { ...this.#totals, running: this.#running.length, waiting: this.#waiting.length };
  }

  /** Gives up every answer and unloads the model once the step under way has ended. */
  async close() {
    this.#closed = true;
    while (this.#stepping) await sleep(1);
    await this.#llama.dispose();
  }

  async #run() {
    this.#stepping = true;
    while (this.#running.length > 0 || this.#waiting.length > 0) {
      await this.#admit();
      try {
        if (this.#running.length > 0) await this.#step();
      } catch (error) {
        for (const answer of [...this.#running]) await this.#release(answer, () => answer.reject(error));
      }
    }
    this.#stepping = false;
  }

  /** Drops what nobody waits for any more, then gives free sequences to those that have waited longest. */
  async #admit() {
    for (const answer of [...this.#running]) {
      if (this.#isGivenUp(answer)) await this.#release(answer, () => answer.resolve("aborted"));
    }
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((answer) => !this.#isGivenUp(answer));
    for (const answer of waiting) if (this.#isGivenUp(answer)) answer.resolve("aborted");
    while (this.#free.length > 0 && this.#waiting.length > 0) {
      this.#running.push({ ...this.#waiting.shift(), sequence: this.#free.shift() });
    }
  }

  #isGivenUp(answer) {
    return this.#closed || answer.signal.aborted;
  }

  async #step() {
    const decoding = this.#running.filter(({ unread }) => unread.length === 1);
    const reading = this.#running.filter(({ unread }) => unread.length > 1);
    const isDecodeStep = decoding.some(({ written }) => written > 0);
    let room = BATCH_TOKENS;
    const work = [];
    for (const answer of [...decoding, ...reading]) {
      const tokens = answer.unread.splice(0, room);
      if (tokens.length === 0) break;
      room -= tokens.length;
      work.push({ answer, tokens });
    }
    this.#count(work);
    const next = await Promise.all(work.map((piece) => evaluate(piece)));
    if (isDecodeStep && this.#slowDecodeMs > 0) await sleep(this.#slowDecodeMs);
    for (const [index, { answer }] of work.entries()) {
      if (next[index] !== undefined) await this.#accept(answer, next[index]);
    }
  }

  #count(work) {
    this.#totals.steps += 1;
    this.#totals.busySlots += work.length;
    for (const { answer, tokens } of work) {
      if (answer.written === 0) this.#totals.promptTokens += tokens.length;
      if (answer.unread.length === 0) this.#totals.outputTokens += 1;
    }
  }

  async #accept(answer, token) {
    if (this.#isGivenUp(answer)) return;
    if (this.#model.isEogToken(token) && !answer.ignoreEos) {
      return this.#release(answer, () => answer.resolve("stop"));
    }
    answer.written += 1;
    answer.unread.push(token);
    answer.onText(this.#model.detokenize([token], true));
    if (answer.written === answer.maxTokens) await this.#release(answer, () => answer.resolve("length"));
  }

  async #release(answer, settle) {
    this.#running.splice(this.#running.indexOf(answer), 1);
    settle();
    await answer.sequence.clearHistory();
    this.#free.push(answer.sequence);
  }
}

/** The token that follows, once the whole prompt has been read. */
async function evaluate({ answer, tokens }) {
  if (answer.unread.length > 0) {
    await answer.sequence.controlledEvaluate(tokens);
    return undefined;
  }
  const results = await answer.sequence.controlledEvaluate([...tokens.slice(0, -1), [tokens.at(-1), GREEDY]]);
  return results.at(-1).next.token;
}

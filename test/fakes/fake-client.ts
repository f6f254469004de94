/** A client whose server answers as the test says, on the test's clock. */
import type { RequestFailure } from "../../src/core/model/trace.ts";
import type { Clock, Exchange, GenerationRequest, InferenceClient, PreparedWork } from "../../src/gate/ports.ts";

/** One answer: how long its sending and its tokens take. */
export interface FakeAnswer {
  /** From being asked to sending, ms. */
  readonly lateMs?: number;
  readonly ttftMs?: number;
  readonly itlMs?: number;
  /** Default: what was asked for. */
  readonly outputTokens?: number;
  readonly more?: Partial<Extract<Exchange, { outcome: "ok" }>>;
  /** Fails so, `ttftMs` after sending. */
  readonly error?: RequestFailure;
}

export interface FakeClient extends InferenceClient {
  /** What was asked, in order, with the clock's time. */
  readonly asked: readonly { readonly request: GenerationRequest; readonly atMs: number }[];
  readonly prepared: readonly PreparedWork[];
  /** Largest number of requests open together. */
  mostInFlight(): number;
}

export function fakeClient(
  clock: Clock,
  answer: (request: GenerationRequest, index: number) => FakeAnswer = () => ({}),
  notes: readonly string[] = [],
): FakeClient {
  const asked: { request: GenerationRequest; atMs: number }[] = [];
  const prepared: PreparedWork[] = [];
  let inFlight = 0;
  let most = 0;
  const send = async (request: GenerationRequest, signal: AbortSignal): Promise<Exchange> => {
    const atMs = clock.nowMs();
    const { lateMs = 0, ttftMs = 10, itlMs = 5, error, more, ...given } = answer(request, asked.length);
    asked.push({ request, atMs });
    inFlight += 1;
    most = Math.max(most, inFlight);
    const outputTokens = given.outputTokens ?? request.maxTokens;
    const sentMs = atMs + lateMs;
    const firstTokenMs = sentMs + ttftMs;
    const lastTokenMs = firstTokenMs + itlMs * (outputTokens - 1);
    const isCancelled = await clock.sleepUntil(error === undefined ? lastTokenMs : firstTokenMs, signal).then(
      () => false,
      () => true,
    );
    inFlight -= 1;
    const endMs = clock.nowMs();
    if (isCancelled) return { outcome: "error", sentMs, endMs, error: { kind: "aborted" } };
    if (error !== undefined) return { outcome: "error", sentMs, endMs, error };
    return {
      outcome: "ok",
      sentMs,
      firstTokenMs,
      lastTokenMs,
      endMs,
      promptTokens: Math.round(request.prompt.length / 4),
      outputTokens,
      tokenGapsMs: Array.from({ length: outputTokens - 1 }, () => itlMs),
      finishReason: "length",
      tokenSource: "usage",
      coalescedChunks: 0,
      ...more,
    };
  };
  return {
    asked,
    prepared,
    mostInFlight: () => most,
    inspect: async () => ({ models: [{ id: "fake" }], backend: "openai" }),
    prepare: async (work) => void prepared.push(work),
    send,
    scrape: async () => ({}),
    notes: () => notes,
    close: async () => {},
  };
}

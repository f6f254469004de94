/** Facts of one pass that weaken its numbers, in sentences for the trial's warnings. */
import type { AnsweredTrace, RequestFailure, TokenSource } from "../core/model/trace.ts";
import type { Workload } from "../core/model/workload.ts";
import type { PlannedRequest, Sent } from "./send-on-schedule.ts";

/** The poorest of the answers': a sum is only as good as its worst part. */
export function tokenSourceOf(sent: readonly Sent[]): TokenSource | undefined {
  const sources = new Set(sent.map(({ exchange }) => (exchange?.outcome === "ok" ? exchange.tokenSource : undefined)));
  return poorestFirst.find((source) => sources.has(source));
}

const poorestFirst = ["chunks", "stream", "usage"] as const;

export function trafficWarnings(
  { task }: Pick<Workload, "task">,
  requests: readonly PlannedRequest[],
  sent: readonly Sent[],
): readonly string[] {
  const answers = sent.flatMap(({ trace }, index) => {
    const asked = requests[index]?.generation.maxTokens;
    return trace.outcome === "ok" && asked !== undefined ? [{ trace, asked }] : [];
  });
  const source = tokenSourceOf(sent);
  return [
    ...sourceWarnings(source),
    ...chunkWarnings(answers, source),
    // A task's prompts are as long as they are.
    ...(task === undefined ? promptWarnings(requests, sent) : []),
    ...lengthWarnings(answers),
  ];
}

export function warmupWarning(failures: readonly RequestFailure[], of: number): string {
  return `${failures.length} of ${of} warm-up requests failed (${failures[0] === undefined ? "" : failureText(failures[0])})`;
}

interface Answer {
  readonly trace: AnsweredTrace;
  /** max_tokens. */
  readonly asked: number;
}

function sourceWarnings(source: TokenSource | undefined): readonly string[] {
  if (source !== "chunks") return [];
  return ["the server reports no usage: output tokens are counted as chunks, prompt tokens are unknown"];
}

/** An end-of-sequence token is counted by most servers and shown by none. */
const hiddenTokens = 1;

function chunkWarnings(answers: readonly Answer[], source: TokenSource | undefined): readonly string[] {
  if (source === "chunks") return [];
  const untold = answers.filter(({ trace }) => {
    const hidden = trace.outputTokens - (trace.tokenGapsMs.length + 1);
    return trace.tokensPerChunk === undefined && (hidden > hiddenTokens || hidden < 0);
  });
  if (untold.length === 0) return [];
  return [
    `${untold.length} of ${answers.length} answers have another number of tokens than of chunks, and the server does not say how many each chunk held: ITL counts one token a chunk`,
  ];
}

/** Of the mean. Two sides that were asked prompts of other lengths did other work. */
const promptTolerance = 0.01;

function promptWarnings(requests: readonly PlannedRequest[], sent: readonly Sent[]): readonly string[] {
  const counted = sent.flatMap(({ trace }, index) => {
    const planned = requests[index]?.promptTokens;
    const tokens = trace.outcome === "ok" ? trace.promptTokens : undefined;
    return planned === undefined || tokens === undefined ? [] : [{ planned, tokens }];
  });
  const planned = counted.reduce((sum, one) => sum + one.planned, 0);
  const miss = counted.reduce((sum, one) => sum + one.tokens, 0) / planned - 1;
  if (planned === 0 || Math.abs(miss) <= promptTolerance) return [];
  const [percent, mean] = [Math.round(1000 * Math.abs(miss)) / 10, Math.round(planned / counted.length)];
  return [
    `prompts are ${percent} % ${miss > 0 ? "longer" : "shorter"} than planned on average (${mean} tokens), by the server's own count`,
  ];
}

function lengthWarnings(answers: readonly Answer[]): readonly string[] {
  const others = answers.filter(({ trace, asked }) => trace.outputTokens !== asked);
  const [first] = others;
  if (first === undefined) return [];
  const { trace, asked } = first;
  const why = trace.finishReason === undefined ? "" : `, finish reason ${trace.finishReason}`;
  return [
    `${others.length} of ${answers.length} answers are not as long as asked (the first: ${trace.outputTokens} of ${asked} tokens${why})`,
  ];
}

function failureText({ kind, status, message }: RequestFailure): string {
  const head = status === undefined ? kind : `${kind} ${status}`;
  return message === undefined ? head : `${head}: ${message}`;
}

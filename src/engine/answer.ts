/** Writes one answer in OpenAI's form, token by token or as a whole. */
import type { ServerResponse } from "node:http";
import { sendJson } from "./api-error.ts";
import type { CompletionRequest } from "./completion-request.ts";

export interface Answer {
  /** Called once for each of the answer's tokens; the last one ends the response. */
  readonly addToken: () => void;
}

export interface AnswerDetails {
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly request: CompletionRequest;
  /** The text of each token. */
  readonly word: (index: number) => string;
  /** Prompt tokens that were cached; absent where the engine caches none. Asked when the answer ends. */
  readonly cachedTokens: () => number | undefined;
}

/** Server-sent events: one for each token, the last with its reason, then usage if asked, then [DONE]. */
export function streamedAnswer(response: ServerResponse, details: AnswerDetails): Answer {
  const { request, word } = details;
  const [before, after] = tokenEvent(details);
  let count = 0;
  response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache" });
  response.flushHeaders();
  return {
    addToken: () => {
      const isLast = count + 1 === request.maxTokens;
      const opening = count === 0 && request.kind === "chat" ? event(details, [roleChoice]) : "";
      const token = `${opening}${before}${word(count)}${after}${isLast ? '"length"' : "null"}}]}\n\n`;
      count += 1;
      if (!isLast) response.write(token);
      else response.end(`${token}${request.includeUsage ? event(details, [], usage(details)) : ""}data: [DONE]\n\n`);
    },
  };
}

/** One JSON document when the last token is there. */
export function wholeAnswer(response: ServerResponse, details: AnswerDetails): Answer {
  const { request, word } = details;
  let content = "";
  let count = 0;
  return {
    addToken: () => {
      content += word(count);
      count += 1;
      if (count < request.maxTokens) return;
      const text = request.kind === "chat" ? { message: { role: "assistant", content } } : { text: content };
      const choice = { index: 0, ...text, logprobs: null, finish_reason: "length" };
      sendJson(response, 200, { ...head(details, ""), choices: [choice], usage: usage(details) });
    },
  };
}

const roleChoice = { index: 0, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null };

function head({ id, model, createdAt, request }: AnswerDetails, chunk: "" | ".chunk"): object {
  const object = request.kind === "chat" ? `chat.completion${chunk}` : "text_completion";
  return { id, object, created: createdAt, model };
}

function event(details: AnswerDetails, choices: readonly object[], usageOfAll?: object): string {
  const body = { ...head(details, ".chunk"), choices, ...(usageOfAll === undefined ? {} : { usage: usageOfAll }) };
  return `data: ${JSON.stringify(body)}\n\n`;
}

/** The text around a token's word, made once: a step writes an event to every running stream. */
function tokenEvent(details: AnswerDetails): readonly [before: string, after: string] {
  const start = JSON.stringify(head(details, ".chunk")).slice(0, -1);
  const word = details.request.kind === "chat" ? ['"delta":{"content":"', '"}'] : ['"text":"', '"'];
  return [`data: ${start},"choices":[{"index":0,${word[0]}`, `${word[1]},"logprobs":null,"finish_reason":`];
}

function usage({ request, cachedTokens }: AnswerDetails): object {
  const { promptTokens, maxTokens } = request;
  const cached = cachedTokens();
  return {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + maxTokens,
    completion_tokens: maxTokens,
    ...(cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } }),
  };
}

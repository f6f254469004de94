/** What one streamed chunk says, in the chat and in the text form. */
import { countIn, isObject, type JsonObject, objectIn, textIn } from "./json.ts";

export interface ChunkFacts {
  /** Bears tokens: content, reasoning, a tool call's name or arguments, or text. Never a role-only or empty delta. */
  readonly bearsTokens: boolean;
  readonly finishReason?: string;
  readonly promptTokens?: number;
  /** Output tokens up to here, from `usage`. */
  readonly completionTokens?: number;
  /** The same from a count the server streams of its own (llama.cpp's `timings`, sglang's `meta_info`). */
  readonly streamedTokens?: number;
  /** Prompt tokens that the server found in its cache: OpenAI's details of usage, sglang's own, llama.cpp's timings. */
  readonly cachedTokens?: number;
}

export function chunkFacts(chunk: JsonObject): ChunkFacts {
  const choices = Array.isArray(chunk["choices"]) ? chunk["choices"].filter(isObject) : [];
  const usage = objectIn(chunk, "usage");
  const finishReason = choices.map((choice) => textIn(choice, "finish_reason")).find((reason) => reason !== undefined);
  const promptTokens = countIn(usage, "prompt_tokens");
  const completionTokens = countIn(usage, "completion_tokens");
  const streamedTokens =
    countIn(objectIn(chunk, "timings"), "predicted_n") ?? countIn(objectIn(chunk, "meta_info"), "completion_tokens");
  const cachedTokens =
    countIn(objectIn(usage, "prompt_tokens_details"), "cached_tokens") ??
    countIn(objectIn(chunk, "meta_info"), "cached_tokens") ??
    countIn(objectIn(chunk, "timings"), "cache_n");
  return {
    bearsTokens: choices.some(bearsTokens),
    ...(finishReason !== undefined && { finishReason }),
    ...(promptTokens !== undefined && { promptTokens }),
    ...(completionTokens !== undefined && { completionTokens }),
    ...(streamedTokens !== undefined && { streamedTokens }),
    ...(cachedTokens !== undefined && { cachedTokens }),
  };
}

/** The words of a chunk, without its reasoning and its calls. */
export function chunkText(chunk: JsonObject): string {
  const choices = Array.isArray(chunk["choices"]) ? chunk["choices"].filter(isObject) : [];
  return choices
    .map((choice) => choice["text"] ?? objectIn(choice, "delta")?.["content"])
    .filter((text) => typeof text === "string")
    .join("");
}

function bearsTokens(choice: JsonObject): boolean {
  if (isFilled(choice["text"])) return true;
  const delta = objectIn(choice, "delta");
  if (delta === undefined) return false;
  return (
    tokenFields.some((field) => isFilled(delta[field])) ||
    (Array.isArray(delta["tool_calls"]) && delta["tool_calls"].some(isCalling)) ||
    isFilledCall(delta["function_call"])
  );
}

const tokenFields = ["content", "reasoning_content", "reasoning", "refusal"] as const;

/** Text, or a non-empty list of content parts. */
function isFilled(value: unknown): boolean {
  return (typeof value === "string" || Array.isArray(value)) && value.length > 0;
}

function isCalling(call: unknown): boolean {
  return isFilledCall(objectIn(call, "function"));
}

function isFilledCall(call: unknown): boolean {
  return isObject(call) && (isFilled(call["name"]) || isFilled(call["arguments"]));
}

/** What a client asks for, read from the JSON body of /v1/chat/completions or /v1/completions. */
import { type ApiError, badRequest } from "./api-error.ts";
import { countTokens } from "./tokens.ts";

export interface CompletionRequest {
  readonly kind: "chat" | "text";
  /** All the text the model sees: for a chat with the marks of its template. */
  readonly prompt: string;
  readonly promptTokens: number;
  readonly maxTokens: number;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

export interface ServedModel {
  readonly model: string;
  readonly maxModelLen: number;
}

type Read<T> = { readonly value: T } | { readonly error: ApiError };
type Body = Readonly<Record<string, unknown>>;

/** The output of a plain completion that names no length, as OpenAI's API has it. */
const DEFAULT_TEXT_TOKENS = 16;

export function parseCompletionRequest(
  kind: CompletionRequest["kind"],
  text: string,
  served: ServedModel,
): Read<CompletionRequest> {
  const body = parseBody(text);
  if ("error" in body) return body;
  const refused = refusal(body.value, served);
  if (refused) return { error: refused };
  const prompt = kind === "chat" ? chatPrompt(body.value["messages"]) : textPrompt(body.value["prompt"]);
  if ("error" in prompt) return prompt;
  const promptTokens = countTokens(prompt.value);
  const maxTokens = outputTokens(kind, body.value, served.maxModelLen - promptTokens);
  if ("error" in maxTokens) return maxTokens;
  if (promptTokens + maxTokens.value > served.maxModelLen)
    return { error: tooLong(promptTokens, maxTokens.value, served) };
  const streamOptions = body.value["stream_options"];
  const includeUsage = isObject(streamOptions) && streamOptions["include_usage"] === true;
  const stream = body.value["stream"] === true;
  return { value: { kind, prompt: prompt.value, promptTokens, maxTokens: maxTokens.value, stream, includeUsage } };
}

function parseBody(text: string): Read<Body> {
  try {
    const body: unknown = JSON.parse(text);
    if (isObject(body)) return { value: body };
    return { error: badRequest("The body is not a JSON object.") };
  } catch (cause) {
    return { error: badRequest(`The body is not JSON: ${String(cause)}`) };
  }
}

function refusal(body: Body, { model }: ServedModel): ApiError | undefined {
  const asked = body["model"] ?? model;
  if (asked !== model) {
    const message = `The model ${JSON.stringify(asked)} does not exist; this server has "${model}".`;
    return { status: 404, type: "NotFoundError", message, param: "model" };
  }
  if ((body["n"] ?? 1) !== 1) return badRequest("Only one answer for a request is supported (n = 1).", "n");
  return undefined;
}

function chatPrompt(messages: unknown): Read<string> {
  if (!Array.isArray(messages) || messages.length === 0) {
    return { error: badRequest("messages is not a list with at least one message.", "messages") };
  }
  const parts: string[] = [];
  for (const message of messages) {
    const content = isObject(message) ? contentText(message["content"]) : undefined;
    if (content === undefined) return { error: badRequest("A message has no text in content.", "messages") };
    parts.push(`<|${isObject(message) ? String(message["role"]) : ""}|>\n${content}\n`);
  }
  return { value: `${parts.join("")}<|assistant|>\n` };
}

/** Content is a string, or a list of text parts. */
function contentText(content: unknown): string | undefined {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return undefined;
  const texts = content.map((part: unknown) => (isObject(part) ? part["text"] : undefined));
  return texts.every((text) => typeof text === "string") ? texts.join("") : undefined;
}

function textPrompt(prompt: unknown): Read<string> {
  const text = Array.isArray(prompt) && prompt.length === 1 ? prompt[0] : prompt;
  if (typeof text === "string" && text !== "") return { value: text };
  return { error: badRequest("prompt is not a text, nor a list of one text.", "prompt") };
}

function outputTokens(kind: CompletionRequest["kind"], body: Body, roomTokens: number): Read<number> {
  const asked = body["max_completion_tokens"] ?? body["max_tokens"];
  if (asked === undefined || asked === null) {
    return { value: Math.max(1, kind === "chat" ? roomTokens : DEFAULT_TEXT_TOKENS) };
  }
  if (typeof asked === "number" && Number.isInteger(asked) && asked >= 1) return { value: asked };
  return {
    error: badRequest(`max_tokens is ${JSON.stringify(asked)}; expected a whole number from 1 on.`, "max_tokens"),
  };
}

function tooLong(promptTokens: number, maxTokens: number, { maxModelLen }: ServedModel): ApiError {
  return badRequest(
    `This model's maximum context length is ${maxModelLen} tokens. However, you requested ${promptTokens + maxTokens} tokens ` +
      `(${promptTokens} in the prompt, ${maxTokens} in the completion).`,
    "max_tokens",
  );
}

function isObject(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

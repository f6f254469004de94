/** The part of OpenAI's API, and of llama.cpp's own, that a load generator talks to. */
import { randomUUID } from "node:crypto";

const MODEL_ID = "tiny-llama";

/** Tokens of an answer whose request names no limit: the model itself never ends one. */
const DEFAULT_MAX_TOKENS = 128;

const GET = { "/health": health, "/v1/models": models, "/props": props, "/metrics": metrics };
const POST = { "/v1/chat/completions": true, "/v1/completions": false };

/** Answers one HTTP request. `engine` is undefined while the model loads. */
export async function answerRequest(engine, request, response) {
  const { pathname } = new URL(request.url, "http://localhost");
  const get = request.method === "GET" ? GET[pathname] : undefined;
  const isChat = request.method === "POST" ? POST[pathname] : undefined;
  if (get === undefined && isChat === undefined) {
    return sendError(response, 404, {
      message: `there is no ${request.method} ${pathname} here`,
      type: "not_found_error",
    });
  }
  if (engine === undefined) {
    if (get === health) return sendJson(response, 503, { status: "loading model" });
    return sendError(response, 503, { message: "the model is still loading", type: "unavailable_error" });
  }
  if (get !== undefined) return get(engine, response);
  await complete({ engine, isChat, body: await readBody(request), response });
}

function health(_engine, response) {
  sendJson(response, 200, { status: "ok" });
}

function models(engine, response) {
  const model = { id: MODEL_ID, object: "model", created: 0, owned_by: "llama.cpp" };
  const limits = { meta: { n_ctx_train: engine.trainContextSize }, max_model_len: engine.contextSize };
  sendJson(response, 200, { object: "list", data: [{ ...model, ...limits }] });
}

function props(engine, response) {
  const { contextSize, totalSlots } = engine;
  const settings = { default_generation_settings: { n_ctx: contextSize } };
  sendJson(response, 200, { ...settings, n_ctx: contextSize, total_slots: totalSlots });
}

/** Under the names llama.cpp's own server gives them. */
function metrics(engine, response) {
  const { steps, busySlots, promptTokens, outputTokens, running, waiting } = engine.stats();
  const lines = [
    ["prompt_tokens_total", "counter", promptTokens],
    ["tokens_predicted_total", "counter", outputTokens],
    ["n_decode_total", "counter", steps],
    ["n_busy_slots_per_decode", "counter", steps === 0 ? 0 : busySlots / steps],
    ["requests_processing", "gauge", running],
    ["requests_deferred", "gauge", waiting],
  ].flatMap(([name, type, value]) => [`# TYPE llamacpp:${name} ${type}`, `llamacpp:${name} ${value}`]);
  response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(`${lines.join("\n")}\n`);
}

async function complete({ engine, isChat, body, response }) {
  const { problem, ...asked } = parseCompletion(engine, isChat, body);
  if (problem !== undefined) return sendError(response, 400, { ...problem, type: "invalid_request_error" });
  const hangUp = new AbortController();
  response.on("close", () => hangUp.abort());
  const shape = isChat ? chatShape() : textShape();
  const reply = asked.stream ? streamedReply(response, shape, asked) : wholeReply(response, shape);
  reply.begin();
  const finish = await engine.generate({ ...asked, onText: reply.text, signal: hangUp.signal });
  if (finish === "aborted") return void response.destroy();
  reply.end(finish, usage(asked.prompt.length, reply.tokens()));
}

/** What is asked for, or a `problem` that says what is wrong with it. */
function parseCompletion(engine, isChat, text) {
  const body = parseObject(text);
  if (body === undefined) return { problem: { message: "the body is not a JSON object" } };
  const prompt = isChat ? chatPrompt(body.messages) : body.prompt;
  if (typeof prompt !== "string") {
    const message = isChat
      ? "messages must be a list of one or more { role, content } with text as content"
      : "prompt must be a string";
    return { problem: { message, param: isChat ? "messages" : "prompt" } };
  }
  const maxTokens = body.max_completion_tokens ?? body.max_tokens ?? DEFAULT_MAX_TOKENS;
  if (!Number.isInteger(maxTokens) || maxTokens < 1) {
    const message = `max_tokens is ${JSON.stringify(maxTokens)}; expected a whole number from 1`;
    return { problem: { message, param: "max_tokens" } };
  }
  const tokens = engine.tokenize(prompt);
  if (tokens.length + maxTokens > engine.contextSize) {
    const message = `the prompt has ${tokens.length} tokens and max_tokens is ${maxTokens}; the context holds ${engine.contextSize}`;
    return { problem: { message, param: "max_tokens", code: "context_length_exceeded" } };
  }
  const withUsage = body.stream_options?.include_usage === true;
  return { prompt: tokens, maxTokens, ignoreEos: body.ignore_eos === true, stream: body.stream === true, withUsage };
}

function parseObject(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function chatPrompt(messages) {
  if (!Array.isArray(messages) || messages.length === 0) return undefined;
  const turns = messages.map((message) => ({ role: message?.role, text: contentText(message?.content) }));
  if (turns.some(({ role, text }) => typeof role !== "string" || text === undefined)) return undefined;
  return `${turns.map(({ role, text }) => `${role}: ${text}\n`).join("")}assistant:`;
}

function contentText(content) {
  if (typeof content === "string") return content;
  if (!Array.isArray(content) || content.some((part) => typeof part?.text !== "string")) return undefined;
  return content.map((part) => part.text).join("");
}

/** How the two endpoints write the same things. */
function chatShape() {
  const head = { id: `chatcmpl-${randomUUID()}`, created: now(), model: MODEL_ID };
  const chunk = (choices) => ({ ...head, object: "chat.completion.chunk", choices });
  const delta = (content, finish) => chunk([{ index: 0, delta: content, finish_reason: finish }]);
  return {
    opening: delta({ role: "assistant", content: "" }, null),
    text: (content) => delta({ content }, null),
    closing: (finish) => delta({}, finish),
    usage: (counts) => ({ ...chunk([]), usage: counts }),
    whole: (content, finish, counts) => {
      const choice = { index: 0, message: { role: "assistant", content }, finish_reason: finish };
      return { ...head, object: "chat.completion", choices: [choice], usage: counts };
    },
  };
}

function textShape() {
  const head = { id: `cmpl-${randomUUID()}`, object: "text_completion", created: now(), model: MODEL_ID };
  const choice = (text, finish) => ({ ...head, choices: [{ index: 0, text, finish_reason: finish }] });
  return {
    opening: undefined,
    text: (text) => choice(text, null),
    closing: (finish) => choice("", finish),
    usage: (counts) => ({ ...head, choices: [], usage: counts }),
    whole: (text, finish, counts) => ({ ...choice(text, finish), usage: counts }),
  };
}

/** One event for each token, written when its step ends. */
function streamedReply(response, shape, { withUsage }) {
  let tokens = 0;
  const send = (event) => response.write(`data: ${JSON.stringify(event)}\n\n`);
  return {
    begin: () => {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
      response.flushHeaders();
      if (shape.opening !== undefined) send(shape.opening);
    },
    text: (text) => {
      tokens += 1;
      send(shape.text(text));
    },
    tokens: () => tokens,
    end: (finish, counts) => {
      send(shape.closing(finish));
      if (withUsage) send(shape.usage(counts));
      response.end("data: [DONE]\n\n");
    },
  };
}

function wholeReply(response, shape) {
  const texts = [];
  return {
    begin: () => {},
    text: (text) => texts.push(text),
    tokens: () => texts.length,
    end: (finish, counts) => sendJson(response, 200, shape.whole(texts.join(""), finish, counts)),
  };
}

function usage(promptTokens, outputTokens) {
  const total = promptTokens + outputTokens;
  return { prompt_tokens: promptTokens, completion_tokens: outputTokens, total_tokens: total };
}

/** Unix seconds. */
function now() {
  return Math.floor(Date.now() / 1000);
}

async function readBody(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}

function sendJson(response, status, value) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

/** In the form of OpenAI's errors. An answer already begun can only be broken off. */
export function sendError(response, status, error) {
  if (response.headersSent) return void response.destroy();
  sendJson(response, status, { error: { param: null, code: null, ...error } });
}

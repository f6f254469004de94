/** Which request of the HTTP API does what. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type ApiError, sendError, sendJson } from "./api-error.ts";
import { type CompletionRequest, parseCompletionRequest } from "./completion-request.ts";
import type { Engine } from "./engine.ts";
import { metricsPage } from "./metrics-page.ts";
import type { EngineOptions } from "./options.ts";

const ENGINE_VERSION = "1.0.0";

/** Far above any prompt of --max-model-len. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

export interface Served {
  readonly engine: Engine;
  readonly options: EngineOptions;
  readonly startedAt: number;
  readonly isLoading: () => boolean;
}

export function route(request: IncomingMessage, response: ServerResponse, served: Served): void {
  const path = (request.url ?? "").split("?")[0] ?? "";
  if (served.isLoading()) {
    sendError(response, { status: 503, type: "ServiceUnavailableError", message: "The model is loading." });
    return;
  }
  const act = routes[`${request.method} ${path}`];
  if (act) act(request, response, served);
  else
    sendError(response, { status: 404, type: "NotFoundError", message: `There is no ${request.method} ${path} here.` });
}

const routes: Readonly<Record<string, typeof route>> = {
  "GET /health": (_request, response) => response.end(),
  "GET /version": (_request, response) => sendJson(response, 200, { version: ENGINE_VERSION }),
  "GET /v1/models": (_request, response, served) => sendJson(response, 200, modelList(served)),
  "GET /metrics": (_request, response, { engine, options }) => {
    response.setHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.end(metricsPage(engine, options.model));
  },
  "POST /reset_prefix_cache": (_request, response, { engine }) =>
    sendJson(response, 200, { success: engine.resetPrefixCache() }),
  "POST /v1/chat/completions": (request, response, served) => complete("chat", { request, response }, served),
  "POST /v1/completions": (request, response, served) => complete("text", { request, response }, served),
};

function modelList({ options, startedAt }: Served): object {
  const { model, maxModelLen } = options;
  const card = { id: model, object: "model", created: startedAt, owned_by: "serving-gate", root: model };
  return { object: "list", data: [{ ...card, max_model_len: maxModelLen }] };
}

function complete(
  kind: CompletionRequest["kind"],
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  { engine, options }: Served,
): void {
  readBody(request, (body) => {
    const parsed = "error" in body ? body : parseCompletionRequest(kind, body.text, options);
    if ("error" in parsed) sendError(response, parsed.error);
    else engine.accept(parsed.value, response);
  });
}

/** A client that leaves before its body is complete is owed no answer: then `done` is never called. */
function readBody(request: IncomingMessage, done: (body: { text: string } | { error: ApiError }) => void): void {
  const pieces: Buffer[] = [];
  let bytes = 0;
  request.on("data", (piece: Buffer) => {
    bytes += piece.length;
    if (bytes <= MAX_BODY_BYTES) pieces.push(piece);
  });
  request.on("end", () => {
    const message = `The body has ${bytes} bytes; at most ${MAX_BODY_BYTES} are taken.`;
    if (bytes > MAX_BODY_BYTES) done({ error: { status: 413, type: "BadRequestError", message } });
    else done({ text: Buffer.concat(pieces).toString("utf8") });
  });
}

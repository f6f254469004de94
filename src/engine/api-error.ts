/** A refusal in the form OpenAI-compatible clients expect. */
import type { ServerResponse } from "node:http";

export interface ApiError {
  readonly status: number;
  readonly type: "BadRequestError" | "NotFoundError" | "InternalServerError" | "ServiceUnavailableError";
  readonly message: string;
  /** The field of the request that is wrong; absent where it is not one field. */
  readonly param?: string;
}

export function badRequest(message: string, param?: string): ApiError {
  return { status: 400, type: "BadRequestError", message, ...(param === undefined ? {} : { param }) };
}

export function sendError(response: ServerResponse, { status, type, message, param = "" }: ApiError): void {
  sendJson(response, status, { error: { message, type, param: param === "" ? null : param, code: status } });
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
}

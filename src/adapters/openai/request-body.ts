/** The body of a generation request, in the form the server was found to take. */
import type { GenerationRequest } from "../../gate/ports.ts";
import type { Dialect } from "./dialects/dialect.ts";

/** A way of asking: servers differ in what they know, and many refuse fields they do not. */
export interface Asking {
  readonly endpoint: "chat" | "completions";
  /** With the dialect's fields for an exact length. */
  readonly fixedLength: boolean;
  /** With `stream_options`, which brings `usage`. */
  readonly usage: boolean;
}

export const endpointPaths = { chat: "/v1/chat/completions", completions: "/v1/completions" } as const;

export function requestBody(request: GenerationRequest, asking: Asking, dialect: Dialect): Uint8Array {
  const { model, prompt, maxTokens, sampling, exactLength } = request;
  const input = asking.endpoint === "chat" ? { messages: [{ role: "user", content: prompt }] } : { prompt };
  const body = {
    model,
    ...input,
    stream: true,
    ...(asking.usage && { stream_options: { include_usage: true, ...dialect.streamOptions } }),
    max_tokens: maxTokens,
    // Servers have defaults of their own for what is not said.
    temperature: 0,
    ...sampling,
    ...(asking.fixedLength && exactLength && dialect.fixedLength(maxTokens)),
  };
  return Buffer.from(JSON.stringify(body));
}

import type { AnsweredTrace, RequestTrace } from "../model/trace.ts";

/**
 * Whether a request counts as answered: without error, with at least one token, and with times that can have happened.
 * What is not answered has failed: an HTTP 200 without a token, and a record whose times run backwards.
 */
export function isAnswered(request: RequestTrace): request is AnsweredTrace {
  if (request.outcome !== "ok" || !(request.outputTokens >= 1)) return false;
  const { sentMs, firstTokenMs, lastTokenMs } = request;
  return Number.isFinite(lastTokenMs - sentMs) && sentMs <= firstTokenMs && firstTokenMs <= lastTokenMs;
}

/** What an answer says beside its times: read after its end, and only by those who need it. */
import type { Exchange, GenerationRequest } from "../../gate/ports.ts";
import { isObject, type JsonObject, objectIn, parseJson } from "./json.ts";

/** The exchange with what of these is there and was asked for. */
export function withDetails(
  exchange: Exchange,
  reads: readonly Uint8Array[],
  { keepText }: Pick<GenerationRequest, "keepText">,
): Exchange {
  if (exchange.outcome === "error") return exchange;
  const cached = cachedTokens(reads);
  return {
    ...exchange,
    ...(cached !== undefined && { cachedTokens: cached }),
    ...(keepText === true && { answerText: answerText(reads) }),
  };
}

/** As much of a stream's end as holds its usage, bytes. */
const tailBytes = 16 * 1024;

/** Prompt tokens that the server found in its cache: OpenAI's details of usage, llama.cpp's timings, sglang's own. */
function cachedTokens(reads: readonly Uint8Array[]): number | undefined {
  const text = tail(reads);
  const found = [...text.matchAll(/"(?:cached_tokens|cache_n)"\s*:\s*(\d+)/g)].at(-1)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** The text of a streamed answer, its reasoning left out. */
function answerText(reads: readonly Uint8Array[]): string {
  return Buffer.concat(reads)
    .toString("utf8")
    .split(/\r\n|\n|\r/)
    .flatMap((line) => (line.startsWith("data:") ? [textOf(line.slice("data:".length))] : []))
    .join("");
}

function textOf(data: string): string {
  const chunk = parseJson(data)?.value;
  const choices = isObject(chunk) && Array.isArray(chunk["choices"]) ? chunk["choices"].filter(isObject) : [];
  return choices.map(contentOf).join("");
}

function contentOf(choice: JsonObject): string {
  const content = choice["text"] ?? objectIn(choice, "delta")?.["content"];
  return typeof content === "string" ? content : "";
}

function tail(reads: readonly Uint8Array[]): string {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (let index = reads.length - 1; index >= 0 && bytes < tailBytes; index--) {
    const read = reads[index];
    if (read === undefined) continue;
    parts.unshift(read);
    bytes += read.length;
  }
  return Buffer.concat(parts).subarray(-tailBytes).toString("latin1");
}

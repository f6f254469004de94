/**
 * How this server wants to be asked: settled once, by the first request that is answered, and kept.
 *
 * Until then each request tries the ways in turn; calibration comes before any measurement, so that none is spent there.
 */
import type { Exchange } from "../../gate/ports.ts";
import { type Asking, endpointPaths } from "./request-body.ts";

export interface Negotiation {
  /** The settled way alone, else all of them, best first. */
  ways(): readonly Asking[];
  isSettled(): boolean;
  /** The first answer settles the way; `refusal` is what the best way met. */
  settle(way: Asking, answer: Exchange, refusal: Exchange | undefined): void;
  notes(): readonly string[];
}

/** Fields are left out one by one, then the text endpoint is tried. */
const allWays: readonly Asking[] = (["chat", "completions"] as const).flatMap((endpoint) => [
  { endpoint, fixedLength: true, usage: true },
  { endpoint, fixedLength: false, usage: true },
  { endpoint, fixedLength: true, usage: false },
  { endpoint, fixedLength: false, usage: false },
]);

export function negotiate(hasFixedLength: boolean): Negotiation {
  let ways = allWays.filter(({ fixedLength }) => hasFixedLength || !fixedLength);
  let notes: readonly string[] = [];
  let isSettled = false;
  return {
    ways: () => ways,
    isSettled: () => isSettled,
    settle: (way, answer, refusal) => {
      if (isSettled) return;
      isSettled = true;
      notes = lossNotes(way, { hasFixedLength, hasUsage: hasUsage(answer), refusal: refusalText(refusal) });
      ways = [way];
    },
    notes: () => notes,
  };
}

/** The ways still worth trying after `way` met this: none where it was no refusal, the other endpoint's where it is missing. */
export function nextWays(ways: readonly Asking[], way: Asking, exchange: Exchange): readonly Asking[] {
  if (exchange.outcome === "ok" || exchange.error.kind !== "http") return [];
  const later = ways.slice(ways.indexOf(way) + 1);
  const { status } = exchange.error;
  if (status === 400 || status === 422) return later;
  return status === 404 || status === 405 || status === 501
    ? later.filter(({ endpoint }) => endpoint !== way.endpoint)
    : [];
}

function refusalText(refusal: Exchange | undefined): string {
  if (refusal?.outcome !== "error") return "";
  const { status, message } = refusal.error;
  return ` (HTTP ${status ?? ""}${message === undefined ? "" : `: ${message}`})`;
}

/** Some servers bring it unasked, on the finish chunk. */
function hasUsage(answer: Exchange): boolean {
  return answer.outcome === "ok" && answer.tokenSource === "usage";
}

interface Loss {
  readonly hasFixedLength: boolean;
  readonly hasUsage: boolean;
  readonly refusal: string;
}

function lossNotes(way: Asking, { hasFixedLength, hasUsage, refusal }: Loss): readonly string[] {
  const isText = way.endpoint === "completions";
  return [
    ...(isText ? [`${endpointPaths.chat} is refused${refusal}: ${endpointPaths.completions} is measured`] : []),
    ...(hasFixedLength && !way.fixedLength
      ? [`fields for a fixed answer length are refused${refusal}: answers may end early`]
      : []),
    ...(way.usage || hasUsage
      ? []
      : [`stream_options is refused${refusal}: output tokens are counted from the stream`]),
  ];
}

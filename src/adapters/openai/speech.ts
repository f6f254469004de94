/** How one server is asked for a generation: its dialect, the way it takes, and the bytes of each request. */
import type { Exchange, GenerationRequest } from "../../gate/ports.ts";
import type { Dialect } from "./dialects/dialect.ts";
import type { Target } from "./http-connection.ts";
import { requestBytes } from "./http-request.ts";
import { type Negotiation, negotiate, nextWays } from "./negotiation.ts";
import { type Asking, endpointPaths, requestBody } from "./request-body.ts";

/** How the server is spoken to, as far as is known. */
export interface Speech {
  readonly dialect: Dialect;
  readonly negotiation: Negotiation;
  /** The bytes of the whole request, made once for one that is asked in one way. */
  requestOf(request: GenerationRequest, way: Asking): Uint8Array;
}

export interface Address {
  readonly target: Target;
  readonly prefix: string;
  readonly authorization: Readonly<Record<string, string>>;
}

const streamHeaders = {
  "content-type": "application/json",
  accept: "text/event-stream",
  // A compressed stream arrives in blocks: its times would be the compressor's.
  "accept-encoding": "identity",
};

export function speechOf(dialect: Dialect, { target, prefix, authorization }: Address): Speech {
  const headers = { ...streamHeaders, ...authorization };
  const known = new WeakMap<GenerationRequest, { readonly way: Asking; readonly bytes: Uint8Array }>();
  return {
    dialect,
    negotiation: negotiate(Object.keys(dialect.fixedLength(1)).length > 0),
    requestOf: (request, way) => {
      const made = known.get(request);
      if (made?.way === way) return made.bytes;
      const body = requestBody(request, way, dialect);
      const path = prefix + endpointPaths[way.endpoint];
      const bytes = requestBytes(target, { method: "POST", path, headers, body });
      known.set(request, { way, bytes });
      return bytes;
    },
  };
}

/**
 * Asks in the settled way; before that in each way until one is answered. What the best way met is what is reported.
 * `isLast`: there is no other way to ask after this one.
 */
export async function ask(
  negotiation: Negotiation,
  send: (way: Asking, isLast: boolean) => Promise<Exchange>,
): Promise<Exchange> {
  const [best, ...others] = negotiation.ways();
  if (best === undefined) throw new RangeError("no way of asking");
  const first = await send(best, others.length === 0);
  let way = best;
  let exchange = first;
  let left = nextWays([best, ...others], best, first);
  for (let next = left[0]; exchange.outcome === "error" && next !== undefined; next = left[0]) {
    way = next;
    exchange = await send(way, false);
    left = nextWays(left, way, exchange);
  }
  if (exchange.outcome === "error") return first;
  negotiation.settle(way, exchange, first === exchange ? undefined : first);
  return exchange;
}

/** The client of an OpenAI-compatible server. */
import type { Clock, ConnectClient, ConnectOptions, GenerationRequest, InferenceClient } from "../../gate/ports.ts";
import { withDetails } from "./answer-details.ts";
import { type Call, type CallContext, call } from "./call.ts";
import { connectionsTo } from "./connections.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { openai } from "./dialects/openai.ts";
import { dialectNamed, inspectServer, type ReadPage } from "./inspect.ts";
import { type Negotiation, negotiate, nextWays } from "./negotiation.ts";
import { type Asking, endpointPaths, requestBody } from "./request-body.ts";
import { countersAndCache, page, pagesOf, type Site } from "./server-pages.ts";
import { toExchange } from "./to-exchange.ts";

export function connectWith(clock: Clock): ConnectClient {
  return (options) => createClient(clock, options);
}

/** 4,096 tokens of 1 KB each are 4 MB; more than this is no generation. */
const maxStreamBytes = 64 * 1024 * 1024;

function createClient(clock: Clock, options: ConnectOptions): InferenceClient {
  const { origin, prefix } = splitUrl(options.url);
  const connections = connectionsTo(origin, clock);
  const given = options.backend === "auto" ? undefined : dialectNamed(options.backend);
  let speech = speechOf(given ?? openai);
  let resent = 0;
  const context: CallContext = {
    connections,
    clock,
    onStale: () => {
      resent += 1;
    },
  };
  const authorization = options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` };
  const site: Site = { prefix, authorization, context };
  const pages = (signal: AbortSignal): ReadPage => pagesOf(site, signal).get;
  const send: InferenceClient["send"] = (request, signal) =>
    ask(speech.negotiation, async (way) => {
      const headers = { ...streamHeaders, ...authorization };
      const path = prefix + endpointPaths[way.endpoint];
      const body = speech.bodyOf(request, way);
      const timeoutMs = options.requestTimeoutMs;
      const post: Call = { method: "POST", path, headers, body, timeoutMs, maxBytes: maxStreamBytes };
      const reply = await call(post, context, signal);
      return withDetails(await toExchange(reply), reply.reads, request);
    });
  return {
    inspect: async (signal) => {
      const { dialect, facts } = await inspectServer(pages(signal), given);
      signal.throwIfAborted();
      if (dialect !== speech.dialect) speech = speechOf(dialect);
      return facts;
    },
    prepare: async ({ connections: wanted, requests }, signal) => {
      const [first] = requests;
      if (first !== undefined && !speech.negotiation.isSettled()) await send(trialRequest(first.model), signal);
      const [way] = speech.negotiation.ways();
      for (const request of requests) if (way !== undefined) speech.bodyOf(request, way);
      // Together, so that each needs a connection of its own.
      await Promise.all(Array.from({ length: wanted }, () => pages(signal)("/v1/models")));
      // What was sent again until here is in no measurement.
      resent = 0;
    },
    send,
    reaches: async (signal) => {
      const url = `${prefix}/v1/models`;
      const replies = await Promise.all([1, 2].map(() => call({ ...page, path: url, headers: {} }, context, signal)));
      return replies.some(({ status, failure }) => status !== undefined || failure?.kind !== "connect");
    },
    ...countersAndCache(site, () => speech.dialect),
    notes: () => [...speech.negotiation.notes(), ...(resent === 0 ? [] : [resentNote(resent)])],
    close: () => connections.close(),
  };
}

/** How the server is spoken to, as far as is known. */
interface Speech {
  readonly dialect: Dialect;
  readonly negotiation: Negotiation;
  /** Made once for a request that is asked in one way. */
  bodyOf(request: GenerationRequest, way: Asking): Uint8Array;
}

function speechOf(dialect: Dialect): Speech {
  const bodies = new WeakMap<GenerationRequest, { readonly way: Asking; readonly body: Uint8Array }>();
  return {
    dialect,
    negotiation: negotiate(Object.keys(dialect.fixedLength(1)).length > 0),
    bodyOf: (request, way) => {
      const known = bodies.get(request);
      if (known?.way === way) return known.body;
      const body = requestBody(request, way, dialect);
      bodies.set(request, { way, body });
      return body;
    },
  };
}

const streamHeaders = {
  "content-type": "application/json",
  accept: "text/event-stream",
  // A compressed stream arrives in blocks: its times would be the compressor's.
  "accept-encoding": "identity",
};

/** Finds out how the server wants to be asked where no request has yet; unlike any that is measured. */
function trialRequest(model: string): GenerationRequest {
  return { model, prompt: "Hello", maxTokens: 4, sampling: {}, exactLength: true };
}

function resentNote(resent: number): string {
  const what = resent === 1 ? "1 request was" : `${resent} requests were`;
  return `${what} sent again because the server had closed a connection it offered to keep: times are of the second sending`;
}

/** `http://host:8000/base/v1/` is the origin and "/base": the paths bring their own /v1. */
function splitUrl(url: string): { readonly origin: string; readonly prefix: string } {
  const { origin, pathname } = new URL(url);
  return { origin, prefix: pathname.replace(/\/+$/, "").replace(/\/v1$/, "") };
}

type Exchanges = Awaited<ReturnType<InferenceClient["send"]>>;

/** Asks in the settled way; before that in each way until one is answered. What the best way met is what is reported. */
async function ask(negotiation: Negotiation, send: (way: Asking) => Promise<Exchanges>): Promise<Exchanges> {
  const [best, ...others] = negotiation.ways();
  if (best === undefined) throw new RangeError("no way of asking");
  const first = await send(best);
  let way = best;
  let exchange = first;
  let left = nextWays([best, ...others], best, first);
  for (let next = left[0]; exchange.outcome === "error" && next !== undefined; next = left[0]) {
    way = next;
    exchange = await send(way);
    left = nextWays(left, way, exchange);
  }
  if (exchange.outcome === "error") return first;
  negotiation.settle(way, exchange, first === exchange ? undefined : first);
  return exchange;
}

/** The client of an OpenAI-compatible server. */
import type { Clock, ConnectClient, ConnectOptions, GenerationRequest, InferenceClient } from "../../gate/ports.ts";
import { channelTo } from "./channel.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { openai } from "./dialects/openai.ts";
import { type Target, targetOf } from "./http-connection.ts";
import { requestBytes } from "./http-request.ts";
import { dialectNamed, inspectServer, type ReadPage } from "./inspect.ts";
import { type Negotiation, negotiate, nextWays } from "./negotiation.ts";
import { type Asking, endpointPaths, requestBody } from "./request-body.ts";
import { countersAndCache, pagesOf, type Site } from "./server-pages.ts";
import { warmCode } from "./warm-code.ts";

export function connectWith(clock: Clock): ConnectClient {
  return (options) => createClient(clock, options);
}

function createClient(clock: Clock, options: ConnectOptions): InferenceClient {
  const { origin, prefix } = splitUrl(options.url);
  const target = targetOf(origin);
  const channel = channelTo(target, clock);
  const given = options.backend === "auto" ? undefined : dialectNamed(options.backend);
  const authorization = options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` };
  const speak = (dialect: Dialect): Speech =>
    speechOf(dialect, { target, prefix, headers: { ...streamHeaders, ...authorization } });
  let speech = speak(given ?? openai);
  const site: Site = { prefix, authorization, target, channel };
  const pages = (signal: AbortSignal): ReadPage => pagesOf(site, signal).get;
  const send: InferenceClient["send"] = (request, signal, onFree) =>
    ask(speech.negotiation, (way, isLast) => {
      const bytes = speech.requestOf(request, way);
      const post = { bytes, timeoutMs: options.requestTimeoutMs, keepsText: request.keepText === true };
      return channel.stream(post, signal, isLast ? onFree : undefined);
    });
  return {
    inspect: async (signal) => {
      const { dialect, facts } = await inspectServer(pages(signal), given);
      signal.throwIfAborted();
      if (dialect !== speech.dialect) speech = speak(dialect);
      return facts;
    },
    prepare: async ({ connections: wanted, requests }, signal) => {
      const [first] = requests;
      if (first !== undefined && !speech.negotiation.isSettled()) await send(trialRequest(first.model), signal);
      const [way] = speech.negotiation.ways();
      for (const request of requests) if (way !== undefined) speech.requestOf(request, way);
      await warmCode(clock);
      // Together, so that each needs a connection of its own.
      await Promise.all(Array.from({ length: wanted }, () => pages(signal)("/v1/models")));
      // What happened until here is in no measurement.
      channel.forgetNotes();
    },
    send,
    reaches: async (signal) => {
      const get = requestBytes(target, { method: "GET", path: `${prefix}/v1/models`, headers: {} });
      const replies = await Promise.all([1, 2].map(() => channel.page(get, signal)));
      return replies.some(({ status, failure }) => status !== undefined || failure?.kind !== "connect");
    },
    ...countersAndCache(site, () => speech.dialect),
    notes: () => [...speech.negotiation.notes(), ...channel.notes()],
    close: async () => channel.close(),
  };
}

/** How the server is spoken to, as far as is known. */
interface Speech {
  readonly dialect: Dialect;
  readonly negotiation: Negotiation;
  /** The bytes of the whole request, made once for one that is asked in one way. */
  requestOf(request: GenerationRequest, way: Asking): Uint8Array;
}

interface Address {
  readonly target: Target;
  readonly prefix: string;
  readonly headers: Readonly<Record<string, string>>;
}

function speechOf(dialect: Dialect, { target, prefix, headers }: Address): Speech {
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

/** `http://host:8000/base/v1/` is the origin and "/base": the paths bring their own /v1. */
function splitUrl(url: string): { readonly origin: string; readonly prefix: string } {
  const { origin, pathname } = new URL(url);
  return { origin, prefix: pathname.replace(/\/+$/, "").replace(/\/v1$/, "") };
}

type Exchanges = Awaited<ReturnType<InferenceClient["send"]>>;

/**
 * Asks in the settled way; before that in each way until one is answered. What the best way met is what is reported.
 * `isLast`: there is no other way to ask after this one.
 */
async function ask(
  negotiation: Negotiation,
  send: (way: Asking, isLast: boolean) => Promise<Exchanges>,
): Promise<Exchanges> {
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

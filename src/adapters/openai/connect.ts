/** The client of an OpenAI-compatible server. */
import type { Clock, ConnectClient, ConnectOptions, GenerationRequest, InferenceClient } from "../../gate/ports.ts";
import { channelTo, tollNotes } from "./channel.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { openai } from "./dialects/openai.ts";
import { targetOf } from "./http-connection.ts";
import { requestBytes } from "./http-request.ts";
import { dialectNamed, inspectServer, type ReadPage } from "./inspect.ts";
import { ownSender } from "./own-sender.ts";
import type { Asking } from "./request-body.ts";
import { countersAndCache, pagesOf, type Site } from "./server-pages.ts";
import { ask, type Speech, speechOf } from "./speech.ts";
import { type LoadThreads, threadsFor } from "./threads/load-threads.ts";

/** `threads`: what sends workloads; without them the program's own thread does. */
export function connectWith(clock: Clock, threads?: LoadThreads): ConnectClient {
  return (options) => createClient(options, { clock, threads });
}

interface Means {
  readonly clock: Clock;
  readonly threads: LoadThreads | undefined;
}

function createClient(options: ConnectOptions, { clock, threads }: Means): InferenceClient {
  const { origin, prefix } = splitUrl(options.url);
  const target = targetOf(origin);
  const channel = channelTo(target, clock);
  const sender = (options.clientThreads === 0 ? undefined : threads?.client()) ?? ownSender(channel, clock);
  const given = options.backend === "auto" ? undefined : dialectNamed(options.backend);
  const authorization = options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` };
  const speak = (dialect: Dialect): Speech => speechOf(dialect, { target, prefix, authorization });
  let speech = speak(given ?? openai);
  const site: Site = { prefix, authorization, target, channel };
  const pages = (signal: AbortSignal): ReadPage => pagesOf(site, signal).get;
  const opener = requestBytes(target, { method: "GET", path: `${prefix}/v1/models`, headers: authorization });
  const postOf = (request: GenerationRequest, way: Asking) => {
    const { maxTokens, keepText = false } = request;
    return { bytes: speech.requestOf(request, way), maxTokens, keepsText: keepText };
  };
  const send: InferenceClient["send"] = (request, signal, onFree) =>
    ask(speech.negotiation, (way, isLast) => {
      const post = { ...postOf(request, way), timeoutMs: options.requestTimeoutMs };
      return channel.stream(post, signal, isLast ? onFree : undefined);
    });
  return {
    inspect: async (signal) => {
      const { dialect, facts } = await inspectServer(pages(signal), given);
      signal.throwIfAborted();
      if (dialect !== speech.dialect) speech = speak(dialect);
      return facts;
    },
    prepare: async ({ connections, requests }, signal) => {
      const [first] = requests;
      if (first !== undefined && !speech.negotiation.isSettled()) await send(trialRequest(first.model), signal);
      const way = speech.negotiation.ways()[0];
      const posts = way === undefined ? [] : requests.map((request) => postOf(request, way));
      const { requestTimeoutMs: timeoutMs, clientThreads = threadsFor(connections) } = options;
      const work = { target, opener, connections, requests: posts, timeoutMs, examples: channel.examples() };
      await sender.prepare({ ...work, threads: clientThreads }, signal);
    },
    send,
    ...(sender.load !== undefined && { load: sender.load }),
    reaches: async (signal) => {
      const replies = await Promise.all([1, 2].map(() => channel.page(opener, signal)));
      return replies.some(({ status, failure }) => status !== undefined || failure?.kind !== "connect");
    },
    ...countersAndCache(site, () => speech.dialect),
    notes: () => [...speech.negotiation.notes(), ...tollNotes(sender.toll())],
    close: async () => {
      sender.close();
      channel.close();
    },
  };
}

/** Finds out how the server wants to be asked where no request has yet; unlike any that is measured. */
function trialRequest(model: string): GenerationRequest {
  return { model, prompt: "Hello", maxTokens: 4, sampling: {}, exactLength: true };
}

/** `http://host:8000/base/v1/` is the origin and "/base": the paths bring their own /v1. */
function splitUrl(url: string): { readonly origin: string; readonly prefix: string } {
  const { origin, pathname } = new URL(url);
  return { origin, prefix: pathname.replace(/\/+$/, "").replace(/\/v1$/, "") };
}

/** The server's pages beside the answers: its counters, and the reset of its cache. */
import { type ServerValues, withOurNames } from "../../core/plan/server-names.ts";
import type { InferenceClient } from "../../gate/ports.ts";
import type { Channel } from "./channel.ts";
import type { Dialect, PageReply, Pages } from "./dialects/dialect.ts";
import type { Target } from "./http-connection.ts";
import { requestBytes } from "./http-request.ts";
import { metricsOf } from "./prometheus.ts";
import { bodyText } from "./reply.ts";

export interface Site {
  /** Before every path. */
  readonly prefix: string;
  readonly authorization: Readonly<Record<string, string>>;
  readonly target: Target;
  readonly channel: Channel;
}

/** A reset may wait for what still runs, ms. */
const postTimeoutMs = 30_000;

/** Never rejects: a page that the server does not have is undefined. */
export function pagesOf({ prefix, authorization, target, channel }: Site, signal: AbortSignal): Pages {
  const headers = { accept: "*/*", "accept-encoding": "identity", ...authorization };
  return {
    get: async (path) => {
      const asked = requestBytes(target, { method: "GET", path: prefix + path, headers });
      const reply = await channel.page(asked, signal);
      return reply.status === 200 && reply.failure === undefined ? bodyText(reply) : undefined;
    },
    post: async (path): Promise<PageReply> => {
      const json = { ...headers, "content-type": "application/json" };
      const posted = requestBytes(target, { method: "POST", path: prefix + path, headers: json, body: emptyObject });
      const reply = await channel.page(posted, signal, postTimeoutMs);
      const text = bodyText(reply);
      return reply.status === undefined ? { text } : { status: reply.status, text };
    },
  };
}

const emptyObject = Buffer.from("{}");

/** `dialect` is asked each time: it may be found out late. */
export function countersAndCache(
  site: Site,
  dialect: () => Dialect,
): Required<Pick<InferenceClient, "scrape" | "scrapeUnread" | "resetCache">> {
  const counters = (signal: AbortSignal) => pagesOf(site, signal).get("/metrics");
  return {
    scrape: async (signal) => {
      const text = await counters(signal);
      signal.throwIfAborted();
      return valuesIn(text, dialect());
    },
    scrapeUnread: async (signal) => {
      const text = await counters(signal);
      return () => valuesIn(text, dialect());
    },
    resetCache: async (signal) => (await dialect().resetCache?.(pagesOf(site, signal))) ?? { kind: "none" },
  };
}

function valuesIn(text: string | undefined, { metricsPrefix, metricNames }: Dialect): ServerValues {
  return text === undefined ? {} : withOurNames(metricsOf(text, metricsPrefix), metricNames);
}

import { connect, createServer } from "node:net";
import { GateError } from "../../core/model/gate-error.ts";
import { portHolder } from "./port-holder.ts";

/** Where the server will listen, as far as the url says. */
export interface Address {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Whether server.url names the port; else it was free a moment ago. */
  readonly portIsGiven: boolean;
}

/** The address for a server of our own: the url's, with a free port where it has none. */
export async function ownAddress(url: string | undefined): Promise<Address> {
  const parsed = parsedUrl(url ?? "http://127.0.0.1");
  if (parsed.port !== "" || hasDefaultPort(url)) {
    const port = Number(parsed.port === "" ? defaultPort(parsed) : parsed.port);
    await assertNobodyAnswers(parsed, port);
    return { url: withoutSlash(parsed), port, portIsGiven: true };
  }
  const port = await freePort(parsed.hostname);
  parsed.port = `${port}`;
  return { url: withoutSlash(parsed), port, portIsGiven: false };
}

/** The url of a running server, as later requests need it. */
export function visitedUrl(url: string): string {
  return withoutSlash(parsedUrl(url));
}

function parsedUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new GateError(
      "config",
      `config: server.url is ${JSON.stringify(url)}; expected an http address, such as http://127.0.0.1:8000`,
    );
  }
  return parsed;
}

/** URL drops ":80" of http and ":443" of https, though the user wrote them. */
function hasDefaultPort(url: string | undefined): boolean {
  return url !== undefined && /^https?:\/\/[^/?#]*:\d+(?:[/?#]|$)/i.test(url);
}

function defaultPort({ protocol }: URL): string {
  return protocol === "https:" ? "443" : "80";
}

function withoutSlash(url: URL): string {
  return url.href.replace(/\/+$/, "");
}

/** Whoever answers there would be measured in place of the server that we start. */
async function assertNobodyAnswers({ hostname, href }: URL, port: number): Promise<void> {
  if (!(await answers(hostname, port))) return;
  const holder = portHolder(port);
  const whom = holder ?? `what listens there (ss -ltnp 'sport = :${port}' shows it)`;
  throw new GateError(
    "host",
    `server: port ${port} of ${hostname} already answers, before server.command was started; stop ${whom}, or let ` +
      `server.url name another port than ${href}, or none: then a free one is found. To measure the server that runs ` +
      "there, leave server.command out",
  );
}

const CONNECT_LIMIT_MS = 1000;

function answers(hostname: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: unbracketed(hostname), port, timeout: CONNECT_LIMIT_MS });
    const settle = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
    socket.once("timeout", () => settle(false));
  });
}

function freePort(hostname: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (cause) =>
      reject(
        new GateError("config", `config: server.url names ${hostname}, where no port can be opened: ${cause.message}`, {
          cause,
        }),
      ),
    );
    probe.listen(0, unbracketed(hostname), () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

function unbracketed(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

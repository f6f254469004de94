/**
 * One HTTP/1.1 connection, one request at a time, read with as little between the socket and the stamp as Node allows.
 *
 * All sockets of a client read into one buffer (`onread`): nothing is allocated for a read, no stream machinery runs, and
 * the head of an answer is all that is parsed. undici's dispatch took four times as long for a token and stamped the last
 * of 512 streams 10 ms late (`npm run bench:load`).
 */
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type BodySink, type BodyWalk, FramingError, walkBody } from "./body-framing.ts";
import { type AnswerHead, maxHeadBytes, readHead } from "./http-head.ts";

/**
 * What one exchange is told: that it was sent; of each read, first that it came, then the head and the parts of the body in
 * it (overwritten afterwards), then all its bytes; and one of ended and lost.
 */
export interface Exchanging extends BodySink {
  /** The request's bytes go to the socket now. */
  onSent(): void;
  onRead(): void;
  onHead(head: AnswerHead): void;
  /** The read with the framing of its body. */
  onBytes(bytes: Buffer, count: number): void;
  onEnded(): void;
  onLost(loss: ConnectionLoss): void;
}

export interface ConnectionLoss {
  readonly kind: "closed" | "bad-http" | "failed";
  readonly message: string;
}

/** Who ended an idle connection: the server, or we before it would. */
type Closer = "server" | "client";

/** Where to, taken apart once. */
export interface Target {
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Of the `host` header. */
  readonly authority: string;
}

export function targetOf(origin: string): Target {
  const url = new URL(origin);
  const isTls = url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return { origin, host, port: Number(url.port) || (isTls ? 443 : 80), isTls, authority: url.host };
}

/** Errors of a socket that the other side closed, at whatever moment. */
const closedCodes = new Set(["ECONNRESET", "EPIPE"]);

const readBufferBytes = 64 * 1024;

/** Shared: a read is over before the next one begins. */
const readBuffer = Buffer.allocUnsafeSlow(readBufferBytes);

export class HttpConnection {
  readonly #target: Target;
  readonly #onClosed: (closer: Closer) => void;
  #socket: Socket | undefined;
  #isOpen = false;
  #exchanging: Exchanging | undefined;
  #request: Uint8Array | undefined;
  /** The bytes of a head that is not whole yet. */
  #headParts = "";
  #head: AnswerHead | undefined;
  #body: BodyWalk | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  /** `onClosed`: told once an idle connection carries no further request. */
  constructor(target: Target, onClosed: (closer: Closer) => void) {
    this.#target = target;
    this.#onClosed = onClosed;
  }

  /** Whether it stands, and may carry a request. */
  isOpen(): boolean {
    return this.#isOpen;
  }

  /** One at a time; the first connects. */
  send(request: Uint8Array, exchanging: Exchanging): void {
    clearTimeout(this.#idleTimer);
    this.#exchanging = exchanging;
    this.#request = request;
    this.#head = undefined;
    this.#headParts = "";
    if (this.#socket === undefined) this.#socket = this.#open();
    else if (this.#isOpen) this.#write();
    else this.#lose({ kind: "closed", message: "other side closed" });
  }

  /** Nothing is told of what was under way. */
  destroy(): void {
    clearTimeout(this.#idleTimer);
    this.#exchanging = undefined;
    this.#isOpen = false;
    this.#socket?.destroy();
  }

  #open(): Socket {
    const { host, port, isTls } = this.#target;
    const callback = (count: number): boolean => {
      this.#onRead(count);
      return true;
    };
    const options = { host, port, noDelay: true, onread: { buffer: readBuffer, callback } };
    const socket = isTls
      ? connectTls({ ...options, ALPNProtocols: ["http/1.1"], ...(isIP(host) === 0 && { servername: host }) })
      : connectTcp(options);
    socket.once(isTls ? "secureConnect" : "connect", () => {
      this.#isOpen = true;
      socket.setNoDelay(true);
      if (this.#exchanging !== undefined) this.#write();
    });
    socket.on("end", () => this.#onEnd());
    socket.on("error", (error: NodeJS.ErrnoException) => {
      const code = error.code ?? error.name;
      const message = error.message.includes(code) ? error.message : `${error.message} ${code}`.trim();
      this.#lose({ kind: closedCodes.has(code) ? "closed" : "failed", message });
    });
    socket.once("close", () => {
      this.#lose({ kind: "closed", message: "other side closed" });
      this.#retire("server");
    });
    return socket;
  }

  #write(): void {
    this.#exchanging?.onSent();
    this.#socket?.write(this.#request ?? "");
    this.#request = undefined;
  }

  #onRead(count: number): void {
    const exchanging = this.#exchanging;
    if (exchanging === undefined) {
      // Words nobody asked for: a server that says goodbye.
      this.#retire("server");
      return;
    }
    exchanging.onRead();
    try {
      this.#take(exchanging, count);
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      this.#lose({ kind: "bad-http", message: error.message });
    }
  }

  #take(exchanging: Exchanging, count: number): void {
    const from = this.#head === undefined ? this.#takeHead(exchanging, count) : 0;
    // The exchange may have been given up on hearing the head.
    if (from === -1 || this.#body === undefined || this.#exchanging !== exchanging) return;
    const end = from === count ? -1 : this.#body.walk(readBuffer, { from, to: count }, exchanging);
    exchanging.onBytes(readBuffer, count);
    const isWhole = end !== -1 || this.#body.mayEnd();
    if (this.#exchanging !== exchanging || !isWhole || (end === -1 && this.#head?.body.kind === "close")) return;
    // Bytes behind the end are nobody's: the answer is whole, the connection is not to be trusted.
    this.#finish(end === -1 || end === count);
  }

  /** Where the body begins in this read; -1 while the head goes on. Interim answers are skipped. */
  #takeHead(exchanging: Exchanging, count: number): number {
    let from = 0;
    for (;;) {
      const known = this.#headParts.length;
      this.#headParts += readBuffer.toString("latin1", from, count);
      const found = /\r?\n\r?\n/.exec(this.#headParts);
      if (found === null) {
        if (this.#headParts.length > maxHeadBytes) throw new FramingError("the answer's head has no end");
        refuseWhatIsNoHttp(this.#headParts);
        return -1;
      }
      const end = found.index + found[0].length;
      const head = readHead(this.#headParts.slice(0, found.index));
      this.#headParts = "";
      from += end - known;
      if (head.status === 101) throw new FramingError("the server changes the protocol");
      if (head.status < 200) continue;
      this.#head = head;
      this.#body = walkBody(head.body);
      exchanging.onHead(head);
      return from;
    }
  }

  #onEnd(): void {
    const isWhole = this.#head !== undefined && this.#body?.mayEnd() === true;
    if (this.#exchanging !== undefined && isWhole) this.#finish(false);
    else this.#lose({ kind: "closed", message: "other side closed" });
    this.#retire("server");
  }

  #finish(isClean: boolean): void {
    const exchanging = this.#exchanging;
    const { keepsAlive = false, idleMs } = this.#head ?? {};
    this.#exchanging = undefined;
    // A server that keeps it idle for a second and less has as good as closed it.
    if (!isClean || !keepsAlive || (idleMs !== undefined && idleMs <= idleMarginMs)) this.#isOpen = false;
    else if (idleMs !== undefined) this.#idleTimer = this.#closeAfter(idleMs - idleMarginMs);
    exchanging?.onEnded();
    if (!this.#isOpen) this.#socket?.destroy();
  }

  #closeAfter(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#retire("client"), ms).unref();
  }

  /** Said before the socket is gone, which takes a turn of the event loop: a request would meet it there. */
  #retire(closer: Closer): void {
    const stood = this.#isOpen;
    this.#isOpen = false;
    this.#socket?.destroy();
    if (stood) this.#onClosed(closer);
  }

  #lose(loss: ConnectionLoss): void {
    const exchanging = this.#exchanging;
    if (exchanging === undefined) return;
    this.#exchanging = undefined;
    this.#isOpen = false;
    this.#socket?.destroy();
    exchanging.onLost(loss);
  }
}

/** It is closed so long before the server would, so that no request meets it then. ms */
const idleMarginMs = 1000;

/** An answer of another protocol may never have the end of a head. */
function refuseWhatIsNoHttp(text: string): void {
  const begun = "HTTP/1.";
  if (!begun.startsWith(text.slice(0, begun.length))) {
    throw new FramingError(`the answer begins with "${text.slice(0, 80)}"`);
  }
}

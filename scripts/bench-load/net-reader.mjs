/**
 * The limits our client is held against: a bare `net` reader, warmed, that parses nothing.
 *
 * "raw" counts bytes and knows an answer's end by its last ones; "net" also keeps the time of every read. Both read
 * into one buffer of their own (`onread`), which is the least Node can do.
 */
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { performance } from "node:perf_hooks";

const { kind, port, requests, tokens, atMs, flood, output } = JSON.parse(process.argv[2]);
const isStamping = kind === "net";
const buffer = Buffer.allocUnsafe(65536);
const idle = [];

function requestBytes(count) {
  const body = JSON.stringify({ stream: true, max_tokens: count, ...(flood && { flood: 1 }) });
  return Buffer.from(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}

function open() {
  return new Promise((resolve, reject) => {
    const one = { tail: "", stamps: [], onEnd: () => {}, socket: undefined };
    const onRead = (count, bytes) => {
      if (isStamping) one.stamps.push(performance.now());
      one.tail = count < 6 ? one.tail + bytes.latin1Slice(0, count) : bytes.latin1Slice(count - 6, count);
      if (one.tail.endsWith("\n0\r\n\r\n")) one.onEnd();
      return true;
    };
    one.socket = connect({ port, host: "127.0.0.1", noDelay: true, onread: { buffer, callback: onRead } }, () =>
      resolve(one),
    );
    one.socket.on("error", reject);
  });
}

function ask(one, bytes) {
  one.stamps = [];
  const sentMs = performance.now();
  const ended = new Promise((resolve) => {
    one.onEnd = () => resolve({ sentMs, stamps: one.stamps, endMs: performance.now() });
  });
  one.socket.write(bytes);
  return ended;
}

const wanted = atMs === undefined ? requests : 256;
for (let index = 0; index < wanted; index += 1) idle.push(await open());
// Warm: twice through every line of this file.
for (let lap = 0; lap < 3; lap += 1)
  await Promise.all(idle.slice(0, 64).map((one) => ask(one, requestBytes(flood ? 2000 : 16))));
await fetch(`http://127.0.0.1:${port}/log`).then((answer) => answer.arrayBuffer());

await new Promise((resolve) => setTimeout(resolve, 500));
const bytes = requestBytes(tokens);
const startCpu = process.cpuUsage();
const originMs = performance.now() + 10;
const latenessMs = [];
const answers = [];
for (let index = 0; index < requests; index += 1) {
  const dueMs = originMs + (atMs?.[index] ?? 0);
  for (let leftMs = dueMs - performance.now(); leftMs > 0; leftMs = dueMs - performance.now()) {
    await new Promise((resolve) => (leftMs > 1.5 ? setTimeout(resolve, leftMs - 1.5) : setImmediate(resolve)));
  }
  const one = idle.pop() ?? (await open());
  const answer = ask(one, bytes);
  answers.push(
    answer.then((seen) => {
      idle.push(one);
      latenessMs[index] = seen.sentMs - dueMs;
      return seen;
    }),
  );
}
const seen = await Promise.all(answers);
const { user, system } = process.cpuUsage(startCpu);
// The first read of an answer is its head, where the server waits before the first token.
const tokenTimes = seen.map(({ stamps }) => stamps.slice(1));
writeFileSync(
  output,
  JSON.stringify({
    tokens: requests * tokens,
    spanMs: Math.max(...seen.map(({ endMs }) => endMs)) - Math.min(...seen.map(({ sentMs }) => sentMs)),
    cpuS: (user + system) / 1e6,
    ttftMs: isStamping && !flood ? seen.map(({ sentMs, stamps }) => stamps[1] - sentMs) : [],
    itlMs:
      isStamping && !flood ? tokenTimes.flatMap((times) => times.slice(1).map((at, index) => at - times[index])) : [],
    latenessMs,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    warnings: [],
  }),
);
process.exit(0);

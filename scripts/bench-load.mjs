/**
 * How much the client takes in and how true its times are, beside a raw reader of sockets: `npm run bench:load [-- --quick]`.
 *
 * A C server on core 0 writes the tokens and keeps the time of each; on core 1 run in turn a reader that only counts bytes
 * (raw), one that also stamps them (net) and our client through the whole path of a trial, each in a process of its own.
 * Figures are medians over the repetitions. Nothing is asserted: the machine decides. Needs Linux, cc and taskset.
 */
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { markdownTable } from "markdown-table";
import {
  floodTokens,
  goals,
  judged,
  pacedStreams,
  rates,
  shortNumber,
  streamCounts,
  trueItlMs,
  trueTtftMs,
} from "./bench-load/points.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const run = promisify(execFile);
const isQuick = process.argv.includes("--quick");
const only = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const repetitions = Number(process.argv.find((word) => word.startsWith("--repeat="))?.slice(9) ?? (isQuick ? 1 : 5));
const folder = mkdtempSync(join(tmpdir(), "bench-load-"));
const serverCore = "0";
const clientCore = "1";

try {
  await prepare();
  const port = await startServer();
  if (isAsked("flood")) await measureFlood(port);
  if (isAsked("paced")) await measurePaced(port);
  if (isAsked("lateness")) await measureLateness(port);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

function isAsked(part) {
  return only.length === 0 || only.includes(part);
}

async function prepare() {
  await run("cc", ["-O2", "-o", join(folder, "sse-server"), join(root, "scripts/bench-load/sse-server.c")]);
  await bundle("scripts/bench-load/our-client.ts", "our-client.mjs");
  await bundle("src/entry/load-thread.ts", "load-thread.mjs");
}

function bundle(entry, output) {
  return build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(folder, output),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    loader: { ".txt": "text" },
    banner: { js: 'import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);' },
    logLevel: "warning",
  });
}

function startServer() {
  const server = spawn(
    "taskset",
    ["-c", serverCore, join(folder, "sse-server"), String(trueTtftMs * 1000), String(trueItlMs * 1000)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  process.on("exit", () => server.kill());
  return new Promise((resolve) => server.stdout.once("data", (line) => resolve(Number(line))));
}

/** One point by one reader, and what the server wrote meanwhile. */
async function measureOnce(kind, port, point) {
  const program = kind === "ours" ? join(folder, "our-client.mjs") : join(root, "scripts/bench-load/net-reader.mjs");
  const output = join(folder, "seen.json");
  const ours = { url: `http://127.0.0.1:${port}`, program: join(folder, "load-thread.mjs"), threads: 1 };
  const argument = JSON.stringify({ kind, port, output, ...ours, ...point });
  await run("taskset", ["-c", clientCore, process.execPath, program, argument]);
  const seen = JSON.parse(readFileSync(output, "utf8"));
  if (seen.failure !== undefined) throw new Error(`a request failed: ${JSON.stringify(seen.failure)}`);
  const log = Buffer.from(await (await fetch(`http://127.0.0.1:${port}/log`)).arrayBuffer());
  return { ...seen, served: readLog(log) };
}

function readLog(bytes) {
  const numbers = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
  const served = { ttftMs: [], itlMs: [] };
  for (let at = 0; at < numbers.length; at += numbers[at] + 2) {
    const written = numbers.subarray(at + 2, at + 2 + numbers[at]);
    served.ttftMs.push(written[0] - numbers[at + 1]);
    for (let index = 1; index < written.length; index += 1) served.itlMs.push(written[index] - written[index - 1]);
  }
  return served;
}

/** Every kind in turn, `repetitions` times over; the median of each figure. */
async function measureInTurn(kinds, port, { point, figures }) {
  const all = new Map(kinds.map((kind) => [kind, []]));
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    for (const kind of kinds) all.get(kind).push(figures(await measureOnce(kind, port, point)));
  }
  const names = [...all.values()].flatMap((found) => Object.keys(found[0]));
  const medians = (found) =>
    Object.fromEntries(
      names.map((name) => [
        name,
        percentile(
          found.map((one) => one[name]),
          50,
        ),
      ]),
    );
  return Object.fromEntries([...all].map(([kind, found]) => [kind, medians(found)]));
}

function percentile(values, percent) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = ((sorted.length - 1) * percent) / 100;
  const low = sorted[Math.floor(at)];
  return low + ((sorted[Math.ceil(at)] ?? low) - low) * (at - Math.floor(at));
}

async function measureFlood(port) {
  const rows = [];
  const figures = ({ tokens, spanMs, cpuS, peakMiB }) => ({
    perSecond: (tokens / spanMs) * 1000,
    cpu: (cpuS / tokens) * 1e6,
    peakMiB,
  });
  for (const streams of streamCounts) {
    const point = {
      requests: streams,
      tokens: floodTokens(streams, isQuick),
      flood: true,
      arrivals: { process: "burst" },
    };
    const { raw, net, ours } = await measureInTurn(["raw", "net", "ours"], port, { point, figures });
    const ratio = ours.perSecond / raw.perSecond;
    const goal = goals.tokensPerSecond(streams);
    rows.push([
      streams,
      ...[raw.perSecond, net.perSecond, ours.perSecond].map(shortNumber),
      goal === undefined ? "" : judged(ours.perSecond, { goal, net: net.perSecond, worse: "lower" }),
      `${(100 * ratio).toFixed(0)} % (${judged(ratio, { goal: goals.ratioToRaw, worse: "lower" })})`,
      `${shortNumber(ours.cpu)} (${judged(ours.cpu, { goal: goals.cpuPerMillion, net: net.cpu, worse: "higher" })})`,
      ours.peakMiB.toFixed(0),
    ]);
  }
  const head = [
    "streams",
    "raw tok/s",
    "net tok/s",
    "ours tok/s",
    "goal 1.2 M at 64",
    "ours / raw, goal 25 %",
    "CPU s / M tokens parsed, goal 1.5",
    "ours MiB",
  ];
  print("Tokens taken in, server at full rate", [head, ...rows]);
}

async function measurePaced(port) {
  const rows = [];
  const figures = (seen) => ({
    ttft: error(seen, "ttftMs", 50),
    itl50: error(seen, "itlMs", 50),
    itl99: error(seen, "itlMs", 99),
    served99: percentile(seen.served.itlMs, 99),
  });
  for (const streams of pacedStreams) {
    const point = { requests: streams, tokens: isQuick ? 100 : 300, arrivals: { process: "burst" } };
    const { net, ours } = await measureInTurn(["net", "ours"], port, { point, figures });
    const cell = (name, goal) => {
      const verdict = goal === undefined ? "" : ` (${judged(ours[name], { goal, net: net[name], worse: "higher" })})`;
      return `${ours[name].toFixed(3)} / ${net[name].toFixed(3)}${verdict}`;
    };
    rows.push([
      streams,
      cell("ttft", goals.ttftP50Ms(streams)),
      cell("itl50", goals.itlP50Ms),
      cell("itl99", goals.itlP99Ms(streams)),
      ours.served99.toFixed(2),
    ]);
  }
  const head = ["streams", "TTFT p50 error", "ITL p50 error", "ITL p99 error", "server's ITL p99"];
  print(`Error of the times against the server's log, ms, ours / net, ITL ${trueItlMs} ms`, [head, ...rows]);
}

/** How far our percentile is from the server's own. */
function error(seen, name, percent) {
  return Math.abs(percentile(seen[name], percent) - percentile(seen.served[name], percent));
}

async function measureLateness(port) {
  const rows = [];
  const figures = ({ latenessMs }) => ({
    p50: percentile(latenessMs, 50),
    p99: percentile(latenessMs, 99),
    max: Math.max(...latenessMs),
  });
  for (const rate of rates) {
    const requests = rate * (isQuick ? 1 : 3);
    const atMs = Array.from({ length: requests }, (_, index) => (index * 1000) / rate);
    const point = { requests, tokens: 8, atMs, arrivals: { process: "uniform", rate } };
    const { net, ours } = await measureInTurn(["net", "ours"], port, { point, figures });
    const goal = goals.latenessP99Ms(rate);
    const verdict = goal === undefined ? "" : judged(ours.p99, { goal, net: net.p99, worse: "higher" });
    rows.push([
      rate,
      ...["p50", "p99", "max"].map((name) => `${ours[name].toFixed(3)} / ${net[name].toFixed(3)}`),
      verdict,
    ]);
  }
  print("Sent after their time, ms, ours / net", [
    ["requests/s", "p50", "p99", "max", "goal p99 1 ms at 1,000/s"],
    ...rows,
  ]);
}

function print(title, table) {
  console.log(`\n${title}, medians of ${repetitions}\n\n${markdownTable(table.map((row) => row.map(String)))}`);
}

/** A llama.cpp server: node server.mjs --model FILE --port N [--parallel 16] [--slow-decode-ms X] */
import { once } from "node:events";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { answerRequest, sendError } from "./openai-api.mjs";

const USAGE = "use: node server.mjs --model FILE --port N [--parallel 16] [--slow-decode-ms X]";

await main();

async function main() {
  const options = parseOptions();
  let engine;
  const server = createServer((request, response) => {
    answerRequest(engine, request, response).catch((error) => {
      log(`${request.method} ${request.url}: ${error.message}`);
      sendError(response, 500, { message: error.message, type: "server_error" });
    });
  });
  const stop = async () => {
    server.close();
    server.closeAllConnections();
    await engine?.close();
    process.exit(0);
  };
  process.on("SIGTERM", stop).on("SIGINT", stop);

  server.on("error", (error) => fail(`cannot listen on port ${options.port}: ${error.message}`));
  server.listen(options.port, "127.0.0.1");
  await once(server, "listening");
  log(`listening on http://127.0.0.1:${server.address().port}`);
  engine = await loadModel(options);
}

/** The server listens meanwhile and says on /health that it is loading: the import alone takes half a second. */
async function loadModel(options) {
  log(`loading ${options.modelPath}`);
  const startedAtMs = performance.now();
  try {
    const { loadEngine } = await import("./engine.mjs");
    const engine = await loadEngine(options);
    const tookMs = Math.round(performance.now() - startedAtMs);
    log(`ready after ${tookMs} ms: ${engine.totalSlots} sequences of ${engine.contextSize} tokens`);
    return engine;
  } catch (error) {
    return fail(`cannot load ${options.modelPath}: ${error.message}`);
  }
}

function parseOptions() {
  try {
    const { values } = parseArgs({
      options: {
        model: { type: "string" },
        port: { type: "string" },
        parallel: { type: "string", default: "16" },
        "slow-decode-ms": { type: "string", default: "0" },
      },
    });
    if (values.model === undefined) throw new Error("--model is missing");
    return {
      modelPath: values.model,
      port: numberOption("port", values.port, { from: 0, to: 65_535, whole: true }),
      parallel: numberOption("parallel", values.parallel, { from: 1, to: 64, whole: true }),
      slowDecodeMs: numberOption("slow-decode-ms", values["slow-decode-ms"], { from: 0, to: 60_000, whole: false }),
    };
  } catch (error) {
    return fail(`${error.message}; ${USAGE}`);
  }
}

function numberOption(name, text, { from, to, whole }) {
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  if (value >= from && value <= to && (!whole || Number.isInteger(value))) return value;
  const given = text === undefined ? "missing" : JSON.stringify(text);
  throw new Error(`--${name} is ${given}; expected a ${whole ? "whole " : ""}number from ${from} to ${to}`);
}

function log(line) {
  process.stdout.write(`${line}\n`);
}

function fail(message) {
  process.stderr.write(`server: ${message}\n`);
  process.exit(2);
}

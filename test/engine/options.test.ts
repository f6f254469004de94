import { expect, test } from "@jest/globals";
import { defaultEngineOptions, engineHelp, parseEngineArgs, parseSlowdown } from "../../src/engine/options.ts";

test("without flags the defaults apply", () => {
  expect(parseEngineArgs([])).toEqual({ options: defaultEngineOptions });
});

test("every flag is read", () => {
  const argv =
    "--host 0.0.0.0 --port 8000 --model m --batching static --kv-cache paged --kv-tokens 8192 --max-model-len 2048 --max-batch-size 4 --chunked-prefill --prefix-caching --seed 7 --time-scale 0.1 --slowdown itl=15%,ttft=20% --crash-after 3 --stall-after 4 --error-rate 10% --mismatch-rate 5% --load-time 2s";
  expect(parseEngineArgs(argv.split(" "))).toEqual({
    options: {
      host: "0.0.0.0",
      port: 8000,
      model: "m",
      batching: "static",
      kvCache: "paged",
      kvTokens: 8192,
      maxModelLen: 2048,
      maxBatchSize: 4,
      chunkedPrefill: true,
      prefixCaching: true,
      seed: 7,
      timeScale: 0.1,
      slowdown: { itl: 0.15, ttft: 0.2, throughput: 0 },
      crashAfter: 3,
      stallAfter: 4,
      errorRate: 0.1,
      mismatchRate: 0.05,
      loadTimeMs: 2000,
    },
  });
});

test("a paged cache runs more sequences at once unless told otherwise", () => {
  expect(parseEngineArgs(["--kv-cache", "paged"])).toMatchObject({ options: { maxBatchSize: 24 } });
});

test.each([
  [["--port", "http"], '--port is "http"; expected a whole number from 0 to 65535'],
  [["--port=70000"], '--port is "70000"; expected a whole number from 0 to 65535'],
  [["--batching", "dynamic"], '--batching is "dynamic"; expected static or continuous'],
  [["--max-batch-size", "0"], '--max-batch-size is "0"; expected a whole number from 1 on'],
  [["--time-scale", "0"], '--time-scale is "0"; expected a number above 0, such as 0.1'],
  [["--error-rate", "10"], '--error-rate is "10"; expected 0% to 100%, such as 10%'],
  [["--load-time", "2"], '--load-time is "2"; expected a time with its unit, such as 500ms or 2s, and at most 24h'],
  [["--seed"], "--seed has no value; expected one after it"],
  [["--chunked-prefill=yes"], '--chunked-prefill is "yes"; expected no value'],
  [["--batch", "8"], "--batch is unknown; --help lists the flags"],
  [["fast"], '"fast" is not a flag; expected only flags, see --help'],
  [
    ["--kv-tokens", "1024"],
    "--kv-tokens is 1024; expected at least 4096, so that one sequence of --max-model-len 4096 fits",
  ],
  [
    ["--slowdown", "itl=fast"],
    '--slowdown is "itl=fast"; "itl=fast" is no slowdown; expected itl, ttft or throughput with a percentage, such as itl=15%,ttft=20%',
  ],
])("%j is refused with what was found and expected", (argv, problem) => {
  const parsed = parseEngineArgs(argv);
  expect("problems" in parsed ? parsed.problems : []).toContain(problem);
});

test("all problems are told at once", () => {
  expect(parseEngineArgs(["--port", "x", "--seed", "y"])).toMatchObject({ problems: { length: 2 } });
});

test.each([
  ["itl=15%", { itl: 0.15, ttft: 0, throughput: 0 }],
  ["itl=15%, ttft=2.5%", { itl: 0.15, ttft: 0.025, throughput: 0 }],
  ["throughput=10%", { itl: 0, ttft: 0, throughput: 0.1 }],
  ["ttft=-5%", { itl: 0, ttft: -0.05, throughput: 0 }],
])("the slowdown %s is read", (text, slowdown) => {
  expect(parseSlowdown(text)).toEqual({ slowdown });
});

test.each(["", "itl", "itl=15", "speed=5%", "itl=-100%", "throughput=100%"])("the slowdown %j is refused", (text) => {
  expect(parseSlowdown(text)).toMatchObject({ problems: { length: 1 } });
});

test("the help names every flag", () => {
  const flags = Object.keys(defaultEngineOptions).filter((key) => key !== "loadTimeMs");
  for (const key of [...flags, "crashAfter", "stallAfter", "loadTime"]) {
    expect(engineHelp).toContain(`--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  }
});

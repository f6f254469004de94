import { expect, test } from "@jest/globals";
import { parseConfig } from "../../../src/core/config/parse-config.ts";
import type { Config } from "../../../src/core/model/config.ts";
import { problemLines } from "../../../src/core/model/gate-error.ts";
import { describePlan } from "../../../src/core/plan/describe-plan.ts";
import { makePlan } from "../../../src/core/plan/make-plan.ts";
import { drawSchedule } from "../../../src/core/workload/schedule.ts";

function parsed(text: string): Config {
  const result = parseConfig(text, { file: "serving-gate.yml", purpose: "run" });
  if (!result.ok) throw new Error(problemLines("config", result.problems));
  return result.config;
}

const config = parsed(`
server: { command: "serve {{model}} {{args}}", url: "http://127.0.0.1:8000" }
models: [{ id: meta-llama/Llama, label: Llama }, { id: Qwen/Qwen3-4B, label: Qwen3, args: --dtype half }]
phases:
  - { id: continuous, title: Phase 5 — Continuous Batching, args: --max-batch-size 8 }
  - { id: paged, args: --max-batch-size 8 --kv paged }
overrides:
  - { phase: paged, model: Qwen3, args: --max-batch-size 16 --num-gpu-blocks 1024, note: tuned for 16 GB }
  - { phase: paged, model: Qwen/Qwen3-4B, workload: prefix_caching, args: --num-gpu-blocks 1536 }
  - { workload: baseline, note: one at a time }
workloads: [baseline, prefix_caching, paged_attention]
trials: 2
`);
const plan = makePlan(config);

test("trials are outermost, then phases, models and sets of arguments", () => {
  const order = plan.boots.map(({ trial, phase, model, args, workloads }) =>
    [trial, phase.id, model?.label, args.join(" "), workloads.map(({ workload }) => workload.name).join("+")].join(
      " | ",
    ),
  );
  const lap = [
    "continuous | Llama | --max-batch-size 8 | baseline+prefix_caching+paged_attention",
    "continuous | Qwen3 | --max-batch-size 8 --dtype half | baseline+prefix_caching+paged_attention",
    "paged | Llama | --max-batch-size 8 --kv paged | baseline+prefix_caching+paged_attention",
    "paged | Qwen3 | --kv paged --dtype half --max-batch-size 16 --num-gpu-blocks 1024 | baseline+paged_attention",
    "paged | Qwen3 | --kv paged --dtype half --max-batch-size 16 --num-gpu-blocks 1536 | prefix_caching",
  ];
  expect(order).toEqual([...lap.map((boot) => `0 | ${boot}`), ...lap.map((boot) => `1 | ${boot}`)]);
});

test("notes follow the overrides that apply", () => {
  const [baseline, burst] = plan.boots[3]?.workloads ?? [];
  expect(baseline?.notes).toEqual(["tuned for 16 GB", "one at a time"]);
  expect(burst?.notes).toEqual(["tuned for 16 GB"]);
  expect(plan.boots[0]?.workloads[1]?.notes).toEqual([]);
});

test("a workload has one schedule everywhere, its own", () => {
  const schedules = plan.boots.flatMap(({ workloads }) =>
    workloads.filter(({ workload }) => workload.name === "baseline"),
  );
  expect(new Set(schedules.map(({ schedule }) => schedule)).size).toBe(1);
  const [baseline] = config.workloads;
  expect(baseline && drawSchedule(baseline)).toEqual(schedules[0]?.schedule);
});

test("a phase without models is one boot with the server's own", () => {
  const { boots } = makePlan(parsed("server: { url: 'http://127.0.0.1:8000' }"));
  expect(boots).toHaveLength(3);
  expect(boots.every((boot) => !("model" in boot))).toBe(true);
});

test("minutes grow with starts, tokens and the time the schedule takes", () => {
  const minutes = (rest: string, server = "url: 'http://h:1'") =>
    makePlan(parsed(`server: { ${server} }\ntrials: 1\n${rest}`)).estimatedMinutes;
  const one = (keys: string) => minutes(`workloads: [{ name: w, warmup: 0, prompt-tokens: 1, ${keys} }]`);
  // 60 answers of 60 tokens one after another at 60 tok/s.
  expect(one("requests: 60, output-tokens: 60, arrivals: sequential")).toBe(1);
  // 600 answers of 100 tokens at 250 tok/s in all.
  expect(one("requests: 600, output-tokens: 100, arrivals: burst")).toBe(4);
  expect(one("requests: 600, output-tokens: 100, arrivals: { process: concurrency, concurrency: 8 }")).toBe(4);
  // The last of 61 comes after 60 s and takes 6 s more.
  expect(one("requests: 61, output-tokens: 360, arrivals: { process: uniform, rate: 1 }")).toBe(1.5);
  expect(one("requests: 61, output-tokens: 60, arrivals: { process: uniform, rate: 0.1 }")).toBe(10);
  const started = "command: 'serve {{port}}'";
  expect(
    minutes(
      "workloads: [{ name: w, warmup: 0, requests: 60, prompt-tokens: 1, output-tokens: 60, arrivals: sequential }]",
      started,
    ),
  ).toBe(2);
});

test("the plan reads as a person would tell it", () => {
  expect(describePlan(plan, config)).toBe(`2 trials, 10 server starts, about 30 minutes
  (assuming 60 s a start, 60 tok/s a stream, 250 tok/s in all)

Workloads:
  baseline: 10 requests, prompts 256 tokens, answers 256 tokens, one after another, 2 to warm up, seed 42
  prefix_caching: 48 requests, prompts 1024 shared + [32, 128] tokens, answers 256 tokens, one every 125 ms, 2 to warm up, seed 42
  paged_attention: 48 requests, prompts [128, 384] tokens, answers [128, 256] tokens, all at once, 2 to warm up, seed 42

Each trial, from first to last, so that drift hits all phases and models alike:
  1. continuous (Phase 5 — Continuous Batching), Llama: start serve {{model}} {{args}} at http://127.0.0.1:8000
     arguments: --max-batch-size 8
     workloads: baseline, prefix_caching, paged_attention
     note on baseline: one at a time
  2. continuous (Phase 5 — Continuous Batching), Qwen3: start serve {{model}} {{args}} at http://127.0.0.1:8000
     arguments: --max-batch-size 8 --dtype half
     workloads: baseline, prefix_caching, paged_attention
     note on baseline: one at a time
  3. paged, Llama: start serve {{model}} {{args}} at http://127.0.0.1:8000
     arguments: --max-batch-size 8 --kv paged
     workloads: baseline, prefix_caching, paged_attention
     note on baseline: one at a time
  4. paged, Qwen3: start serve {{model}} {{args}} at http://127.0.0.1:8000
     arguments: --kv paged --dtype half --max-batch-size 16 --num-gpu-blocks 1024
     workloads: baseline, paged_attention
     note: tuned for 16 GB
     note on baseline: one at a time
  5. paged, Qwen3: start serve {{model}} {{args}} at http://127.0.0.1:8000
     arguments: --kv paged --dtype half --max-batch-size 16 --num-gpu-blocks 1536
     workloads: prefix_caching
     note: tuned for 16 GB

Gate: phase paged; blocks on output_throughput, itl_p50, itl_p95, itl_p99, error_rate
Method: history, the stored runs decide
`);
});

test("a server that runs already is visited, not started", () => {
  const visiting = parsed("server: { url: 'http://127.0.0.1:8000' }\nworkloads: [chunked_prefill]\ntrials: 1");
  expect(describePlan(makePlan(visiting), visiting)).toBe(`1 trial, no server start, about a minute

Workloads:
  chunked_prefill: 48 requests, prompts 75% [1024, 2048] + 25% [64, 128] tokens, answers [64, 256] tokens, Poisson at 6 per second, 2 to warm up, seed 42

Each trial, from first to last, so that drift hits all phases and models alike:
  1. default, the server's first model: the server at http://127.0.0.1:8000, running already
     arguments: none
     workloads: chunked_prefill

Gate: phase default; blocks on output_throughput, itl_p50, itl_p95, itl_p99, error_rate
Method: history, the stored runs decide
`);
});

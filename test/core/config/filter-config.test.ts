import { describe, expect, test } from "@jest/globals";
import { type ConfigFilters, filterConfig } from "../../../src/core/config/filter-config.ts";
import { defaultConfig, parseConfig } from "../../../src/core/config/parse-config.ts";
import type { Config } from "../../../src/core/model/config.ts";
import { problemLines } from "../../../src/core/model/gate-error.ts";

function parsed(text: string): Config {
  const result = parseConfig(text, { file: "serving-gate.yml", purpose: "run" });
  if (!result.ok) throw new Error(problemLines("config", result.problems));
  return result.config;
}

const config = parsed(`
server: { command: "serve {{model}} {{args}}", url: "http://127.0.0.1:8000", base-command: "old {{model}} {{args}}" }
models: [{ id: meta-llama/Llama, label: Llama }, { id: Qwen/Qwen3-4B, label: Qwen3 }]
phases:
  - { id: static, args: --a }
  - { id: continuous, args: --b }
  - { id: gemma, models: [google/gemma] }
`);

function filtered(filters: ConfigFilters, of = config): Config {
  const result = filterConfig(of, filters);
  if (!result.ok) throw new Error(problemLines("run", result.problems));
  return result.config;
}

test("no filters leave a config as it is", () => {
  expect(filtered({})).toEqual(config);
});

test("phases, models and workloads keep the file's order", () => {
  const narrowed = filtered({
    phases: ["continuous", "static"],
    models: ["Qwen3", "meta-llama/Llama"],
    workloads: ["prefix_caching", "baseline"],
  });
  expect(narrowed.phases.map(({ id }) => id)).toEqual(["static", "continuous"]);
  expect(narrowed.phases[0].models.map(({ label }) => label)).toEqual(["Llama", "Qwen3"]);
  expect(narrowed.workloads.map(({ name }) => name)).toEqual(["baseline", "prefix_caching"]);
});

test("a phase without any of the models is left out", () => {
  const narrowed = filtered({ models: ["google/gemma"] });
  expect(narrowed.phases.map(({ id }) => id)).toEqual(["gemma"]);
});

test("a phase is no longer compared with one that is left out", () => {
  expect(config.phases[1]?.compareWith).toBe("static");
  expect(filtered({ phases: ["continuous"] }).phases[0]).not.toHaveProperty("compareWith");
  expect(filtered({ phases: ["static", "continuous"] }).phases[1]?.compareWith).toBe("static");
});

test("trials and seed replace the file's", () => {
  const narrowed = filtered({ trials: 1, seed: 7 });
  expect(narrowed.trials).toBe(1);
  expect(new Set(narrowed.workloads.map(({ seed }) => seed))).toEqual(new Set([7]));
});

test("a URL visits the server that runs there and starts none", () => {
  const { server } = filtered({ url: "http://127.0.0.1:9000/" }).phases[0];
  expect(server).toMatchObject({ url: "http://127.0.0.1:9000", args: ["--a"] });
  expect(server).not.toHaveProperty("command");
  expect(server).not.toHaveProperty("baseCommand");
});

test("a URL builds no base either: there is nothing to start in it", () => {
  const building = parsed('server: { command: "serve {{port}} {{args}}", build: make }');
  expect(building.phases[0].server.build).toEqual(["make"]);
  expect(filtered({ url: "http://127.0.0.1:9000" }, building).phases[0].server).not.toHaveProperty("build");
});

test("a URL alone makes the defaults runnable, and a model is then any id", () => {
  const visited = filtered({ url: "http://127.0.0.1:9000", models: ["Qwen/Qwen3-4B"] }, defaultConfig());
  expect(visited.runnable).toBe(true);
  expect(visited.phases[0].models).toEqual([{ id: "Qwen/Qwen3-4B", label: "Qwen/Qwen3-4B", args: [] }]);
});

describe("names and numbers that fit nothing", () => {
  const complaints = (filters: ConfigFilters) => {
    const result = filterConfig(config, filters);
    return result.ok ? [] : problemLines("run", result.problems).split("\n");
  };

  test("are told all at once, with what there is", () => {
    const lines = complaints({
      ...{ phases: ["continous", "x"], models: ["Mistral"], workloads: ["baselin"] },
      ...{ trials: 0, seed: -1, url: "localhost:8000" },
    });
    expect(lines).toEqual([
      'run: --phase is "continous", which the config does not have; did you mean "continuous"? the config has static, continuous, gemma',
      'run: --phase is "x", which the config does not have; expected one of static, continuous, gemma',
      'run: --model is "Mistral", which the config does not have; expected one of Llama, meta-llama/Llama, Qwen3, Qwen/Qwen3-4B, google/gemma',
      'run: --workload is "baselin", which the config does not have; did you mean "baseline"? the config has baseline, continuous_batching, paged_attention, chunked_prefill, prefix_caching',
      "run: --trials is 0; expected a whole number from 1 to 100",
      "run: --seed is -1; expected a whole number, 0 or more",
      'run: --url is "localhost:8000"; expected an http or https URL, such as http://127.0.0.1:8000',
    ]);
  });

  test("a phase and a model that do not go together leave nothing to run", () => {
    expect(complaints({ phases: ["static"], models: ["google/gemma"] })).toEqual([
      "run: --model leaves nothing to run: no phase of --phase has a model of --model",
    ]);
  });

  test("a password in a URL is not shown", () => {
    expect(complaints({ url: "http://u:hunter2@host" }).join()).not.toContain("hunter2");
  });
});

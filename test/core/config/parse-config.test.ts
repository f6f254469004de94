import { describe, expect, test } from "@jest/globals";
import { defaultConfig, parseConfig } from "../../../src/core/config/parse-config.ts";
import type { Config } from "../../../src/core/model/config.ts";
import { builtInWorkloads } from "../../../src/core/workload/built-in.ts";

/** The file of DESIGN §7, word for word. */
const designExample = `# .github/serving-gate.yml
server:
  command: uv run python -m infer.server --model {{model}} {{args}}
  url: http://127.0.0.1:8000
  backend: auto            # vllm | sglang | llama-cpp | ollama | openai
  ready-timeout: 300s
  base-command: ../base/run-server {{model}} {{args}}          # optional: the base build, for the A/B confirmation
  env: { pass: [HF_TOKEN] }  # the server gets no INPUT_*, ACTIONS_*, GITHUB_* or token of ours; more by name only
models:
  - { id: meta-llama/Llama-3.2-3B-Instruct, label: Llama }
  - { id: Qwen/Qwen3-4B, label: Qwen3, args: "" }
phases:                      # one is enough; each may override anything of \`server\`, and \`models\`
  - id: continuous
    title: "Phase 5 — Continuous Batching"
    args: --batching-mode continuous
  - id: paged
    title: "Phase 6 — Paged Attention with Triton Kernel"
    description: Server launched with the paged KV cache.
    args: --batching-mode continuous --kv-cache-backend paged
    compare-with: continuous              # default: the phase before it
    headline: paged_attention             # the workload its comparison table leads with
overrides:                   # arguments by any of phase, model, workload; later wins; own arguments mean a server start of their own
  - { phase: paged, model: Qwen3, args: --max-batch-size 16 --num-gpu-blocks 1024, note: tuned for 16 GB }
  - { phase: paged, model: Qwen3, workload: prefix_caching, args: --num-gpu-blocks 1536 }
workloads:                                   # names of built-in workloads or suites, or own ones
  - baseline
  - continuous_batching
  - name: my_chat
    requests: 64
    warmup: 2                                # requests, other prompts of the same shape, never summarised
    seed: 42
    prompt-tokens: [64, 512]                 # a number, [low, high], { mean: 550, stddev: 150 }, or a mix: [{ share: 75%, tokens: [1024, 2048] }, { share: 25%, tokens: [64, 128] }]
    output-tokens: [64, 256]                 # the same forms; what is asked for as max_tokens
    shared-prefix-tokens: 1024               # optional
    arrivals: { process: poisson, rate: 6 }  # sequential | concurrency { concurrency: 8 } | uniform { rate } | poisson { rate } | gamma { rate, burstiness } | burst | replay { file }
    sampling: { temperature: 0 }
    slo: { ttft: 500ms, itl: 50ms }          # optional, gives goodput
trials: 3
gate:
  blocking: [output_throughput, itl_p50, itl_p95, itl_p99]     # timings that block (the default); error_rate and completeness always do; the rest is reported
  min-effect: 5%                                               # or { default: 5%, ttft_p50: 10%, workloads: { baseline: 3% } }
  method: auto                                                 # auto | history | confirm | paired
  on-inconclusive: warn                                        # warn | fail | pass
  phases: [paged]                                              # which phases gate; default: the last
baseline: { store: dir, path: ~/.serving-gate, keep: 30 }      # ~ is expanded; outside the workspace, which checkout cleans; \`branch\` needs contents: write on main only
report: { language: both }
`;

function parsed(text: string, purpose: "run" | "offline" = "run"): Config {
  const result = parseConfig(text, { file: "serving-gate.yml", purpose });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

const withUrl = (rest: string) => `server: { url: "http://127.0.0.1:8000" }\n${rest}`;

test("the design's example is read as it stands", () => {
  const config = parsed(designExample);
  const batching = ["--batching-mode", "continuous"];
  const server = {
    command: ["uv", "run", "python", "-m", "infer.server", "--model", "{{model}}", "{{args}}"],
    baseCommand: ["../base/run-server", "{{model}}", "{{args}}"],
    url: "http://127.0.0.1:8000",
    ...{ backend: "auto", readyTimeoutMs: 300_000, stopTimeoutMs: 10_000, requestTimeoutMs: 600_000 },
    ...{ passEnv: ["HF_TOKEN"], setEnv: {} },
  };
  const models = [
    { id: "meta-llama/Llama-3.2-3B-Instruct", label: "Llama", args: [] },
    { id: "Qwen/Qwen3-4B", label: "Qwen3", args: [] },
  ];
  expect(config).toEqual({
    phases: [
      { id: "continuous", title: "Phase 5 — Continuous Batching", server: { ...server, args: batching }, models },
      {
        id: "paged",
        title: "Phase 6 — Paged Attention with Triton Kernel",
        description: "Server launched with the paged KV cache.",
        server: { ...server, args: [...batching, "--kv-cache-backend", "paged"] },
        ...{ models, compareWith: "continuous", headline: "paged_attention" },
      },
    ],
    overrides: [
      {
        ...{ phase: "paged", model: "Qwen3", note: "tuned for 16 GB" },
        args: ["--max-batch-size", "16", "--num-gpu-blocks", "1024"],
      },
      { phase: "paged", model: "Qwen3", workload: "prefix_caching", args: ["--num-gpu-blocks", "1536"] },
    ],
    workloads: [
      builtInWorkloads[0],
      builtInWorkloads[1],
      {
        ...{ name: "my_chat", title: "my_chat", purpose: "", purposeMetrics: [], requests: 64, warmup: 2, seed: 42 },
        promptTokens: { kind: "uniform", low: 64, high: 512 },
        outputTokens: { kind: "uniform", low: 64, high: 256 },
        sharedPrefixTokens: 1024,
        arrivals: { process: "poisson", rate: 6 },
        sampling: { temperature: 0 },
        slo: { ttftMs: 500, itlMs: 50 },
      },
    ],
    trials: 3,
    gate: {
      blocking: ["output_throughput", "itl_p50", "itl_p95", "itl_p99"],
      minEffect: { default: 0.05, byMetric: {}, byWorkload: {} },
      ...{ method: "auto", onInconclusive: "warn", onMissing: "fail", phases: ["paged"] },
      ...{ confirmMaxMinutes: 60, dryRun: false },
    },
    baseline: { store: "dir", path: "~/.serving-gate", keep: 30 },
    report: { language: "both" },
    runnable: true,
  });
});

test("a URL alone is a whole file, and the rest has defaults", () => {
  const config = parsed("server: { url: 'http://127.0.0.1:8000/' }");
  expect(config).toEqual({
    ...defaultConfig(),
    runnable: true,
    phases: [
      { ...defaultConfig().phases[0], server: { ...defaultConfig().phases[0].server, url: "http://127.0.0.1:8000" } },
    ],
  });
});

test("the defaults are the five workloads, one phase, three trials", () => {
  expect(defaultConfig()).toEqual({
    phases: [
      {
        ...{ id: "default", title: "default", models: [] },
        server: {
          ...{ backend: "auto", readyTimeoutMs: 300_000, stopTimeoutMs: 10_000, requestTimeoutMs: 600_000 },
          ...{ args: [], passEnv: [], setEnv: {} },
        },
      },
    ],
    overrides: [],
    workloads: builtInWorkloads,
    trials: 3,
    gate: {
      blocking: ["output_throughput", "itl_p50", "itl_p95", "itl_p99"],
      minEffect: { default: 0.05, byMetric: {}, byWorkload: {} },
      ...{ method: "auto", onInconclusive: "warn", onMissing: "fail", confirmMaxMinutes: 60, dryRun: false },
    },
    baseline: { store: "dir", path: "~/.serving-gate", keep: 30 },
    report: { language: "en" },
    runnable: false,
  });
});

test("offline, gate: alone is a whole file, and names of other sections are taken on trust", () => {
  const config = parsed("gate:\n  phases: [paged]\n  min-effect: { default: 3%, workloads: { chat: 10% } }", "offline");
  expect(config.runnable).toBe(false);
  expect(parsed("phases: [{ id: a, headline: chat, args: x }]", "offline").phases[0].headline).toBe("chat");
  expect(config.gate.phases).toEqual(["paged"]);
  expect(config.gate.minEffect).toEqual({ default: 0.03, byMetric: {}, byWorkload: { chat: 0.1 } });
});

describe("forms", () => {
  const arrivals = (written: string) => {
    const text = withUrl(`workloads: [{ name: baseline, arrivals: ${written} }]`);
    return parsed(text).workloads[0]?.arrivals;
  };
  test.each([
    ["sequential", { process: "sequential" }],
    ["burst", { process: "burst" }],
    ["{ process: sequential }", { process: "sequential" }],
    ["{ process: burst }", { process: "burst" }],
    ["{ process: concurrency, concurrency: 8 }", { process: "concurrency", concurrency: 8 }],
    ["{ process: uniform, rate: 0.5 }", { process: "uniform", rate: 0.5 }],
    ["{ process: poisson, rate: 6 }", { process: "poisson", rate: 6 }],
    ["{ process: gamma, rate: 6, burstiness: 0.25 }", { process: "gamma", rate: 6, burstiness: 0.25 }],
  ])("arrivals %s", (written, expected) => {
    expect(arrivals(written)).toEqual(expected);
  });

  test.each([
    ["256", { kind: "fixed", tokens: 256 }],
    ["[64, 512]", { kind: "uniform", low: 64, high: 512 }],
    ["{ mean: 550, stddev: 150 }", { kind: "normal", mean: 550, stddev: 150 }],
    [
      "[{ share: 75%, tokens: [1024, 2048] }, { share: 0.25, tokens: { mean: 90, stddev: 9.5 } }]",
      {
        kind: "mix",
        parts: [
          { share: 0.75, tokens: { kind: "uniform", low: 1024, high: 2048 } },
          { share: 0.25, tokens: { kind: "normal", mean: 90, stddev: 9.5 } },
        ],
      },
    ],
  ])("lengths %s", (written, expected) => {
    const text = withUrl(`workloads: [{ name: baseline, prompt-tokens: ${written}, output-tokens: ${written} }]`);
    expect(parsed(text).workloads[0]).toMatchObject({ promptTokens: expected, outputTokens: expected });
  });

  test.each([
    ["500ms", 500],
    ["300s", 300_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["1.5 s", 1500],
  ])("a duration of %s", (written, ms) => {
    expect(parsed(withUrl("").replace("}", `, ready-timeout: ${written} }`)).phases[0].server.readyTimeoutMs).toBe(ms);
  });

  test.each([
    ["5%", 0.05],
    ["0.05", 0.05],
    ["7.5 %", 0.075],
    ["100%", 1],
  ])("a ratio of %s", (written, ratio) => {
    expect(parsed(`gate: { min-effect: ${written} }`, "offline").gate.minEffect.default).toBe(ratio);
  });

  test("commands and arguments as lists are taken as they are", () => {
    const config = parsed(
      `server: { command: [serve, "a b", "$x", 8, "", "{{args}}", "{{port}}"], args: [--tag, "*"] }`,
    );
    expect(config.phases[0].server).toMatchObject({
      command: ["serve", "a b", "$x", "8", "", "{{args}}", "{{port}}"],
      args: ["--tag", "*"],
    });
  });

  test("a build is split like a command; braces of other tools mean nothing here", () => {
    const text = `server: { command: 'x {{port}}', cwd: app, build: "make -j8 'a b' {{.ID}}" }`;
    expect(parsed(text).phases[0].server.build).toEqual(["make", "-j8", "a b", "{{.ID}}"]);
  });

  test("models may be ids alone", () => {
    expect(parsed(withUrl("models: [Qwen/Qwen3-4B]")).phases[0].models).toEqual([
      { id: "Qwen/Qwen3-4B", label: "Qwen/Qwen3-4B", args: [] },
    ]);
  });

  test("anchors and aliases are read as what they stand for", () => {
    const text = withUrl(
      "workloads:\n  - { name: a, requests: 1, prompt-tokens: &n [1, 2], output-tokens: *n, arrivals: burst }",
    );
    expect(parsed(text).workloads[0]?.outputTokens).toEqual({ kind: "uniform", low: 1, high: 2 });
  });

  test("a byte order mark and Windows line ends change nothing", () => {
    expect(parsed(`\uFEFF${designExample.replaceAll("\n", "\r\n")}`)).toEqual(parsed(designExample));
  });
});

test("a phase overrides anything of the server, and models; variables add up", () => {
  const config = parsed(`
server:
  command: serve {{args}} {{port}}
  backend: vllm
  args: --a
  env: { pass: [HF_TOKEN], set: { A: 1, B: "two" } }
models: [m]
phases:
  - id: plain
  - id: other
    url: https://example.org/v1/
    backend: sglang
    args: [--b]
    env: { pass: [HF_TOKEN, CUDA_HOME], set: { B: "" } }
    ready-timeout: 2m
    stop-timeout: 1s
    request-timeout: 90s
    health-path: /ready
    api-key-env: SERVER_KEY
    cwd: sub/folder
    gpu-memory-free-mib: 500
    models: [{ id: n, label: N }]
`);
  expect(config.phases[0].server).toMatchObject({ backend: "vllm", args: ["--a"], setEnv: { A: "1", B: "two" } });
  expect(config.phases[1]).toMatchObject({
    compareWith: "plain",
    models: [{ id: "n", label: "N" }],
    server: {
      ...{
        command: ["serve", "{{args}}", "{{port}}"],
        url: "https://example.org/v1",
        backend: "sglang",
        args: ["--b"],
      },
      ...{ readyTimeoutMs: 120_000, stopTimeoutMs: 1000, requestTimeoutMs: 90_000, healthPath: "/ready" },
      ...{ apiKeyEnv: "SERVER_KEY", cwd: "sub/folder", gpuMemoryFreeMiB: 500 },
      ...{ passEnv: ["HF_TOKEN", "CUDA_HOME"], setEnv: { A: "1", B: "" } },
    },
  });
});

test("prose may be folded over lines", () => {
  const config = parsed(withUrl("phases:\n  - id: a\n    description: |\n      One\n      two.\n"));
  expect(config.phases[0].description).toBe("One two.");
});

test("a built-in name with keys overrides it, and only those keys", () => {
  const [workload] = parsed(
    withUrl("workloads: [{ name: prefix_caching, requests: 8, shared-prefix-tokens: 0, sampling: { top_p: 0.9 } }]"),
  ).workloads;
  const { sharedPrefixTokens: _, ...builtIn } = builtInWorkloads[4] ?? {};
  expect(workload).toEqual({ ...builtIn, requests: 8, sampling: { temperature: 0, top_p: 0.9 } });
});

test("error_rate in blocking changes nothing: it always blocks", () => {
  expect(parsed("gate: { blocking: [error_rate, itl_p50, itl_p50] }", "offline").gate.blocking).toEqual(["itl_p50"]);
});

describe("the base build", () => {
  const startable = "server: { command: 'serve {{port}} {{args}}', base-command: 'old {{port}} {{args}}' }";

  test.each(["auto", "history", "confirm", "paired"])("lets method be %s", (method) => {
    expect(parsed(`${startable}\ngate: { method: ${method} }`).gate.method).toBe(method);
  });

  test("is asked for where a server is started, and not where saved files are compared", () => {
    expect(parsed("gate: { method: paired }", "offline").gate.method).toBe("paired");
    expect(parsed(withUrl("gate: { method: confirm }"), "offline").gate.method).toBe("confirm");
  });

  test("is needed in the phases that gate, and in no other", () => {
    const phases = "server: { command: 's {{port}}' }\nphases: [{ id: a }, { id: b, base-command: 'o {{port}}' }]";
    expect(parsed(`${phases}\ngate: { method: confirm }`).gate.method).toBe("confirm");
    expect(parsed(`${phases}\ngate: { method: confirm, phases: [b] }`).gate.method).toBe("confirm");
  });

  test.each([
    [2, "every phase that gates has one", startable],
    [2, "it can be built", "server: { command: 's {{port}}', build: make }"],
    [2, "it is asked for at every time", `${startable}\ngate: { method: paired }`],
    [
      2,
      "the last phase has one of its own",
      "server: { command: 's {{port}}' }\nphases: [{ id: a }, { id: b, base-command: 'o {{port}}' }]",
    ],
    [
      3,
      "only a phase that does not gate has one",
      "server: { command: 's {{port}}' }\nphases: [{ id: a, base-command: 'o {{port}}' }, { id: b }]",
    ],
    [
      3,
      "one of two gating phases lacks it",
      "server: { command: 's {{port}}' }\nphases: [{ id: a, base-command: 'o {{port}}' }, { id: b }]\ngate: { phases: [a, b] }",
    ],
    [3, "the history alone decides", `${startable}\ngate: { method: history }`],
    [3, "there is none", "server: { command: 's {{port}}' }"],
    [3, "the server runs already", withUrl("")],
    [5, "five are written", `${startable}\ntrials: 5`],
  ])("makes %d trials the default where %s", (trials, _where, text) => {
    expect(parsed(text).trials).toBe(trials);
  });
});

test.each([
  [45, "45"],
  [1.5, "1.5"],
  [1440, "1440"],
])("a confirmation may take %s minutes", (minutes, written) => {
  expect(parsed(`gate: { confirm: { max-minutes: ${written} } }`, "offline").gate.confirmMaxMinutes).toBe(minutes);
});

test("a dry run is asked for by true", () => {
  expect(parsed("gate: { dry-run: true }", "offline").gate.dryRun).toBe(true);
  expect(parsed("gate: { dry-run: false }", "offline").gate.dryRun).toBe(false);
});

test("names that objects inherit are names like any other", () => {
  const { minEffect } = parsed(
    "gate: { min-effect: { workloads: { constructor: 10%, toString: 2% } } }",
    "offline",
  ).gate;
  expect(minEffect.byWorkload["constructor"]).toBe(0.1);
  expect(minEffect.byWorkload["valueOf"]).toBeUndefined();
  expect(minEffect.byMetric["constructor"]).toBeUndefined();
});

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseConfig } from "../../../src/core/config/parse-config.ts";
import { problemLines } from "../../../src/core/model/gate-error.ts";

/** What a user would read of a file, a line a problem. */
function complaints(text: string, purpose: "run" | "offline" = "run"): string[] {
  const result = parseConfig(text, { file: "serving-gate.yml", purpose });
  return result.ok ? [] : problemLines("config", result.problems).split("\n");
}

const url = 'server: { url: "http://127.0.0.1:8000" }';

test("a rate of fast is answered with what is wanted, where, and in which line", () => {
  const text = `${url}
workloads:
  - baseline
  - name: continuous_batching
    arrivals:
      process: uniform
      rate: fast
`;
  expect(complaints(text)).toEqual([
    'config: workloads[1].arrivals.rate is "fast"; expected a number of requests per second, such as 4 (serving-gate.yml:7)',
  ]);
});

test("one bad number of a workload is one problem, whoever else names the workload", () => {
  const text = `${url}
workloads: [{ name: chat, requests: many, prompt-tokens: 1, output-tokens: 1, arrivals: burst }]
overrides: [{ workload: chat, args: --x }]
gate: { min-effect: { workloads: { chat: 3% } } }
`;
  expect(complaints(text)).toEqual([expect.stringContaining('workloads[0].requests is "many"')]);
});

test("every problem is told at once, in the order of the lines", () => {
  const text = `server:
  command: serve {{modle}} | tee log
  ready-timeout: 300
phases:
  - title: No id
  - id: paged
    compare-with: pagd
workloads: [baselin]
trials: 0
gate:
  min_effect: 5%
  phases: [paged, contiguous]
`;
  expect(complaints(text)).toEqual([
    expect.stringContaining("server.command has an unquoted |"),
    expect.stringContaining("server.ready-timeout is 300; expected a time with its unit, such as 500ms, 300s or 5m"),
    "config: phases[0] has no id; expected a short name for the phase, such as paged (serving-gate.yml:5)",
    expect.stringContaining('phases[1].compare-with is "pagd", which is not another phase of this file'),
    expect.stringContaining('workloads[0] is "baselin", which is no built-in workload; did you mean "baseline"?'),
    "config: trials is 0; expected a number of trials, a whole number from 1 to 100 (serving-gate.yml:9)",
    'config: gate.min_effect is not a known key; did you mean "min-effect"? (serving-gate.yml:11)',
    'config: gate.phases[1] is "contiguous", which is not a phase of this file; expected one of paged (serving-gate.yml:12)',
  ]);
});

test("a workload whose prompts are its task takes no lengths of prompts", () => {
  const keys = "prompt-tokens: 64, shared-prefix-tokens: 512, output-tokens: 40";
  const text = `server:\n  command: serve {{port}}\nworkloads:\n  - { name: llm_correctness, ${keys} }\n`;
  const effect = "has no effect: the prompts of this workload are its task; remove it (serving-gate.yml:4)";
  expect(complaints(text)).toEqual([
    `config: workloads[0].prompt-tokens ${effect}`,
    `config: workloads[0].shared-prefix-tokens ${effect}`,
  ]);
});

test.each([
  [
    "an empty file",
    "",
    "config: the file is empty; expected a mapping with keys such as server, workloads and gate (serving-gate.yml:1)",
  ],
  ["comments alone", "# nothing yet\n", "the file is empty"],
  ["a byte order mark alone", "\uFEFF", "the file is empty"],
  ["an empty mapping", "{}", "the file is empty"],
  ["a list at the top", "- server\n", "the file holds a list of 1; expected a mapping with keys such as"],
  ["text at the top", "serve", 'the file holds "serve"; expected a mapping'],
  [
    "bad YAML",
    "server:\n\turl: x\n",
    "the file is not valid YAML: Tabs are not allowed as indentation (serving-gate.yml:2)",
  ],
  ["YAML without its end", "gate: { method: auto\n", "the file is not valid YAML:"],
  ["two documents", `${url}\n---\n${url}`, "it holds several documents (---); expected one (serving-gate.yml:2)"],
  ["a tag", "gate: !!js/function x", "expected plain values without tags"],
  [
    "a key given twice",
    `${url}\ntrials: 2\ntrials: 3`,
    "trials is given twice, first on line 2; expected it once (serving-gate.yml:3)",
  ],
  ["an unknown key", `${url}\ntrails: 3`, 'trails is not a known key; did you mean "trials"? (serving-gate.yml:2)'],
  ["a key unlike any other", `${url}\nnotify: me`, "notify is not a known key; expected one of server, models, phases"],
  ["a key with nothing", `${url}\ngate:\n`, "gate is empty; expected a mapping with blocking"],
  ["a key that is a list", `${url}\n? [a]\n: 1`, "has a key that is not text"],
  ["a placeholder without quotes", "server:\n  command: {{model}}", "a value that begins with { or [ needs quotes"],
  ["a prototype key", `${url}\n__proto__: { trials: 1 }`, "__proto__ is not a known key"],
  [
    "an alias of nothing",
    `${url}\nmodels: *all`,
    "models is *all; no anchor &all stands before it (serving-gate.yml:2)",
  ],
  ["an alias of itself", `${url}\nmodels: &m [*m]`, "models[0] is *m; no anchor &m stands before it"],
  ["a merge key", `${url}\ngate: { <<: { method: auto } }`, 'gate."<<" is not a known key'],

  [
    "no server",
    "trials: 1",
    "the file has no server.command and no server.url; expected what to start, or where it runs (serving-gate.yml:1)",
  ],
  ["a phase without a server", "phases: [{ id: a }]", '("a") has no command and no url, and server has none'],
  ["an empty command", 'server: { command: "" }', 'server.command is ""; expected a command, such as'],
  ["a command of an empty list", "server: { command: [] }", "server.command is an empty list; expected a program"],
  [
    "a list with a list in it",
    "server: { command: [serve, [x]] }",
    "server.command[1] is a list of 1; expected one word",
  ],
  [
    "an unknown placeholder",
    "server: { command: 'serve {{mode}}' }",
    'has "{{mode}}"; expected no placeholders but {{model}}, {{args}}, {{port}}',
  ],
  ["a placeholder with blanks", "server: { command: 'serve {{ model }}' }", 'has "{{"; expected no placeholders but'],
  ["args within a word", "server: { command: 'serve x={{args}}' }", "expected {{args}} as a word of its own"],
  [
    "a variable before the program",
    "server: { command: 'CUDA_VISIBLE_DEVICES=0 serve' }",
    "put variables in server.env.set",
  ],
  ["expansion in double quotes", "server: { command: 'serve \"$HOME\"' }", "has $ in double quotes"],
  [
    "args that have no place",
    "server: { command: 'serve {{port}}' }\nphases: [{ id: a, args: --x }, { id: b, args: --y }]",
    "server.command has no {{args}}, so args of phases, models and overrides would be lost",
  ],
  [
    "an override that has no place",
    "server: { command: 'serve {{port}}' }\noverrides: [{ args: --fast }]",
    "server.command has no {{args}}, so args of phases, models and overrides would be lost",
  ],
  [
    "a phase's own command without args",
    "server: { command: 'serve {{port}} {{args}}' }\nphases: [{ id: a, command: 'x {{port}}', args: --y }]",
    "phases[0].command has no {{args}}",
  ],
  [
    "a model that is not named",
    "server: { command: 'serve {{model}} {{port}}' }",
    "server.command uses {{model}}, but no model is named; list it under models (serving-gate.yml:1)",
  ],
  [
    "a port that nobody knows",
    "server: { command: serve, url: 'http://127.0.0.1' }",
    "server.command does not use {{port}} and server.url has no port",
  ],
  [
    "a placeholder in args",
    `${url}\nphases: [{ id: a, args: "--m {{model}}" }]`,
    "placeholders stand in server.command only",
  ],
  ["a URL of another kind", "server: { url: ftp://host }", 'server.url is "ftp://host"; expected an http or https URL'],
  [
    "a port too large",
    "server: { url: 'http://host:70000' }",
    "expected an http or https URL with a port from 1 to 65535",
  ],
  ["a bad backend", "server: { url: 'http://h', backend: vlm }", 'server.backend is "vlm"; did you mean "vllm"?'],
  [
    "a backend of a number",
    "server: { url: 'http://h', backend: 1 }",
    "server.backend is 1; expected one of auto, vllm",
  ],
  [
    "a variable's bad name",
    "server: { url: 'http://h', env: { pass: ['A-B'] } }",
    'is "A-B"; expected the name of an environment variable',
  ],
  [
    "the runner's token",
    "server: { url: 'http://h', env: { pass: [GITHUB_TOKEN] } }",
    "the code under test must not see",
  ],
  [
    "an action's input",
    "server: { url: 'http://h', env: { pass: [INPUT_GITHUB-TOKEN] } }",
    "expected the name of an environment variable",
  ],
  [
    "the runner's own service",
    "server: { url: 'http://h', env: { pass: [ACTIONS_RUNTIME_TOKEN] } }",
    "the code under test must not see",
  ],
  [
    "a variable set to a list",
    "server: { url: 'http://h', env: { set: { A: [1] } } }",
    "server.env.set.A has no value; expected text or a number",
  ],
  [
    "a token in place of its variable's name",
    "server: { url: 'http://h', api-key-env: sk-123 }",
    "server.api-key-env is no name of an environment variable; expected one such as OPENAI_API_KEY that holds the token",
  ],
  [
    "a health path without slash",
    "server: { url: 'http://h', health-path: health }",
    'is "health"; expected a path that begins with a slash',
  ],
  [
    "a build of a server that is not started here",
    "server: { url: 'http://h', build: make }",
    "server.build needs server.command, which starts the base where it was built",
  ],
  [
    "a build beside a base that is built already",
    "server: { command: 'x {{port}}', base-command: 'y {{port}}', build: make }",
    "server.build stands beside base-command; expected one of the two",
  ],
  [
    "a build that asks for what a start is given",
    "server: { command: 'x {{port}}', build: 'make {{args}}' }",
    'server.build has "{{args}}"; expected no placeholders: the base is built once',
  ],
  [
    "a build in a shell's words",
    "server: { command: 'x {{port}}', build: 'make && make install' }",
    "server.build has an unquoted &",
  ],
  [
    "a build whose base would be started in the candidate's folder",
    "server: { command: 'x {{port}}', build: make, cwd: /srv/app }",
    "server.cwd is an absolute path, so the base would be started in the candidate's folder",
  ],
  [
    "a base-command without args",
    "server: { command: 'x {{port}} {{args}}', base-command: 'y {{port}}' }\nphases: [{ id: a, args: --z }]",
    "server.base-command has no {{args}}, so args of phases, models and overrides would be lost",
  ],
  [
    "a base-command that nobody finds",
    "server: { command: 'x {{port}}', base-command: y }",
    "server.base-command does not use {{port}} and server.url has no port",
  ],
  [
    "a key of server in a phase's server",
    `${url}\nphases: [{ id: a, server: { args: x } }]`,
    "phases[0].server is not a key of a phase; write the server's keys",
  ],

  ["models that are none", `${url}\nmodels: []`, "models is an empty list; expected a list of models"],
  ["a model without id", `${url}\nmodels: [{ label: x }]`, "models[0] has no id; expected the id of a model"],
  [
    "two models of one label",
    `${url}\nmodels: [{ id: a, label: x }, { id: b, label: x }]`,
    'models[1] is a second model named "x"',
  ],
  [
    "a title of two lines",
    `${url}\nphases: [{ id: a, title: "one\\ntwo" }]`,
    'phases[0].title is "one\\ntwo"; expected a title',
  ],
  ["a note that rings", `${url}\noverrides: [{ note: "\\a" }]`, "overrides[0].note is"],
  ["two phases of one id", `${url}\nphases: [{ id: a }, { id: a }]`, 'phases[1] is a second phase "a"'],
  [
    "a phase id with blanks",
    `${url}\nphases: [{ id: a b }]`,
    'phases[0].id is "a b"; expected the id of a phase: letters, digits',
  ],
  [
    "a phase compared with itself",
    `${url}\nphases: [{ id: a, compare-with: a }]`,
    "which is not another phase of this file; there is none",
  ],
  [
    "an unknown headline",
    `${url}\nphases: [{ id: a, headline: baselin }]`,
    'is "baselin", which is not a workload; did you mean "baseline"?',
  ],
  [
    "an override of an unknown phase",
    `${url}\noverrides: [{ phase: pagd, args: x }]`,
    'overrides[0].phase is "pagd", which is not a phase of this file',
  ],
  [
    "an override of an unknown model",
    `${url}\nmodels: [{ id: a/b, label: Qwen3 }]\noverrides: [{ model: Qwen4, args: x }]`,
    'did you mean "Qwen3"?',
  ],
  [
    "an override of a model where none is listed",
    `${url}\noverrides: [{ model: Qwen4, args: x }]`,
    "which is not a model of this file; there is none",
  ],
  [
    "an override of an unknown workload",
    `${url}\noverrides: [{ workload: chat, args: x }]`,
    'overrides[0].workload is "chat", which is not a workload',
  ],
  [
    "an override that changes nothing",
    `${url}\noverrides: [{ phase: default }]`,
    "overrides[0] changes nothing; expected args or a note",
  ],

  [
    "a workload named twice",
    `${url}\nworkloads: [baseline, { name: baseline, requests: 2 }]`,
    'workloads[1] is a second workload "baseline"',
  ],
  ["no workloads", `${url}\nworkloads: []`, "workloads is an empty list; expected a list of workloads"],
  [
    "a workload without name",
    `${url}\nworkloads: [{ requests: 2 }]`,
    "workloads[0] has no name; expected the name of a built-in workload",
  ],
  [
    "a workload of one's own without arrivals",
    `${url}\nworkloads: [{ name: chat, requests: 2, prompt-tokens: 1, output-tokens: 1 }]`,
    'workloads[0] has no arrivals, which "chat", a workload of your own, needs',
  ],
  [
    "a mistyped built-in with keys",
    `${url}\nworkloads: [{ name: baselin, prompt-tokens: 1, output-tokens: 1, arrivals: burst }]`,
    "(or did you mean the built-in baseline?)",
  ],
  [
    "half a request",
    `${url}\nworkloads: [{ name: baseline, requests: 1.5 }]`,
    "workloads[0].requests is 1.5; expected a number of requests, a whole number from 1 to 10000",
  ],
  [
    "a range upside down",
    `${url}\nworkloads: [{ name: baseline, prompt-tokens: [512, 64] }]`,
    "is [512, 64]; expected the lower number first",
  ],
  [
    "a range of three",
    `${url}\nworkloads: [{ name: baseline, prompt-tokens: [1, 2, 3] }]`,
    "is a list of 3; expected a number of tokens, [low, high]",
  ],
  [
    "lengths in words",
    `${url}\nworkloads: [{ name: baseline, prompt-tokens: long }]`,
    'workloads[0].prompt-tokens is "long"; expected a number of tokens, [low, high]',
  ],
  [
    "a mean without stddev",
    `${url}\nworkloads: [{ name: baseline, prompt-tokens: { mean: 5 } }]`,
    "workloads[0].prompt-tokens has no stddev",
  ],
  [
    "shares that are no whole",
    `${url}\nworkloads: [{ name: baseline, prompt-tokens: [{ share: 75%, tokens: 1 }, { share: 20%, tokens: 2 }] }]`,
    "has shares that sum to 95%; expected 100%",
  ],
  [
    "a mix within a mix",
    `${url}\nworkloads: [{ name: baseline, prompt-tokens: [{ share: 100%, tokens: [{ share: 100%, tokens: 1 }] }] }]`,
    "tokens is a list of 1; expected a number of tokens, [low, high] or",
  ],
  [
    "poisson alone",
    `${url}\nworkloads: [{ name: baseline, arrivals: poisson }]`,
    'is "poisson" alone; expected its numbers too: { process: poisson, rate: … }',
  ],
  [
    "an unknown process",
    `${url}\nworkloads: [{ name: baseline, arrivals: { process: poison, rate: 1 } }]`,
    'workloads[0].arrivals.process is "poison"; did you mean "poisson"?',
  ],
  [
    "no process",
    `${url}\nworkloads: [{ name: baseline, arrivals: { rate: 1 } }]`,
    "workloads[0].arrivals has no process",
  ],
  [
    "no rate",
    `${url}\nworkloads: [{ name: baseline, arrivals: { process: uniform } }]`,
    "workloads[0].arrivals has no rate; expected requests per second",
  ],
  [
    "a rate of zero",
    `${url}\nworkloads: [{ name: baseline, arrivals: { process: uniform, rate: 0 } }]`,
    "rate is 0; expected a number of requests per second",
  ],
  [
    "an endless rate",
    `${url}\nworkloads: [{ name: baseline, arrivals: { process: uniform, rate: .inf } }]`,
    "rate is .inf; expected a number of requests per second",
  ],
  [
    "a number of another process",
    `${url}\nworkloads: [{ name: baseline, arrivals: { process: uniform, rate: 1, burstiness: 2 } }]`,
    "burstiness is not a number of uniform; remove it",
  ],
  [
    "sampling that is ours",
    `${url}\nworkloads: [{ name: baseline, sampling: { max_tokens: 5 } }]`,
    "sampling.max_tokens is written by Serving Gate itself",
  ],
  [
    "an SLO without unit",
    `${url}\nworkloads: [{ name: baseline, slo: { ttft: 500 } }]`,
    "slo.ttft is 500; expected a time with its unit",
  ],
  [
    "too many trials",
    `${url}\ntrials: 1000`,
    "trials is 1000; expected a number of trials, a whole number from 1 to 100",
  ],

  [
    "a metric that is none",
    `${url}\ngate: { blocking: [itl_p51] }`,
    'gate.blocking[0] is "itl_p51", which is no metric; did you mean "itl_p50"?',
  ],
  ["a metric that never blocks", `${url}\ngate: { blocking: [queue_delay_p99] }`, "which is reported and never blocks"],
  [
    "a min-effect of five",
    `${url}\ngate: { min-effect: 5 }`,
    "gate.min-effect is 5; expected a ratio above 0 and up to 100%, such as 5% (or 0.05)",
  ],
  ["a min-effect of zero", `${url}\ngate: { min-effect: 0% }`, 'gate.min-effect is "0%"; expected a ratio above 0'],
  [
    "a min-effect of an unknown metric",
    `${url}\ngate: { min-effect: { ttft_p51: 5% } }`,
    'gate.min-effect.ttft_p51 is not a metric that is judged; did you mean "ttft_p50"?',
  ],
  [
    "a min-effect of an unknown workload",
    `${url}\ngate: { min-effect: { workloads: { baselin: 5% } } }`,
    'gate.min-effect.workloads.baselin is "baselin", which is not a workload',
  ],
  [
    "confirmation with nothing to confirm against",
    `${url}\ngate: { method: confirm }`,
    'gate.method is "confirm", but the base build cannot be started; add command and base-command (or build) to server, or choose auto or history (serving-gate.yml:2)',
  ],
  [
    "pairs in a phase without a base build",
    `server: { command: 'serve {{port}}' }\nphases: [{ id: a, base-command: 'old {{port}}' }, { id: b }]\ngate: { method: paired }`,
    'gate.method is "paired", but the base build cannot be started in phase "b"; add base-command (or build) to server or to the phase, or choose auto or history (serving-gate.yml:3)',
  ],
  [
    "pairs in phases of which none has a base build",
    `server: { command: 'serve {{port}}' }\nphases: [{ id: a }, { id: b }, { id: c }]\ngate:\n  phases: [a, c]\n  method: paired`,
    'cannot be started in phases "a", "c"; add base-command (or build) to server or to the phase, or choose auto or history (serving-gate.yml:5)',
  ],
  [
    "confirmation with a base command that cannot be read",
    `server: { command: 'serve {{port}}', base-command: 'old | tee' }\ngate: { method: confirm }`,
    "server.base-command has an unquoted |",
  ],
  [
    "minutes with a unit",
    `${url}\ngate: { confirm: { max-minutes: 45m } }`,
    'gate.confirm.max-minutes is "45m"; expected a number of minutes from 1 to 1440, without a unit: 45 (serving-gate.yml:2)',
  ],
  ["hours in place of minutes", `${url}\ngate: { confirm: { max-minutes: 1.5h } }`, "without a unit: 90"],
  ["no minutes at all", `${url}\ngate: { confirm: { max-minutes: 0 } }`, "gate.confirm.max-minutes is 0; expected"],
  ["minutes beyond a day", `${url}\ngate: { confirm: { max-minutes: 1441 } }`, "is 1441; expected a number of minutes"],
  ["endless minutes", `${url}\ngate: { confirm: { max-minutes: .inf } }`, "is .inf; expected a number of minutes"],
  [
    "a confirmation that is a number",
    `${url}\ngate: { confirm: 45 }`,
    "gate.confirm is 45; expected a mapping with max-minutes, such as { max-minutes: 60 }",
  ],
  [
    "a confirmation's unknown key",
    `${url}\ngate: { confirm: { max-minute: 45 } }`,
    'gate.confirm.max-minute is not a known key; did you mean "max-minutes"?',
  ],
  ["a dry run of yes", `${url}\ngate: { dry-run: yes }`, 'gate.dry-run is "yes"; expected true or false'],
  [
    "a policy unlike any",
    `${url}\ngate: { on-inconclusive: ignore }`,
    'gate.on-inconclusive is "ignore"; expected one of warn, fail, pass',
  ],
  ["no gated phase", `${url}\ngate: { phases: [] }`, "gate.phases is an empty list; expected at least one phase id"],
  [
    "a store on a branch",
    `${url}\nbaseline: { store: branch }`,
    'baseline.store is "branch", which is not in this version',
  ],
  ["a language we lack", `${url}\nreport: { language: de }`, 'report.language is "de"; expected one of en, ru, both'],
])("%s is one clear message", (_what, text, expected) => {
  const lines = complaints(text);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(expected);
});

test("a password in a URL is never shown", () => {
  for (const secret of ["http://user:hunter2@host:1", "ftp://user:hunter2@host", "http://host/ hunter2@x"]) {
    const [line] = complaints(`server: { url: "${secret}" }`);
    expect(line).toContain("holds a user name or password");
    expect(line).not.toContain("hunter2");
  }
  expect(complaints("server: { command: [serve, 'http://u:hunter2@host/{{x}}'] }").join()).not.toContain("hunter2");
});

test("what a variable is set to is never shown", () => {
  expect(complaints("server: { url: 'http://h', env: { set: { 'A-B': hunter2 } } }").join()).not.toContain("hunter2");
});

test("a value that cannot be shown in a line is cut and escaped", () => {
  const [line] = complaints(`server: { url: "a\\u001b[31m\\n${"x".repeat(100)}" }`);
  expect(line).toContain("a\\u001b[31m\\nxxx");
  expect(line?.length).toBeLessThan(240);
});

test.each([
  [
    "a bomb of aliases",
    `a: &a [x, x]\n${"bcdefghijklmnopqrstuvw".replace(/./g, (letter) => `${letter}: &${letter} [*${String.fromCharCode(letter.charCodeAt(0) - 1)}, *${String.fromCharCode(letter.charCodeAt(0) - 1)}]\n`)}models: *w`,
  ],
  ["brackets without end", "[".repeat(100_000)],
  ["braces without end", "a: {".repeat(30_000)],
  ["dashes without end", "- ".repeat(100_000)],
  ["question marks without end", "? ".repeat(100_000)],
  ["steps without end", Array.from({ length: 600 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
  ["a megabyte of text", "a: ".padEnd(1_000_000, "x")],
])("%s is a problem like any other", (_what, text) => {
  expect(complaints(text).length).toBeGreaterThan(0);
});

describe("a page of text that stands for millions of faults", () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `k${index}: 1`).join(", ");
  const enough = "config: the file has more than 100 problems; mend what is named here first (serving-gate.yml)";

  test.each([
    [
      "a phase of 400 unknown keys under 400 aliases",
      `phases:\n  - &a { id: a, ${many(400)} }\n${"  - *a\n".repeat(400)}`,
    ],
    ["20,000 unknown keys", `gate: { ${many(20_000)} }`],
    ["10,000 aliases of nothing", `models: [${"*a, ".repeat(10_000)}]`],
  ])("%s: is left at the first hundred", (_what, text) => {
    const lines = complaints(`${url}\n${text}`);
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toBe(enough);
  });

  test("a hundred problems are all told", () => {
    const lines = complaints(`${url}\ngate: { ${many(100)} }`);
    expect(lines).toHaveLength(100);
    expect(lines).not.toContain(enough);
  });

  test("64 million words without a fault are one problem", () => {
    const list = (of: (index: number) => string) => Array.from({ length: 400 }, (_, index) => of(index)).join(", ");
    const models = `[{ id: m, args: &a [${list(() => "x")}] }, ${list((index) => `{ id: m${index}, args: *a }`)}]`;
    const phases = `[${list((index) => `{ id: p${index}, models: *m }`)}]`;
    expect(complaints(`${url}\nmodels: &m ${models}\nphases: ${phases}`)).toEqual([
      "config: the file stands for more than 1000000 values through its aliases; expected a page or two (serving-gate.yml)",
    ]);
  });
});

test("no text at all makes the reader throw", () => {
  const piece = fc.constantFrom(
    ...[
      "server",
      "url",
      "phases",
      "workloads",
      "arrivals",
      "gate",
      "min-effect",
      ": ",
      "- ",
      "\n",
      "\n  ",
      "[",
      "]",
      "{",
      "}",
    ],
    ...[
      "&a ",
      "*a",
      "!!x ",
      "'",
      '"',
      "#",
      "|",
      ">",
      "5%",
      "1e400",
      "__proto__",
      "~",
      "? ",
      "<<",
      "\u0000",
      "\t",
      "---\n",
      "%",
    ],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      complaints(pieces.join(""), "offline");
    }),
    { numRuns: 500 },
  );
});

import { describe, expect, test } from "@jest/globals";
import { parseConfig } from "../../../src/core/config/parse-config.ts";
import { namedTraces } from "../../../src/core/config/replay.ts";
import type { Traces } from "../../../src/core/config/trace-file.ts";
import { GateError, problemLines } from "../../../src/core/model/gate-error.ts";
import type { Workload } from "../../../src/core/model/workload.ts";
import { drawSchedule } from "../../../src/core/workload/schedule.ts";
import { workloadInfo } from "../../../src/core/workload/workload-info.ts";

const file = "serving-gate.yml";
const server = 'server: { url: "http://127.0.0.1:8000" }';
const config = (workload: string) => `${server}\nworkloads:\n  - ${workload}\n`;
const replay = config("{ name: chat, arrivals: { process: replay, file: chat.jsonl } }");
const mooncake = [
  '{"timestamp": 27000, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1]}',
  '{"timestamp": 27482, "input_length": 7322, "output_length": 490, "hash_ids": [0, 14]}',
  '{"timestamp": 30535, "input_length": 7237, "output_length": 794, "hash_ids": [0, 27]}',
];
const found = (lines: readonly string[]): Traces =>
  new Map([["chat.jsonl", { kind: "found", text: lines.join("\n") }]]);

function workloadOf(text: string, traces: Traces | undefined): Workload {
  const parsed = parseConfig(text, { file, purpose: "run", ...(traces === undefined ? {} : { traces }) });
  if (!parsed.ok) throw new GateError("config", problemLines("config", parsed.problems));
  return parsed.config.workloads[0] as Workload;
}
function problemsOf(text: string, traces: Traces): readonly string[] {
  const parsed = parseConfig(text, { file, purpose: "run", traces });
  return parsed.ok ? [] : problemLines("config", parsed.problems).split("\n");
}
const sends = (workload: Workload) =>
  drawSchedule(workload).requests.map(({ atMs, promptTokens, outputTokens }) => [atMs, promptTokens, outputTokens]);

describe("a trace that is replayed", () => {
  test("gives the send times from its first, and the lengths", () => {
    const workload = workloadOf(replay, found(mooncake));
    expect(workload).toMatchObject({ name: "chat", requests: 3, warmup: 2, seed: 42 });
    expect(sends(workload)).toEqual([
      [0, 6758, 500],
      [482, 7322, 490],
      [3535, 7237, 794],
    ]);
  });

  test("warms up with other prompts of its own lengths", () => {
    const { warmup, requests } = drawSchedule(workloadOf(replay, found(mooncake)));
    expect(warmup.map(({ promptTokens }) => promptTokens)).toEqual([6758, 7322]);
    expect(new Set([...warmup, ...requests].map(({ promptSeed }) => promptSeed)).size).toBe(5);
  });

  test("may count seconds", () => {
    const text = config("{ name: chat, arrivals: { process: replay, file: chat.jsonl, unit: s } }");
    const lines = ["10.5", "10.75", "12"].map((at) => `{"timestamp": ${at}, "input_length": 8, "output_length": 4}`);
    expect(sends(workloadOf(text, found(lines))).map(([at]) => at)).toEqual([0, 250, 1500]);
  });

  test("is put in the order of its times; blank lines and prompt_tokens, output_tokens are as good", () => {
    const lines = [
      '{"timestamp": 9, "prompt_tokens": 2, "output_tokens": 20}',
      "",
      '{"timestamp": 4, "prompt_tokens": 1, "output_tokens": 10}\r',
      "",
    ];
    expect(sends(workloadOf(replay, found(lines)))).toEqual([
      [0, 1, 10],
      [5, 2, 20],
    ]);
  });

  test("is taken from its start where fewer requests are asked for", () => {
    const text = config("{ name: chat, requests: 2, arrivals: { process: replay, file: chat.jsonl } }");
    expect(sends(workloadOf(text, found(mooncake)))).toEqual([
      [0, 6758, 500],
      [482, 7322, 490],
    ]);
  });

  test("takes the place of a built-in workload's arrivals, lengths and number of requests", () => {
    const text = config("{ name: baseline, seed: 7, arrivals: { process: replay, file: chat.jsonl } }");
    const workload = workloadOf(text, found(mooncake));
    expect(workload).toMatchObject({ title: "Sequential Single Requests", seed: 7, requests: 3 });
    expect(workload.arrivals).toEqual({ process: "replay", file: "chat.jsonl", atMs: [0, 482, 3535] });
  });

  test("is in the results by its file and lengths; its times are those of the requests", () => {
    const { arrivals, promptTokens } = workloadInfo(workloadOf(replay, found(mooncake)));
    expect(arrivals).toEqual({ process: "replay", file: "chat.jsonl" });
    expect(promptTokens).toEqual({ kind: "replay", tokens: [6758, 7322, 7237] });
  });

  test("is not needed where only names and arguments are", () => {
    expect(workloadOf(replay, undefined)).toMatchObject({ name: "chat", requests: 0 });
  });
});

describe("the schedule's hash", () => {
  const hashOf = (lines: readonly string[]) => drawSchedule(workloadOf(replay, found(lines))).hash;
  test.each([
    ["a time", '"timestamp": 30535', '"timestamp": 30536'],
    ["a prompt's length", '"input_length": 7237', '"input_length": 7238'],
    ["an answer's length", '"output_length": 794', '"output_length": 795'],
  ])("changes with %s of the trace", (_what, from, to) => {
    expect(hashOf(mooncake.map((line) => line.replace(from, to)))).not.toBe(hashOf(mooncake));
  });

  test("is of the work: a trace that starts later, or has another name, is the same", () => {
    const later = mooncake.map((line) => line.replace(/\d+(?=, "input)/, (at) => String(Number(at) + 500)));
    expect(hashOf(later)).toBe(hashOf(mooncake));
    const workload = workloadOf(replay, found(mooncake));
    const { arrivals } = workload;
    if (arrivals.process !== "replay") throw new Error("expected a replay");
    expect(drawSchedule({ ...workload, arrivals: { ...arrivals, file: "other" } }).hash).toBe(hashOf(mooncake));
  });
});

describe("what is wrong with a trace is told with its own line", () => {
  const good = mooncake[0] as string;
  test.each([
    ["timestamp", "[1]", "expected a number of ms (or s, with unit: s)"],
    ["timestamp", '"2023-11-16"', "expected a number of ms (or s, with unit: s)"],
    ["input_length", "0", "expected a number of tokens, a whole number from 1 to 1000000"],
    ["output_length", "1.5", "expected a number of tokens, a whole number from 1 to 1000000"],
    ["output_length", "null", "expected a number of tokens, a whole number from 1 to 1000000"],
  ])("%s is %s", (key, value, expected) => {
    const bad = good.replace(new RegExp(`"${key}": \\d+`), `"${key}": ${value}`);
    expect(problemsOf(replay, found([good, bad]))).toEqual([`config: ${key} is ${value}; ${expected} (chat.jsonl:2)`]);
  });

  test("a key that is missing, and a line that is no object", () => {
    expect(problemsOf(replay, found([good, '{"timestamp": 1, "input_length": 8}', "timestamp,input_length"]))).toEqual([
      expect.stringMatching(/^config: output_length is missing; expected a number of tokens.*\(chat.jsonl:2\)$/),
      expect.stringMatching(
        /^config: is "timestamp,input_length"; expected a line for each request.*\(chat.jsonl:3\)$/,
      ),
    ]);
  });

  test("an empty file", () => {
    expect(problemsOf(replay, found(["", ""]))).toEqual([
      expect.stringMatching(/the trace is empty.*\(chat.jsonl:1\)/),
    ]);
  });

  test("all at once with those of the config, which come first", () => {
    const text = `${server}\ntrials: many\nworkloads:\n  - { name: chat, arrivals: { process: replay, file: chat.jsonl } }`;
    expect(problemsOf(text, found(["{}"])).map((line) => line.replace(/.*\((.*)\)$/, "$1"))).toEqual([
      ...["serving-gate.yml:2", "chat.jsonl:1", "chat.jsonl:1", "chat.jsonl:1"],
    ]);
  });

  test("five at most, and once where two workloads replay it", () => {
    const twice = `${replay}  - { name: other, arrivals: { process: replay, file: chat.jsonl } }\n`;
    const problems = problemsOf(twice, found(Array.from({ length: 1000 }, () => "no")));
    expect(problems).toHaveLength(6);
    expect(problems[5]).toContain("may have more problems after this line");
  });
});

describe("what is wrong with the config that names it", () => {
  test.each([
    [
      "a file that cannot be read",
      "process: replay, file: gone.jsonl",
      /arrivals.file cannot be replayed: gone.jsonl was not read/,
    ],
    ["no file", "process: replay", /arrivals has no file; expected the path of a trace/],
    ["a unit of its own", "process: replay, file: chat.jsonl, unit: min", /arrivals.unit is "min"/],
    ["a rate", "process: replay, file: chat.jsonl, rate: 3", /arrivals.rate is not a key of replay; remove it/],
  ])("%s", (_what, arrivals, problem) => {
    expect(problemsOf(config(`{ name: chat, arrivals: { ${arrivals} } }`), found(mooncake))).toEqual([
      expect.stringMatching(problem),
    ]);
  });

  test("a replay that is named alone", () => {
    expect(problemsOf(config("{ name: baseline, arrivals: replay }"), found([]))).toEqual([
      expect.stringContaining('is "replay" alone; expected its file too: { process: replay, file: … }'),
    ]);
  });

  test("lengths of its own", () => {
    const text = config("{ name: chat, prompt-tokens: 8, arrivals: { process: replay, file: chat.jsonl } }");
    expect(problemsOf(text, found(mooncake))).toEqual([
      expect.stringContaining("prompt-tokens comes from the trace that is replayed; remove it"),
    ]);
  });

  test("more requests than the trace has, or than a workload may have", () => {
    const text = config("{ name: chat, requests: 4, arrivals: { process: replay, file: chat.jsonl } }");
    expect(problemsOf(text, found(mooncake))).toEqual([
      expect.stringContaining("requests is 4, and chat.jsonl has 3; expected no more, or leave it out"),
    ]);
    const long = Array.from({ length: 10_001 }, () => mooncake[0] as string);
    expect(problemsOf(replay, found(long))).toEqual([expect.stringContaining("has 10001 requests; expected at most")]);
  });
});

test("the traces of a config are known before it is parsed, each once", () => {
  const text = `${replay}  - baseline\n  - { name: b, arrivals: { process: replay, file: " b.jsonl " } }
  - { name: c, arrivals: { process: replay, file: chat.jsonl } }\n  - { name: d, arrivals: { process: burst, file: d } }\n`;
  expect(namedTraces(text, file)).toEqual(["chat.jsonl", "b.jsonl"]);
  for (const broken of ["", "- 1", "workloads: 3", "a: [", "workloads: [{ arrivals: { process: replay } }]"])
    expect(namedTraces(broken, file)).toEqual([]);
});

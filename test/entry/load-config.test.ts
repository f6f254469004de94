import { expect, test } from "@jest/globals";
import { GateError } from "../../src/core/model/gate-error.ts";
import { loadConfig } from "../../src/entry/load-config.ts";
import type { Files } from "../../src/gate/ports.ts";

const config = `server: { url: "http://127.0.0.1:8000" }
workloads:
  - { name: chat, arrivals: { process: replay, file: traces/chat.jsonl } }
  - { name: night, requests: none, arrivals: { process: replay, file: traces/night.jsonl } }
`;

function filesOf(texts: Readonly<Record<string, string>>): Files {
  return {
    write: async () => {},
    assertWritable: async () => {},
    read: async (path) => {
      const text = texts[path];
      if (text === undefined) throw new GateError("config", `${path} cannot be read: no such file or folder`);
      return text;
    },
  };
}

test("a config is read with the traces that it replays", async () => {
  const line = '{"timestamp": 5, "input_length": 8, "output_length": 4}';
  const files = filesOf({
    "gate.yml": config.replace("requests: none, ", ""),
    "traces/chat.jsonl": line,
    "traces/night.jsonl": `${line}\n${line}`,
  });
  const { workloads } = await loadConfig(files, "gate.yml", "run");
  expect(workloads.map(({ name, requests }) => [name, requests])).toEqual([
    ["chat", 1],
    ["night", 2],
  ]);
});

test("what is wrong with it and with its traces is told at once", async () => {
  const files = filesOf({ "gate.yml": config, "traces/night.jsonl": '{"timestamp": 5, "input_length": 8}' });
  await expect(loadConfig(files, "gate.yml", "run")).rejects.toThrow(
    [
      "config: workloads[0].arrivals.file cannot be replayed: traces/chat.jsonl cannot be read: no such file or folder (gate.yml:3)",
      'config: workloads[1].requests is "none"; expected a number of requests, a whole number from 1 to 10000 (gate.yml:4)',
      "config: output_length is missing; expected a number of tokens, a whole number from 1 to 1000000 (traces/night.jsonl:1)",
    ].join("\n"),
  );
});

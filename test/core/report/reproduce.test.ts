import { execFileSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { measuredMinutes, reproduceCommand, shellWord } from "../../../src/core/report/reproduce.ts";
import { comparisonOf, logResults } from "../../fakes/results-builder.ts";

const results = logResults();
const comparison = comparisonOf(results, results);
const cellsOf = (workloads: readonly string[]) =>
  comparison.cells.filter(
    ({ phase, modelLabel, workload }) => phase === "paged" && modelLabel === "Qwen3" && workloads.includes(workload),
  );

test("the command names phase, model and workloads of the cells", () => {
  const context = { reproduceCommand: "npx serving-gate", configPath: "my gate.yml" };
  expect(reproduceCommand(cellsOf(["baseline", "chunked_prefill"]), { comparison, context })).toBe(
    "npx serving-gate run -c 'my gate.yml' --phase paged --model Qwen3 --workload baseline --workload chunked_prefill",
  );
});

test("every workload needs no naming", () => {
  const all = results.workloads?.map(({ name }) => name) ?? [];
  expect(reproduceCommand(cellsOf(all), { comparison, context: { reproduceCommand: "serving-gate" } })).toBe(
    "serving-gate run --phase paged --model Qwen3",
  );
});

test("a shell reads every word as it was", () => {
  const words = ["it's", "$(rm -rf /)", "a b", "`x`", "", "~", "*", 'say "hi"', "a\\nb", "a;b", "#1", "!x"];
  expect(readBy("sh", words)).toEqual(words);
});

test("control characters stay what they are, and the command stays one line", () => {
  const words = ["new\nline", "\n::error::it's me", "tab\there\\", "\u001b[31m\r", "\u0085\u2028\n"];
  expect(readBy("bash", words)).toEqual(words);
  expect(words.map(shellWord).join(" ")).not.toMatch(/[\p{Cc}\u2028]/u);
  expect(shellWord("a\n::error::b")).toBe("$'a\\n::error::b'");
});

function readBy(shell: "sh" | "bash", words: readonly string[]): readonly string[] {
  const command = `printf '%s\\0' ${words.map(shellWord).join(" ")}`;
  return execFileSync(shell, ["-c", command], { encoding: "utf8" }).split("\0").slice(0, -1);
}

test("a quoted word holds no quote that ends it early", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const word = shellWord(text);
      const inside = word.startsWith("$'") ? word.slice(2, -1).replace(/\\[\\']/g, "") : word;
      expect(word.startsWith("'") ? word.slice(1, -1).replaceAll("'\\''", "") : inside).not.toContain("'");
    }),
  );
});

test("minutes count each start of the server once", () => {
  const { cells } = logResults({
    phases: ["paged"],
    models: ["Qwen3"],
    workloads: ["baseline", "chunked_prefill"],
    trials: 2,
  });
  const request = { outcome: "error", scheduledMs: 0, sentMs: 0, endMs: 60_000, error: { kind: "timeout" } } as const;
  const measured = {
    ...results,
    cells: cells.map((cell) => ({
      ...cell,
      trials: cell.trials.map((trial) => ({ ...trial, loadMs: 30_000, requests: [request] })),
    })),
  };
  expect(measuredMinutes(cellsOf(["baseline", "chunked_prefill"]), measured)).toBe(5);
  expect(measuredMinutes(cellsOf(["baseline"]), results)).toBeUndefined();
});

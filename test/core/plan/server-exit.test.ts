import { expect, test } from "@jest/globals";
import { exitText, lastLinesBlock, secondsText } from "../../../src/core/plan/server-exit.ts";

test.each([
  [{ code: 1, signal: null }, "exited with code 1"],
  [{ code: null, signal: "SIGSEGV" }, "was killed by SIGSEGV"],
  [{ code: null, signal: "SIGKILL" }, "was killed by SIGKILL (often the kernel, out of memory)"],
  [{ code: 137, signal: null }, "was killed by SIGKILL (often the kernel, out of memory)"],
])("%j is told as %s", (exit, text) => {
  expect(exitText(exit)).toBe(text);
});

test("the last twenty lines are shown, none of which a runner can take for a command", () => {
  const block = lastLinesBlock(Array.from({ length: 30 }, (_, at) => `::warning::${at}`));
  expect(block.split("\n").length).toBe(21);
  expect(block).toMatch(/^Its last 20 lines:\n {2}\| ::warning::10\n/);
  expect(lastLinesBlock([])).toBe("It printed nothing.");
});

test.each([
  [340, "0.3 s"],
  [2000, "2 s"],
  [300_049, "300 s"],
])("%d ms read %s", (durationMs, text) => {
  expect(secondsText(durationMs)).toBe(text);
});

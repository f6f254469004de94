import { describe, expect, test } from "@jest/globals";
import type { Cell } from "../../../src/core/model/results.ts";
import { optionsText, phaseArguments } from "../../../src/core/report/server-arguments.ts";

const cell = (model: string, workload: string, args: string): Cell => ({
  phase: "p",
  model,
  workload,
  scheduleHash: "sha256:1",
  server: { args },
  trials: [],
});

describe("the arguments of a phase", () => {
  test("stand as they were given where all servers share them", () => {
    const cells = [cell("A", "x", "--lora a --lora b"), cell("B", "x", "--lora a --lora b")];
    expect(phaseArguments(cells)).toMatchObject({ common: "--lora a --lora b", names: [] });
  });

  test("are parted into what is shared and what a model has of its own", () => {
    const cells = [cell("A", "x", "--paged --batch 24"), cell("B", "x", "--paged --batch=16 --eager")];
    const { common, names, models } = phaseArguments(cells);
    expect([common, names]).toEqual(["--paged", ["--batch", "--eager"]]);
    expect(models.map(({ values }) => optionsText(values))).toEqual(["--batch 24", "--batch 16 --eager"]);
  });

  test("of one workload are its own where the model's other workloads differ", () => {
    const cells = [
      cell("A", "x", "--blocks 1024"),
      cell("A", "y", "--blocks 1024"),
      cell("A", "z", "--blocks 1024 --blocks 1536"),
    ];
    const { common, models } = phaseArguments(cells);
    expect(common).toBe("--blocks 1024");
    expect(models[0]?.own.map(({ workload, options }) => [workload, optionsText(options)])).toEqual([
      ["z", "--blocks 1536"],
    ]);
  });

  test.each([
    ["a quoted value stays one word", "--chat-template 'a b'", "--chat-template 'a b'"],
    ["a negative number is a value", "-ngl -1 --x 2", "-ngl -1"],
    ["words before the first name stand for themselves", "model.gguf --x 2", "model.gguf"],
    ["what no shell could read is cut at blanks", "--pattern *.bin --x 2", "--pattern '*.bin'"],
  ])("%s", (_, args, own) => {
    const { models } = phaseArguments([cell("A", "x", args), cell("B", "x", "--x 2")]);
    expect(optionsText(models[0]?.values ?? new Map())).toBe(own);
  });
});

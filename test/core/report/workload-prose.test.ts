import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../../src/adapters/render/renderer.ts";
import type { Arrivals, TokenLengths } from "../../../src/core/model/results.ts";
import { words } from "../../../src/core/report/text.ts";
import {
  arrivalsText,
  outputLengthsText,
  promptLengthsText,
  workloadPurpose,
  workloadTitle,
} from "../../../src/core/report/workload-prose.ts";
import { knownWorkloads } from "../../../src/core/workload/built-in.ts";

const renderer = createRenderer({ templatesDir: "templates" });
const english = words(renderer.dictionary("en"), "en");
const russian = words(renderer.dictionary("ru"), "ru");

describe("lengths", () => {
  const long: TokenLengths = { kind: "uniform", low: 1024, high: 2048 };
  const short: TokenLengths = { kind: "uniform", low: 64, high: 128 };
  test.each<[string, TokenLengths, number | undefined]>([
    ["~256 tok", { kind: "fixed", tokens: 256 }, undefined],
    ["~[64, 512] tok", { kind: "uniform", low: 64, high: 512 }, undefined],
    ["~550 ± 150 tok", { kind: "normal", mean: 550, stddev: 150 }, 0],
    [
      "~75% [1024,2048], ~25% [64,128] tok",
      {
        kind: "mix",
        parts: [
          { share: 0.75, tokens: long },
          { share: 0.25, tokens: short },
        ],
      },
      undefined,
    ],
    ["~1024 tok shared prefix + ~[64,128] tok suffix", short, 1024],
  ])("%s", (text, promptTokens, sharedPrefixTokens) => {
    const info = { name: "w", promptTokens, ...(sharedPrefixTokens === undefined ? {} : { sharedPrefixTokens }) };
    expect(promptLengthsText(info, english)).toBe(text);
  });

  test("that are not known are a dash", () => {
    expect([promptLengthsText({ name: "w" }, english), outputLengthsText({ name: "w" }, english)]).toEqual(["—", "—"]);
  });
});

test.each<[Arrivals | undefined, string, string]>([
  [{ process: "sequential" }, "Sequential (wait for completion)", "По одному (ждём ответа)"],
  [{ process: "burst" }, "Single burst (all at once)", "Один залп (все сразу)"],
  [{ process: "uniform", rate: 4 }, "Uniform 4 RPS", "Равномерно, 4\u00a0RPS"],
  [{ process: "poisson", rate: 6.5 }, "Poisson 6.5 RPS", "Пуассон, 6.5\u00a0RPS"],
  [{ process: "gamma", rate: 6, burstiness: 0.5 }, "Gamma 6 RPS, burstiness 0.5", "Гамма, 6\u00a0RPS, burstiness 0.5"],
  [{ process: "concurrency", concurrency: 8 }, "Closed loop, 8 at a time", "Замкнутый цикл, по 8 одновременно"],
  [
    { process: "replay", file: "a|b.json" },
    "Replay of <code>a&vert;b.json</code>",
    "Повтор <code>a&vert;b.json</code>",
  ],
  [undefined, "—", "—"],
])("arrivals %j", (arrivals, inEnglish, inRussian) => {
  expect([arrivalsText(arrivals, english), arrivalsText(arrivals, russian)]).toEqual([inEnglish, inRussian]);
});

describe("a workload's own words", () => {
  test.each(knownWorkloads.map((workload) => [workload.name, workload] as const))(
    "of the built-in %s are in the dictionaries",
    (_, workload) => {
      expect([workloadTitle(workload, english), workloadPurpose(workload, english)]).toEqual([
        workload.title,
        workload.purpose,
      ]);
      expect(workloadTitle(workload, russian)).toMatch(/[а-я]/);
    },
  );

  test("given in the config are printed as they stand, also for a built-in name", () => {
    expect(workloadTitle({ name: "baseline", title: "Ours <b>" }, russian)).toBe("Ours &lt;b&gt;");
  });
});

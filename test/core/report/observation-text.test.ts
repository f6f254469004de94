import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../../src/adapters/render/renderer.ts";
import type { Trial } from "../../../src/core/model/results.ts";
import {
  moreFailuresText,
  movementText,
  prefillText,
  tailText,
  tradeOffText,
} from "../../../src/core/report/observation-text.ts";
import type { Movement } from "../../../src/core/report/observations.ts";
import type { ModelChange } from "../../../src/core/report/phase-changes.ts";
import { words } from "../../../src/core/report/text.ts";

const renderer = createRenderer({ templatesDir: "templates" });
const english = words(renderer.dictionary("en"), "en");
const russian = words(renderer.dictionary("ru"), "ru");

/** No-break spaces as spaces; the dictionaries' own test sees to where they stand. */
const plain = (text: string) => text.replaceAll("\u00a0", " ");

const change = (label: string, from: number, to: number): ModelChange => ({
  model: label,
  label,
  from,
  to,
  change: to / from - 1,
  size: Math.abs(Math.log(to / from)),
  counts: true,
});

const movement = (metric: string, movers: readonly ModelChange[], more: Partial<Movement> = {}): Movement => ({
  metrics: [metric],
  rose: (movers[0]?.change ?? 0) > 0,
  better: true,
  movers,
  onEveryModel: true,
  againstOthers: false,
  ...more,
});

describe("a movement", () => {
  test.each<[string, Movement, number, readonly [string, string]]>([
    [
      "of the only model",
      movement("ttft_p50", [change("Llama", 86, 35)]),
      1,
      ["TTFT P50 fell 59% (86 → 35 ms).", "TTFT P50 снизился на 59 % (86 → 35 мс)."],
    ],
    [
      "of both models",
      movement("itl_p50", [change("Llama", 20, 25), change("Qwen3", 20, 24)]),
      2,
      ["ITL P50 rose 20–25% on both models.", "ITL P50 вырос на 20–25 % у обеих моделей."],
    ],
    [
      "of all models, alike",
      movement("itl_p50", [change("A", 10, 12), change("B", 20, 24), change("C", 30, 36)]),
      3,
      ["ITL P50 rose 20% on all models.", "ITL P50 вырос на 20 % у всех моделей."],
    ],
    [
      "of one model apart from the others",
      movement("output_throughput", [change("A", 256, 218), change("B", 212.9, 104.2), change("C", 100, 91)]),
      3,
      [
        "Throughput fell 51% on B (212.9 → 104.2 tok/s, 2x collapse), 9–15% on A and C.",
        "Throughput упал на 51 % у B (212.9 → 104.2 tok/s, обвал в 2 раза), на 9–15 % — у A и C.",
      ],
    ],
    [
      "of one model against the others",
      movement("output_throughput", [change("A", 240.4, 276.6)], { onEveryModel: false, againstOthers: true }),
      3,
      [
        "Throughput rose 15% on A (240.4 → 276.6 tok/s), against the others.",
        "Throughput вырос на 15 % у A (240.4 → 276.6 tok/s), вопреки остальным.",
      ],
    ],
    [
      "of multiples",
      movement("itl_p50", [change("A", 36, 1384), change("B", 10, 27)]),
      2,
      [
        "ITL P50 rose 38x on A (36 → 1,384 ms), 170% on B.",
        "ITL P50 вырос в 38 раз у A (36 → 1 384 мс), на 170 % — у B.",
      ],
    ],
    [
      "of a range of multiples",
      movement("ttft_p50", [change("A", 100, 300), change("B", 100, 520)]),
      2,
      [
        "TTFT P50 rose 3x–5.2x on both models (most on B: 100 → 520 ms).",
        "TTFT P50 вырос в 3–5.2 раза у обеих моделей (сильнее всего у B: 100 → 520 мс).",
      ],
    ],
    [
      "of P50 and P99 together",
      movement("ttft_p50", [change("A", 100, 50), change("A", 100, 40)], { metrics: ["ttft_p50", "ttft_p99"] }),
      1,
      ["TTFT fell 50–60%.", "TTFT снизился на 50–60 %."],
    ],
    [
      "of a feminine metric in Russian",
      movement("stall_max", [change("A", 100, 250)]),
      1,
      ["Longest stall rose 150% (100 → 250 ms).", "Самая долгая пауза выросла на 150 % (100 → 250 мс)."],
    ],
  ])("%s", (_, moved, models, texts) => {
    expect([english, russian].map((words) => plain(movementText(moved, { words, models })))).toEqual(texts);
  });
});

describe("a trade-off", () => {
  const itl = [change("A", 17, 45), change("B", 22, 44)];

  test("names what every model pays, and how many requests decode at once", () => {
    const decodingAtOnce = [
      { from: 5.9, to: 20.4 },
      { from: 6, to: 14 },
    ];
    expect(tradeOffText({ itl, decodingAtOnce }, english)).toBe(
      "**ITL trade-off**: TTFT P50 fell, but ITL P50 rose on both models (A 17 → 45 ms, B 22 → 44 ms): requests decoding at the same time went from about 6 to 14–20 (throughput × ITL P50).",
    );
  });

  test.each([
    ["no more requests decode at once", [{ from: 6, to: 6.2 }]],
    ["throughput is not known", []],
  ])("gives no reason where %s", (_, decodingAtOnce) => {
    expect(tradeOffText({ itl: itl.slice(0, 1), decodingAtOnce }, english)).toBe(
      "**ITL trade-off**: TTFT P50 fell, but ITL P50 rose (17 → 45 ms).",
    );
  });
});

test("a tail is told of the models it belongs to", () => {
  const scope = { words: english, models: 3 };
  expect(tailText({ kind: "steady-median", models: ["A", "B", "C"], onEveryModel: true }, scope)).toBe(
    "ITL P50 stayed where it was on all models: single long pauses, not slower decode.",
  );
  expect(tailText({ kind: "ahead-of-median", models: ["A"], onEveryModel: false }, scope)).toBe(
    "The tail grew far more than the median on A: long pauses between tokens, not just slower decode.",
  );
});

describe("long gaps", () => {
  /** Two requests: the first pauses `times` times, and each time another gets its first token then. */
  const trial = (firstTokens: boolean): Trial => {
    const gaps = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? 200 : 10));
    const base = { outcome: "ok", scheduledMs: 0, sentMs: 0, outputTokens: 61 } as const;
    const long = {
      ...base,
      firstTokenMs: 50,
      lastTokenMs: 6350,
      endMs: 6351,
      tokenGapsMs: [...gaps, ...gaps.map(() => 10)],
    };
    const others = Array.from({ length: 30 }, (_, index) => {
      const firstTokenMs = firstTokens ? 250 + 210 * index : 9000 + index;
      return {
        ...base,
        firstTokenMs,
        lastTokenMs: firstTokenMs,
        endMs: firstTokenMs,
        tokenGapsMs: [],
        outputTokens: 1,
      };
    });
    return { requests: [long, ...others] };
  };

  test("that end with another request's first token are waits for prefill", () => {
    expect(prefillText([trial(true)], english)).toBe(
      "100% of the pauses over 30 ms end with the first token of another request: decode waits for prefill.",
    );
  });

  test.each([
    ["that end elsewhere", [trial(false)]],
    ["of which nothing was kept", [{}]],
  ])("%s have no cause told", (_, trials) => {
    expect(prefillText(trials, english)).toBeUndefined();
  });
});

test("more failures are counted by model", () => {
  expect(moreFailuresText([], english)).toBeUndefined();
  const failures = [{ label: "A", failed: 3, requests: 96 }];
  expect(moreFailuresText(failures, english)).toBe("More requests failed: 3 of 96 requests on A.");
  expect(moreFailuresText(failures, russian)).toBe("Запросов с ошибкой больше: 3 из 96 запросов у A.");
});

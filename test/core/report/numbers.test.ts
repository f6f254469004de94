import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../../src/adapters/render/renderer.ts";
import {
  changeText,
  detectableText,
  fineChangeText,
  intervalText,
  percentText,
  probabilityText,
  proseNumber,
  prosePair,
  type ShownUnit,
  tableNumber,
  tablePair,
} from "../../../src/core/report/numbers.ts";
import { words } from "../../../src/core/report/text.ts";

const renderer = createRenderer({ templatesDir: "templates" });
const en = words(renderer.dictionary("en"), "en");
const ru = words(renderer.dictionary("ru"), "ru");

const factors: Partial<Record<ShownUnit, number>> = { s: 0.001, "%": 100 };
const scaleOf = (unit: ShownUnit) => ({ unit, factor: factors[unit] ?? 1 });

test("a pair that prints alike shows one digit more, unless the change rounds to nothing", () => {
  expect(tablePair(19.6, 20.4, scaleOf("ms"))).toBe("19.6 → 20.4");
  expect(tablePair(20, 20.09, scaleOf("ms"))).toBe("20 → 20");
  expect(tablePair(0, 0, scaleOf("ms"))).toBe("0 → 0");
  expect(prosePair(19.6, 20.4, { scale: scaleOf("ms"), words: ru })).toEqual(["19.6", "20.4\u00a0мс"]);
  expect(tablePair(0.0101, 0.0103, scaleOf("%"))).toBe("1.0 → 1.0");
});

describe("tables", () => {
  test.each<[number, ShownUnit, string]>([
    [316.94, "tok/s", "316.9"],
    [4, "req/s", "4.0"],
    [14037.6, "ms", "14038"],
    [10.4, "ms", "10"],
    [9.96, "ms", "10"],
    [9.94, "ms", "9.9"],
    [0.413, "ms", "0.41"],
    [0, "ms", "0"],
    [2890.4, "s", "2.890"],
    [0.104, "%", "10"],
    [0.021, "%", "2.1"],
    [0, "%", "0"],
  ])("%d %s is written %s", (value, unit, text) => {
    expect(tableNumber(value, scaleOf(unit))).toBe(text);
  });

  test("both ends of a pair have the same digits", () => {
    expect(tablePair(9.8, 11.24, scaleOf("ms"))).toBe("9.8 → 11.2");
    expect(tablePair(191.2, 262.4, scaleOf("ms"))).toBe("191 → 262");
  });
});

describe("prose", () => {
  test("groups thousands and puts the unit after", () => {
    expect(proseNumber(10920, scaleOf("ms"), en)).toBe("10,920 ms");
    expect(proseNumber(10920, scaleOf("ms"), ru)).toBe("10\u00a0920\u00a0мс");
    expect(proseNumber(2048, scaleOf("tok"), ru)).toBe("2\u00a0048\u00a0tok");
    expect(proseNumber(0.5, scaleOf("%"), en)).toBe("50%");
  });

  test("a pair has its unit once", () => {
    expect(prosePair(191, 262, { scale: scaleOf("ms"), words: en })).toEqual(["191", "262 ms"]);
    expect(prosePair(9678, 14226, { scale: scaleOf("ms"), words: ru })).toEqual(["9\u00a0678", "14\u00a0226\u00a0мс"]);
  });
});

describe("changes", () => {
  test.each([
    [0.37, "+37%", "+37\u00a0%"],
    [-0.012, "-1%", "−1\u00a0%"],
    [-0.004, "0%", "0\u00a0%"],
    [0.004, "0%", "0\u00a0%"],
    [2.05, "+205%", "+205\u00a0%"],
    [8.99, "+899%", "+899\u00a0%"],
    [11.2, "×12", "×12"],
  ])("%d", (change, english, russian) => {
    expect(changeText(change, en)).toBe(english);
    expect(changeText(change, ru)).toBe(russian);
  });

  test.each<[number, string]>([
    [0.003, "+0.3%"],
    [-0.048, "-4.8%"],
    [0.0002, "0.0%"],
    [0.12, "+12%"],
  ])("%d reads %s where small changes matter", (change, text) => {
    expect(fineChangeText(change, en)).toBe(text);
  });

  test("an interval has one percent sign, and a decimal only while it is narrow", () => {
    expect(intervalText({ low: 0.2, high: 0.57, confidence: 0.9 }, ru)).toBe("+20…+57\u00a0%");
    expect(intervalText({ low: -0.0312, high: 0.09, confidence: 0.9 }, en)).toBe("-3.1…+9.0%");
  });

  test("what could be seen is rounded up", () => {
    expect(detectableText(0.072, en)).toBe("8%");
    expect(detectableText(0.08, ru)).toBe("8\u00a0%");
  });

  test("shares keep a decimal only where they have one", () => {
    expect(percentText(0.05, en)).toBe("5%");
    expect(percentText(0.005, ru)).toBe("0.5\u00a0%");
  });

  test("probabilities have the digits that matter", () => {
    expect([0.00001, 0.0004, 0.034, 0.5].map(probabilityText)).toEqual(["< 0.0001", "0.0004", "0.03", "0.50"]);
  });
});

import { describe, expect, test } from "@jest/globals";
import { groupThousands, words } from "../../../src/core/report/text.ts";

const russian = words(
  {
    number: { thousands: "\u00a0" },
    pairs: { one: "{count} пара", few: "{count} пары", many: "{count} пар", other: "{count} пары" },
    greeting: "{name}, привет",
    nested: { deep: { key: "глубоко" } },
  },
  "ru",
);

describe("words", () => {
  test.each([
    [1, "1 пара"],
    [2, "2 пары"],
    [5, "5 пар"],
    [11, "11 пар"],
    [21, "21 пара"],
    [112, "112 пар"],
    [1.5, "1.5 пары"],
    [12000, "12\u00a0000 пар"],
  ])("%d is counted as a Russian would", (count, text) => {
    expect(russian.t("pairs", { count })).toBe(text);
  });

  test("a dotted key reaches into nested entries", () => {
    expect(russian.t("nested.deep.key")).toBe("глубоко");
  });

  test("what was put in is not read as a pattern again", () => {
    expect(russian.t("greeting", { name: "{name} $& $1" })).toBe("{name} $& $1, привет");
  });

  test.each([
    ["a missing key", () => russian.t("nested.other"), '"nested.other" is not there'],
    ["a key that leads into the prototype", () => russian.t("constructor"), '"constructor" is not there'],
    ["a missing parameter", () => russian.t("greeting"), "needs {name}"],
    ["plural forms without a count", () => russian.t("pairs"), "needs a number {count}"],
  ])("%s is a bug that names the key", (_, act, message) => {
    expect(act).toThrow(expect.objectContaining({ blame: "bug", message: expect.stringContaining(message) }));
  });

  test("lists end with the language's own and", () => {
    expect(russian.list(["Llama", "Qwen3", "Gemma3"])).toBe("Llama, Qwen3 и Gemma3");
    expect(words({}, "en").list(["Llama", "Qwen3"])).toBe("Llama and Qwen3");
  });
});

test.each([
  ["999", "999"],
  ["1000", "1,000"],
  ["10920.5", "10,920.5"],
  ["1234567", "1,234,567"],
])("%s is grouped as %s", (digits, text) => {
  expect(groupThousands(digits, ",")).toBe(text);
});

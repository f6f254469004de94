import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../../src/adapters/render/renderer.ts";
import type { Dictionary, Language } from "../../../src/core/report/text.ts";

const renderer = createRenderer({ templatesDir: "templates" });
const languages: readonly Language[] = ["en", "ru"];
const CATEGORIES = ["zero", "one", "two", "few", "many", "other"];

const isPlural = (entry: Dictionary) => Object.keys(entry).every((key) => CATEGORIES.includes(key));

/** Every leaf, a plural entry being one leaf. */
function leaves(dictionary: Dictionary, prefix = ""): readonly (readonly [string, string | Dictionary])[] {
  return Object.entries(dictionary).flatMap(([key, entry]) => {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    return typeof entry === "string" || isPlural(entry) ? [[path, entry] as const] : leaves(entry, path);
  });
}

const placeholders = (entry: string | Dictionary): readonly string[] =>
  [...new Set(JSON.stringify(entry).match(/\{\w+\}/g) ?? [])].sort();

const byLanguage = new Map(languages.map((language) => [language, new Map(leaves(renderer.dictionary(language)))]));
const english = byLanguage.get("en") ?? new Map<string, string | Dictionary>();
const russian = byLanguage.get("ru") ?? new Map<string, string | Dictionary>();

describe("the dictionaries", () => {
  test("have the same keys", () => {
    expect([...russian.keys()].sort()).toEqual([...english.keys()].sort());
  });

  test.each([...english.keys()])("%s takes the same parameters in both languages", (key) => {
    const withoutCount = (entry: string | Dictionary | undefined) =>
      placeholders(entry ?? "").filter((name) => name !== "{count}");
    expect(withoutCount(russian.get(key))).toEqual(withoutCount(english.get(key)));
  });

  test.each(languages)("%s has every plural form its grammar needs", (language) => {
    const needed = [...new Intl.PluralRules(language).resolvedOptions().pluralCategories].sort();
    for (const [key, entry] of byLanguage.get(language) ?? []) {
      if (typeof entry === "object") expect([key, Object.keys(entry).sort()]).toEqual([key, needed]);
    }
  });

  test("Russian has a no-break space before every percent sign and around no other", () => {
    for (const [key, entry] of russian) expect([key, / %/.test(JSON.stringify(entry))]).toEqual([key, false]);
  });
});

const sources = ["src/core/report", "src/gate", "src/entry"]
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)))
  .filter((path) => path.endsWith(".ts"))
  .map((path) => readFileSync(path, "utf8"))
  .join("\n");
/** Keys put together from a fixed beginning and a value: `reason.${reason}` has "reason.". */
const beginnings = [...sources.matchAll(/`([a-z][\w-]*\.(?:[\w-]+\.)*[\w-]*)\$\{/g)].map(
  ([, beginning = ""]) => beginning,
);

test("every key that reports ask for is there", () => {
  const asked = [...sources.matchAll(/\bt\(\s*"([^"]+)"/g)].map(([, key = ""]) => key);
  expect(asked.length).toBeGreaterThan(50);
  expect(asked.filter((key) => !english.has(key))).toEqual([]);
  const known = [...english.keys()];
  const read = [...sources.matchAll(/\bt\(\s*`([^`$]+)\$\{/g)].map(([, beginning = ""]) => beginning);
  expect(read.filter((beginning) => !known.some((key) => key.startsWith(beginning)))).toEqual([]);
});

test("no key is left over", () => {
  const isAsked = (key: string) =>
    sources.includes(`"${key}"`) || beginnings.some((beginning) => key.startsWith(beginning));
  expect([...english.keys()].filter((key) => !isAsked(key))).toEqual([]);
});

/** The words of a report: dictionary look-up, interpolation, plural forms, lists. */
import { GateError } from "../model/gate-error.ts";

export type Language = "en" | "ru";

/** Nested text of templates/locales/*.json; plural forms are objects keyed by CLDR category. */
export interface Dictionary {
  readonly [key: string]: string | Dictionary;
}

/** What goes into `{name}`. Numbers are counts and get the language's thousands separator; strings go in as they are. */
type Params = Readonly<Record<string, string | number>>;

export interface Words {
  readonly language: Language;
  /** The text of a dotted key. Where the entry has plural forms, `params.count` picks one. */
  t(key: string, params?: Params): string;
  has(key: string): boolean;
  /** A whole number as prose writes it: 10 920, 10,920. */
  count(value: number): string;
  /** "a, b and c". */
  list(items: readonly string[]): string;
}

/** A key that is missing, or a parameter, is a bug of ours: reports never show a key. */
export function words(dictionary: Dictionary, language: Language): Words {
  const plural = new Intl.PluralRules(language);
  const conjunction = new Intl.ListFormat(language, { type: "conjunction" });
  const separator = textAt(dictionary, "number.thousands") ?? "";
  const count = (value: number): string => groupThousands(String(value), separator);

  const t = (key: string, params: Params = {}): string => {
    const entry = entryAt(dictionary, key);
    if (entry === undefined) throw bug(language, key, "is not there");
    const text = typeof entry === "string" ? entry : pluralForm(entry, { key, params, plural, language });
    return text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = params[name];
      if (value === undefined) throw bug(language, key, `needs {${name}}, which was not given`);
      return typeof value === "number" ? count(value) : value;
    });
  };
  return {
    language,
    t,
    has: (key) => entryAt(dictionary, key) !== undefined,
    count,
    list: (items) => conjunction.format(items),
  };
}

/** Puts the separator between groups of three digits of the whole part: "2048" becomes "2 048" or "2,048". */
export function groupThousands(digits: string, separator: string): string {
  const [whole = "", fraction] = digits.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, separator);
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

interface PluralRequest {
  readonly key: string;
  readonly params: Params;
  readonly plural: Intl.PluralRules;
  readonly language: Language;
}

function pluralForm(forms: Dictionary, { key, params, plural, language }: PluralRequest): string {
  const count = params["count"];
  if (typeof count !== "number") throw bug(language, key, "has plural forms and needs a number {count}");
  const category = plural.select(count);
  const form = forms[category];
  if (typeof form !== "string") throw bug(language, key, `has no plural form "${category}"`);
  return form;
}

function entryAt(dictionary: Dictionary, key: string): string | Dictionary | undefined {
  let entry: string | Dictionary | undefined = dictionary;
  for (const part of key.split(".")) {
    if (typeof entry !== "object" || !Object.hasOwn(entry, part)) return undefined;
    entry = entry[part];
  }
  return entry;
}

function textAt(dictionary: Dictionary, key: string): string | undefined {
  const entry = entryAt(dictionary, key);
  return typeof entry === "string" ? entry : undefined;
}

function bug(language: Language, key: string, what: string): GateError {
  return new GateError("bug", `templates/locales/${language}.json: "${key}" ${what}. Add it to every language.`);
}
